"""The few controls that every window shares, painted in our own lines and colours."""

from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QFont,
    QFontMetrics,
    QGuiApplication,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QAbstractButton, QScrollBar, QWidget

from app.icons import paint_icon
from app.text_size import roomy, use_font
from app.theme import Colours

HOVERED: Final = 0.06
DOWN: Final = 0.12
CHOSEN: Final = 0.14
"""How much of the text's colour, or of the accent's, the plate behind a flat button takes."""

_EDGE_PX: Final = 4
_PAD_PX: Final = 10


class PaintedButton(QAbstractButton):
    """A button that paints itself; hovering repaints it, the keyboard's focus draws a ring."""

    def __init__(self, parent: QWidget | None, colours: Colours) -> None:
        super().__init__(parent)
        self._colours = colours
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.ArrowCursor)

    def set_colours(self, colours: Colours) -> None:
        """Takes other colours."""
        self._colours = colours
        self.update()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Repaints for the hover."""
        super().enterEvent(event)
        self.update()

    def _ground(self, painter: QPainter, radius: float) -> None:
        """The plate behind a flat button: none at rest, light under the pointer, darker when down."""
        rect = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        ground = QColor(self._colours.text)
        strength = DOWN if self.isDown() else HOVERED if self.underMouse() and self.isEnabled() else 0.0
        if self.isChecked():
            ground, strength = QColor(self._colours.accent), CHOSEN
        ground.setAlphaF(strength)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(rect, radius, radius)

    def _focus_ring(self, painter: QPainter, radius: float) -> None:
        if not self.hasFocus():
            return
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(self._colours.accent), 2))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), radius, radius)


class IconButton(PaintedButton):
    """An icon alone; ``name`` is what it is called to a screen reader and in its tool tip."""

    def __init__(
        self, icon: str, name: str, parent: QWidget | None, colours: Colours, *, size: int = 30
    ) -> None:
        super().__init__(parent, colours)
        self._icon = icon
        self._size = size
        self._revealed = True
        self.set_name(name)

    def set_name(self, name: str) -> None:
        """Changes what it is called."""
        self.setAccessibleName(name)
        self.setToolTip(name)

    def set_revealed(self, revealed: bool) -> None:
        """Whether it is painted while neither the pointer nor the keyboard is on it."""
        if revealed != self._revealed:
            self._revealed = revealed
            self.update()

    def set_icon(self, icon: str) -> None:
        """Changes the icon."""
        if icon != self._icon:
            self._icon = icon
            self.update()

    def sizeHint(self) -> QSize:
        """A square."""
        return QSize(roomy(self._size), roomy(self._size))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The icon on its plate."""
        if not (self._revealed or self.underMouse() or self.hasFocus()):
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._ground(painter, 8)
        colours = self._colours
        colour = colours.accent if self.isChecked() else colours.quiet if self.isEnabled() else colours.faint
        if self.underMouse() and self.isEnabled() and not self.isChecked():
            colour = colours.text
        paint_icon(
            painter, self._icon, colour, QPointF(self.width() / 2, self.height() / 2), roomy(self._size) * 0.6
        )
        self._focus_ring(painter, 8)
        painter.end()


class TextButton(PaintedButton):
    """Words, with an icon before them where one is given; ``filled`` for the one main action.

    ``overhang_px``: how far a flat one goes beyond the edge that its words are to stand at.
    """

    def __init__(
        self, text: str, icon: str, parent: QWidget | None, colours: Colours, *, filled: bool = False
    ) -> None:
        super().__init__(parent, colours)
        self._icon = icon
        self._filled = filled
        self._tinted = self._floating = self._alarming = False
        self.setText(text)
        self.setAccessibleName(text)
        use_font(self, 12 / 13, weight=QFont.Weight.Medium)

    @property
    def floating(self) -> bool:
        """Whether it lies over text."""
        return self._floating

    @property
    def overhang_px(self) -> int:
        """The room beside its words, which is empty unless there is a plate."""
        return 0 if self._filled else _PAD_PX

    def set_tinted(self, tinted: bool) -> None:
        """Words in the accent's colour, for the one thing to do in a quiet place."""
        self._tinted = tinted
        self.update()

    def set_alarming(self) -> None:
        """Words in the colour of errors, for what can't be undone."""
        self._alarming = True
        self.update()

    def set_floating(self) -> None:
        """It lies over text: round, with an edge in the ground's colour, so that it touches no letter."""
        self._floating = True
        self.updateGeometry()

    def set_content(self, text: str, icon: str) -> None:
        """Changes the words and the icon; its place does not move with them."""
        self._icon = icon
        self.setText(text)
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as its words."""
        metrics = QFontMetrics(self.font())
        icon_px = roomy(20) if self._icon else 0
        words = QSize(metrics.horizontalAdvance(self.text()) + icon_px + 2 * _PAD_PX, metrics.height() + 11)
        return words + QSize(2 * _EDGE_PX + 6, 2 * _EDGE_PX) if self._floating else words

    def paintEvent(self, event: QPaintEvent) -> None:
        """The words on their plate."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = self._colours
        colour = colours.text if self.underMouse() else colours.quiet
        if self._tinted or self._alarming:
            colour = colours.bad if self._alarming else colours.accent
        if self._filled:
            ground = QColor(colours.accent)
            if self.isDown() or self.underMouse():
                ground = ground.darker(112) if self.isDown() else ground.lighter(106)
            self._plate(painter, ground)
            colour = colours.on_accent
        else:
            self._ground(painter, 8)
        if not self.isEnabled():
            colour = colours.quiet
        self._content(painter, colour)
        self._focus_ring(painter, 8)
        painter.end()

    def _plate(self, painter: QPainter, ground: QColor) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        plate, radius = QRectF(self.rect()), 8.0
        if self._floating:
            radius = plate.height() / 2
            painter.setBrush(QColor(self._colours.surface))
            painter.drawRoundedRect(plate, radius, radius)
            plate, radius = plate.adjusted(_EDGE_PX, _EDGE_PX, -_EDGE_PX, -_EDGE_PX), radius - _EDGE_PX
        painter.setBrush(ground)
        painter.drawRoundedRect(plate, radius, radius)

    def _content(self, painter: QPainter, colour: str) -> None:
        x = float(_PAD_PX) + (_EDGE_PX + 1 if self._floating else 0)
        if self._icon:
            paint_icon(painter, self._icon, colour, QPointF(x + roomy(7), self.height() / 2), roomy(15))
            x += roomy(20)
        painter.setFont(self.font())
        painter.setPen(QColor(colour))
        rect = QRectF(x, 0, self.width() - x, self.height())
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text())


def slim_scroll_bar(bar: QScrollBar, colours: Colours) -> None:
    """A thin bar without arrows, but for a Mac, whose own scroller is better than any of ours."""
    if QGuiApplication.platformName() == "cocoa":
        return
    bar.setStyleSheet(
        "QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }"
        f"QScrollBar::handle {{ background: {colours.faint}; border-radius: 3px; margin: 2px; }}"
        "QScrollBar::add-line, QScrollBar::sub-line { height: 0; width: 0; }"
        "QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }"
    )
