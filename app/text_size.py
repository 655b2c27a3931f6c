"""How large text is: as the system has it or as a person chose, in every window, at once when it changes.

Text, and what has to be as large as it, grows by the whole factor; windows and columns grow less, because
the screen does not grow with them, and text wraps or scrolls in them instead.
"""

from typing import Final, Protocol, runtime_checkable

from PySide6.QtCore import QCoreApplication, QObject, QSize, Qt, Signal
from PySide6.QtGui import QFont, QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QApplication, QToolTip, QWidget

from app.macos.text_size import system_text_scale
from app.theme import USUAL_PX, base_font, text_font

LARGEST: Final = 2.0
ROOMIEST: Final = 1.4
"""How much a window grows at most."""

_FONT: Final = ("text_scale", "text_weight")
_SIZES: Final = ("usual_width", "usual_height")


def text_scale() -> float:
    """How much larger than usual the interface's text is, from 1.0 to ``LARGEST``."""
    font = QApplication.font()
    size = font.pixelSize() if font.pixelSize() > 0 else font.pointSizeF()
    return size / USUAL_PX


def px(usual_px: float) -> int:
    """A length that grows with the text."""
    return round(usual_px * text_scale())


def roomy(usual_px: float) -> int:
    """The length of a window, or of a column in it, which grows less than the text."""
    return round(usual_px * min(text_scale(), ROOMIEST))


def window_size(usual_width: int, usual_height: int) -> QSize:
    """The size of a window, never larger than the screen has room for."""
    wanted = QSize(roomy(usual_width), roomy(usual_height))
    usual, room = QSize(usual_width, usual_height), QGuiApplication.primaryScreen().availableSize()
    return wanted.boundedTo(room.expandedTo(usual))


def use_font(widget: QWidget, scale: float = 1.0, *, weight: QFont.Weight = QFont.Weight.Normal) -> None:
    """Gives ``widget`` the interface's font at ``scale`` times its size, now and after it has changed."""
    for name, value in zip(_FONT, (scale, weight.value), strict=True):
        widget.setProperty(name, value)
    widget.setFont(text_font(scale, weight=weight))


def fix(widget: QWidget, *, width: int | None = None, height: int | None = None) -> None:
    """Fixes the usual width or height of ``widget``, or both, which grow as ``roomy`` says."""
    for name, value in zip(_SIZES, (width, height), strict=True):
        if value is not None:
            widget.setProperty(name, value)
    _fix_again(widget)


@runtime_checkable
class Fitted(Protocol):
    """A widget that has more to do about another text size than fonts and layouts do by themselves."""

    def fit_text(self) -> None:
        """Takes the room that its text needs now."""
        ...


class TextSize(QObject):
    """The size in force; ``changed`` is emitted after every window has taken it. Main thread."""

    changed = Signal()

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self._application = application
        self._percent = 0
        application.applicationStateChanged.connect(self._follow_system)

    def use(self, percent: int) -> None:
        """Makes text ``percent`` of its usual size; 0 for as large as the system has it."""
        self._percent = percent
        scale = percent / 100 if percent else system_text_scale()
        font = base_font(min(LARGEST, max(1.0, scale)))
        if font == self._application.font():
            return
        self._application.setFont(font)
        QCoreApplication.sendPostedEvents()  # by which it reaches what has no font of its own
        QToolTip.setFont(text_font(12 / 13))
        _fit_all()
        self.changed.emit()

    def close(self) -> None:
        """Follows the system no more."""
        self._application.applicationStateChanged.disconnect(self._follow_system)
        self.deleteLater()

    def _follow_system(self, state: Qt.ApplicationState) -> None:
        """Looks again when a person comes back, perhaps from the system's settings."""
        if state is Qt.ApplicationState.ApplicationActive and not self._percent:
            self.use(0)


def _fit_all() -> None:
    widgets = QApplication.allWidgets()
    for widget in widgets:
        scale, weight = (widget.property(name) for name in _FONT)
        if scale is not None:
            widget.setFont(text_font(scale, weight=QFont.Weight(weight)))
        _fix_again(widget)
    for widget in widgets:
        if isinstance(widget, Fitted):
            widget.fit_text()
        widget.updateGeometry()
    for widget in widgets:  # those that place their parts by themselves do it when they are resized
        QCoreApplication.sendEvent(widget, QResizeEvent(widget.size(), widget.size()))
        widget.update()


def _fix_again(widget: QWidget) -> None:
    width, height = (widget.property(name) for name in _SIZES)
    if width is not None:
        widget.setFixedWidth(roomy(width))
    if height is not None:
        widget.setFixedHeight(roomy(height))
