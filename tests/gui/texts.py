"""Every text that a window shows or tells a screen reader."""

from collections.abc import Iterator

from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QLabel,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QWidget,
)

from app.hud.pill import Pill
from app.transcript.waterfall import Waterfall


def texts_of(window: QWidget) -> list[str]:
    """What is visible in ``window``, in the order of its widgets; what a person wrote is among it."""
    widgets = [window, *window.findChildren(QWidget)]
    return [text for widget in widgets if widget.isVisibleTo(window) for text in _texts(widget) if text]


def _texts(widget: QWidget) -> Iterator[str]:
    yield from (widget.windowTitle(), widget.toolTip(), widget.accessibleName())
    yield widget.accessibleDescription()
    if isinstance(widget, QLabel | QAbstractButton):
        yield widget.text()
    elif isinstance(widget, QLineEdit | QPlainTextEdit):
        yield widget.placeholderText()
    elif isinstance(widget, QComboBox):
        yield from (widget.itemText(row) for row in range(widget.count()))
    elif isinstance(widget, QAbstractItemView) and widget.model() is not None:
        model = widget.model()
        yield from (str(model.data(model.index(row, 0))) for row in range(model.rowCount()))
    elif isinstance(widget, QMenu):
        yield widget.title()
    elif isinstance(widget, Pill):
        yield widget.text
    elif isinstance(widget, Waterfall):
        yield from (name for name, _, _ in widget.rows)
    yield from (action.text() for action in widget.actions() if action.isVisible())
