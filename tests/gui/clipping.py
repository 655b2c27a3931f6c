"""Looks for text that has no room: cut at an edge, or under another text."""

from collections.abc import Iterator
from itertools import combinations

from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QLabel,
    QLineEdit,
    QScrollArea,
    QSizePolicy,
    QWidget,
)

from app.controls import TextButton
from app.forms import Choice
from app.transcript.view import Transcript
from app.window.dock import ListeningStrip
from app.window.parts_panel import PartsPanel
from app.window.toast import Toast

OVERLAYS = (Toast, ListeningStrip, PartsPanel)
"""What lies over something else on purpose."""


def clipped(window: QWidget) -> list[str]:
    """What can not be read whole in ``window``, as sentences for a test's report."""
    widgets = [widget for widget in window.findChildren(QWidget) if widget.isVisibleTo(window)]
    texts = [widget for widget in widgets if text_of(widget)]
    return [
        *(fault for widget in texts for fault in _faults(widget, window)),
        *(
            f"{text_of(one)!r} lies over {text_of(other)!r}"
            for one, other in combinations(texts, 2)
            if _apart(one) is _apart(other)
            and not one.isAncestorOf(other)
            and not other.isAncestorOf(one)
            and _place(one, window).adjusted(1, 1, -1, -1).intersects(_place(other, window))
        ),
    ]


def text_of(widget: QWidget) -> str:
    if isinstance(widget, QLabel | QAbstractButton | QLineEdit):
        return widget.text()
    return widget.currentText() if isinstance(widget, Choice) else ""


def _faults(widget: QWidget, window: QWidget) -> Iterator[str]:
    text, hint, size = text_of(widget), widget.sizeHint(), widget.size()
    metrics = widget.fontMetrics()
    if isinstance(widget, QLabel):
        room = widget.contentsRect().width()
        if widget.wordWrap():
            widest = max(metrics.horizontalAdvance(word) for word in text.split() or [""])
            if widget.heightForWidth(size.width()) > size.height() + 1:
                yield f"{text!r} needs {widget.heightForWidth(size.width())} px, has {size.height()} px"
            if widest > room + 1 and "/" not in text:
                yield f"a word of {text!r} needs {widest} px, has {room} px"
        elif widget.sizePolicy().horizontalPolicy() is not QSizePolicy.Policy.Ignored and (
            hint.width() > size.width() + 1 or hint.height() > size.height() + 1
        ):
            yield f"{text!r} needs {hint}, has {size}"
    elif isinstance(widget, Choice):
        needed = metrics.horizontalAdvance(text) + 39
        if needed > size.width():
            yield f"the choice {text!r} needs {needed} px, has {size.width()} px"
    elif hint.height() > size.height() or (
        isinstance(widget, QAbstractButton) and hint.width() > size.width()
    ):
        yield f"{text!r} needs {hint}, has {size}"
    place, scrolled = _place(widget, window), _scroll_area(widget, window)
    bounds = _place(scrolled, window) if scrolled is not None else window.rect()
    if place.left() < bounds.left() or place.right() > bounds.right():
        yield f"{text!r} at {place} is cut at the side of {bounds}"
    if scrolled is None and (place.top() < 0 or place.bottom() > bounds.bottom()):
        yield f"{text!r} at {place} is cut at the end of {bounds}"


def _place(widget: QWidget, window: QWidget) -> QRect:
    return QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())


def _scroll_area(widget: QWidget, window: QWidget) -> QWidget | None:
    """The viewport that ``widget`` is scrolled in."""
    parent = widget.parentWidget()
    while parent is not None and parent is not window:
        area = parent.parentWidget()
        if isinstance(area, QScrollArea | Transcript) and parent is area.viewport():
            return parent
        parent = area
    return None


def _apart(widget: QWidget) -> QWidget | None:
    """The layer that ``widget`` lies in: an overlay, or what is scrolled."""
    parent: QWidget | None = widget
    while parent is not None:
        if isinstance(parent, TextButton) and parent.floating:
            return parent
        if isinstance(parent, (*OVERLAYS, QAbstractScrollArea)) and not parent.isWindow():
            return parent
        parent = parent.parentWidget()
    return None
