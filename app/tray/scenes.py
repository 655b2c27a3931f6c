"""The menu bar's icons and the menu, for ``app.screenshots``."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QMenu, QWidget

from app.presence import Doing, words
from app.theme import Theme, text_font
from app.tray.glyph import SIDE, image
from app.tray.menu import Choice, TrayMenu
from app.window.scenes import key_name

_BAR_PX = 24
_STEP_PX = 104


class Icons(QWidget):
    """Every icon in a menu bar, with what it says below."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setFixedSize(_STEP_PX * len(Doing), 68)

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
            x = _STEP_PX * (place + 0.5)
            icon = image(doing, round(SIDE * max(2.0, ratio)), "#ffffff" if colours.dark else "#000000")
            target = QRectF(0, 0, SIDE, SIDE)
            target.moveCenter(QPointF(x, bar.center().y()))
            painter.drawImage(target, icon)
            painter.setPen(QColor(colours.quiet))
            label = QRectF(x - _STEP_PX / 2, 42, _STEP_PX, 20)
            painter.drawText(label, Qt.AlignmentFlag.AlignCenter, words(doing))
        painter.end()


def _icons(theme: Theme, place: Path) -> Icons:
    return Icons(theme)


def _menu(doing: Doing, theme: Theme, place: Path) -> TrayMenu:
    menu = TrayMenu()
    menu.set_colours(theme.colours)
    menu.set_key_name(key_name().shown)
    menu.tell(doing)
    menu.tell_muted(doing is Doing.MUTED)
    menu.tell_sharing(doing is Doing.SPEAKING)
    recent = ("Why are the colours of a rainbow always in the same order?", "A bread for the weekend")
    menu.fill(menu.recent, [Choice(title, title) for title in recent], exclusive=False)
    menu.fill(menu.microphones, [Choice("", "System default", True), Choice("b", "MacBook Pro Microphone")])
    menu.fill(menu.speakers, [Choice("", "System default", True), Choice("a", "AirPods Pro")])
    menu.fill(menu.voices, [Choice("a", "Heart", True), Choice("b", "Emma")])
    if doing is Doing.SPEAKING:
        menu.setActiveAction(menu.stop)
    menu.resize(menu.sizeHint())
    return menu


class Opened(QWidget):
    """A menu with one of its submenus beside it."""

    def __init__(self, menu: TrayMenu, submenu: QMenu) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        menu.setParent(self)
        self._menu, self._submenu = menu, submenu
        menu.setActiveAction(submenu.menuAction())
        submenu.resize(submenu.sizeHint())
        top = menu.actionGeometry(submenu.menuAction()).top() - 5
        self._beside = QPoint(menu.width() + 2, top)
        self.setFixedSize(menu.width() + 2 + submenu.width(), max(menu.height(), top + submenu.height()))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Both."""
        painter = QPainter(self)
        self._menu.render(painter, QPoint(0, 0))
        self._submenu.render(painter, self._beside)
        painter.end()


def _choices(theme: Theme, place: Path) -> Opened:
    menu = _menu(Doing.IDLE, theme, place)
    return Opened(menu, menu.microphones)


SCENES: dict[str, Callable[[Theme, Path], QWidget]] = {
    "tray-icons": _icons,
    "tray-menu-resting": partial(_menu, Doing.IDLE),
    "tray-menu-speaking": partial(_menu, Doing.SPEAKING),
    "tray-menu-muted": partial(_menu, Doing.MUTED),
    "tray-menu-choices": _choices,
}
