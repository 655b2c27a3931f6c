"""The button that is held to talk, with the mouse or with Space."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QHideEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.controls import PaintedButton
from app.icons import paint_icon
from app.theme import Colours

_DISC_PX = 46
_RING_PX = 60


class TalkButton(PaintedButton):
    """``held`` when it goes down and ``let_go`` when it comes up, each exactly once a hold.

    Coming up is noticed wherever the pointer is by then, and losing the focus, the window or its
    place on the screen counts as coming up, so that a hold can't get stuck. A key's auto-repeat is
    ignored.
    """

    held = Signal()
    let_go = Signal()
    _holding = False  # of the class too: Qt hides a button once more while Python takes it apart

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent, colours)
        self._level = 0.0
        self._listening = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Hold to talk"))
        self.setAccessibleDescription(self.tr("Hold down with the mouse or with Space, speak, then let go."))
        self.setToolTip(self.tr("Hold and speak (Space)"))
        self.setFixedSize(_RING_PX + 4, _RING_PX + 4)

    @property
    def holding(self) -> bool:
        """Whether it is held down now."""
        return self._holding

    def set_listening(self, listening: bool) -> None:
        """Whether the microphone is open, through this button or another way."""
        self._listening, self._level = listening, 0.0
        self.update()

    def set_level(self, level: float) -> None:
        """How loud the microphone is, from 0.0 to 1.0."""
        self._level = level
        self.update()

    def sizeHint(self) -> QSize:
        """Room for the disc and the ring about it."""
        return self.size()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Goes down."""
        if event.button() is Qt.MouseButton.LeftButton:
            self._hold()
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Comes up, wherever the pointer is."""
        if event.button() is Qt.MouseButton.LeftButton:
            self._let_go()
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Stays down while the pointer wanders off."""
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space goes down."""
        if event.key() == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self._hold()
            event.accept()
        else:
            event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Space comes up."""
        if event.key() == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self._let_go()
            event.accept()
        else:
            event.ignore()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Comes up: its release may never arrive here."""
        super().focusOutEvent(event)
        self._let_go()

    def hideEvent(self, event: QHideEvent) -> None:
        """Comes up."""
        super().hideEvent(event)
        self._let_go()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A disc, and about it a ring as wide as the voice is loud."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours, centre = self._colours, QPointF(self.width() / 2, self.height() / 2)
        painter.setPen(Qt.PenStyle.NoPen)
        if self._listening or self._holding:
            halo = QColor(colours.accent)
            halo.setAlphaF(0.22)
            painter.setBrush(halo)
            radius = _DISC_PX / 2 + 2 + self._level * (_RING_PX - _DISC_PX - 2) / 2
            painter.drawEllipse(centre, radius, radius)
        ground = QColor(colours.accent)
        if self.isDown() or self._holding:
            ground = ground.darker(108)
        elif self.underMouse():
            ground = ground.lighter(107)
        if not self.isEnabled():
            ground = QColor(colours.line)
        painter.setBrush(ground)
        painter.drawEllipse(centre, _DISC_PX / 2, _DISC_PX / 2)
        paint_icon(painter, "mic", colours.on_accent if self.isEnabled() else colours.quiet, centre, 24)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(colours.accent), 2))
            inset = (self.width() - _DISC_PX - 8) / 2
            painter.drawEllipse(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset))
        painter.end()

    def _hold(self) -> None:
        if not self._holding and self.isEnabled():
            self._holding = True
            self.update()
            self.held.emit()

    def _let_go(self) -> None:
        if self._holding:
            self._holding = False
            self.update()
            self.let_go.emit()
