"""The menu bar's icons and the menu, for ``app.screenshots``."""

from collections.abc import Iterator

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.presence import Doing, words
from app.theme import Theme, text_font
from app.tray.glyph import SIDE, image
from app.tray.menu import Choice, TrayMenu

_BAR_PX = 24


class Icons(QWidget):
    """Every icon in a menu bar, with what it says below."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setFixedSize(116 * len(Doing), 74)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A menu bar with all of them, and their names."""
        colours = self._theme.colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(colours.surface))
        bar = QRectF(0, 12, self.width(), _BAR_PX)
        painter.fillRect(bar, QColor("#34343a" if colours.dark else "#e9e9ee"))
        ratio = self.devicePixelRatioF() * painter.combinedTransform().m11()
        painter.setFont(text_font(11 / 13))
        for place, doing in enumerate(Doing):
            x = 116 * place + 58
            icon = image(doing, round(SIDE * max(2.0, ratio)), "#ffffff" if colours.dark else "#000000")
            target = QRectF(0, 0, SIDE, SIDE)
            target.moveCenter(QPointF(x, bar.center().y()))
            painter.drawImage(target, icon)
            painter.setPen(QColor(colours.quiet))
            label = QRectF(x - 57, 42, 114, 28)
            flags = Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(label, flags, words(doing))
        painter.end()


def scenes(theme: Theme) -> Iterator[tuple[str, QWidget]]:
    """The icons, and the menu while Aloud rests and while it speaks."""
    yield "tray-icons", _shown(Icons(theme))
    for name, doing in (("resting", Doing.IDLE), ("speaking", Doing.SPEAKING)):
        menu = TrayMenu()
        menu.set_colours(theme.colours)
        menu.set_key_name("⌃⌥Space")
        menu.tell(doing)
        menu.tell_sharing(doing is Doing.SPEAKING)
        recent = ("Why are the colours of a rainbow always in the same order?", "A bread for the weekend")
        menu.fill(menu.recent, [Choice(title, title) for title in recent], exclusive=False)
        menu.fill(menu.microphones, [Choice("", "System default", True), Choice("b", "MacBook Microphone")])
        menu.fill(menu.speakers, [Choice("", "System default", True), Choice("a", "AirPods")])
        menu.fill(menu.voices, [Choice("a", "Anna", True), Choice("b", "Ben")])
        menu.resize(menu.sizeHint())
        yield f"tray-menu-{name}", _shown(menu)


def _shown(widget: QWidget) -> QWidget:
    widget.show()
    return widget
