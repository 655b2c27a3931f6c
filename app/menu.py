"""A menu in our own lines and colours; on a Mac the system's, which is better than any of ours."""

from dataclasses import asdict
from string import Template
from typing import Final

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QAction, QPainter, QPaintEvent
from PySide6.QtWidgets import QMenu, QWidget

from app.icons import paint_icon
from app.macos.activation import on_a_mac
from app.theme import Colours

SIGNS_PX: Final = 32
"""The column before the words, as wide whether anything is ticked or not."""
_PLAIN_PX: Final = 12

_STYLE = Template("""
    QMenu { background: $raised; color: $text; border: 1px solid $line; border-radius: 10px; }
    QMenu { padding: 5px; }
    QMenu::item { padding: 6px 28px 6px ${words}px; border-radius: 6px; }
    QMenu::item:selected { background: $accent; color: $on_accent; }
    QMenu::item:disabled { background: transparent; color: $quiet; }
    QMenu::separator { height: 1px; background: $line; margin: 5px 11px; }
    QMenu::indicator, QMenu::right-arrow { image: none; width: 0; }
""")


class Menu(QMenu):
    """Ticks what is checked and points to submenus, each in a place of its own.

    ``ticks``: whether anything in it can be ticked; the place for that is kept even while nothing is.
    """

    def __init__(self, parent: QWidget | None = None, *, ticks: bool = True) -> None:
        super().__init__(parent)
        self._words_px = SIGNS_PX if ticks else _PLAIN_PX
        self._colours: Colours | None = None

    def set_colours(self, colours: Colours) -> None:
        """Takes the windows' look, with all submenus, but on a Mac."""
        if on_a_mac():
            return
        self._colours = colours
        self.setWindowFlag(Qt.WindowType.FramelessWindowHint)
        self.setWindowFlag(Qt.WindowType.NoDropShadowWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self.setStyleSheet(_STYLE.substitute(asdict(colours), words=self._words_px))
        for submenu in self.findChildren(Menu):
            submenu.set_colours(colours)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The menu, then the signs beside its words."""
        super().paintEvent(event)
        if self._colours is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for action in self.actions():
            if action.isVisible():
                self._paint_signs(painter, action, self.actionGeometry(action), self._colours)
        painter.end()

    def _paint_signs(self, painter: QPainter, action: QAction, place: QRect, colours: Colours) -> None:
        chosen = action is self.activeAction()
        middle = place.center().y() + 0.5
        if action.isCheckable() and action.isChecked():
            colour = colours.on_accent if chosen else colours.accent
            paint_icon(painter, "check", colour, QPointF(place.left() + SIGNS_PX / 2, middle), 17)
        if isinstance(action.menu(), QMenu):
            colour = colours.on_accent if chosen else colours.quiet
            paint_icon(painter, "chevron-right", colour, QPointF(place.right() - 14, middle), 14)
