"""The bottom of the window: where a question is written or spoken, and an answer is stopped."""

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPen, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.controls import PaintedButton
from app.hotkey.naming import KeyName
from app.icons import paint_icon
from app.text_size import use_font
from app.theme import Colours
from app.window.composer import Composer
from app.window.level import LevelMeter
from app.window.talk_button import TalkButton
from engine.turn import TurnState

COLUMN_PX = 720


class StopButton(PaintedButton):
    """A round square: silence."""

    def __init__(self, colours: Colours, parent: QWidget) -> None:
        super().__init__(parent, colours)
        self.setAccessibleName(self.tr("Stop"))
        self.setToolTip(self.tr("Stop (Esc)"))
        self.setFixedSize(44, 44)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The square in its circle."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._ground(painter, 22)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(self._colours.edge), 1))
        painter.drawEllipse(QRectF(self.rect()).adjusted(1, 1, -1, -1))
        paint_icon(painter, "stop", self._colours.text, QPointF(22, 22), 22)
        self._focus_ring(painter, 22)
        painter.end()


class ListeningStrip(QWidget):
    """What lies over the composer while the microphone is open: the level as it comes in."""

    def __init__(self, colours: Colours, parent: QWidget) -> None:
        super().__init__(parent)
        self._colours = colours
        self.meter = LevelMeter(colours, self)
        self.hide()

    def set_colours(self, colours: Colours) -> None:
        """Takes other colours."""
        self._colours = colours
        self.meter.set_colours(colours)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keeps the meter inside."""
        self.meter.setGeometry(self.rect().adjusted(20, 6, -20, -6))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The rounded strip."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(self._colours.surface))
        painter.setPen(QPen(QColor(self._colours.accent), 1.5))
        painter.setBrush(QColor(self._colours.accent_wash))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 21, 21)
        painter.end()


class Dock(QWidget):
    """Composer, Stop and the talk button, with one line that says what they do now."""

    stop_wanted = Signal()

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._key_name = KeyName()
        self._hands_free = False
        self._state: TurnState | None = None
        self.composer = Composer(colours, self)
        self.strip = ListeningStrip(colours, self.composer)
        self.stop = StopButton(colours, self)
        self.stop.clicked.connect(self.stop_wanted)
        self.stop.hide()
        self.talk = TalkButton(colours, self)
        self._hint = QLabel(self)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._hint.setWordWrap(True)
        use_font(self._hint, 11.5 / 13)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.composer, 1, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.stop, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.talk, 0, Qt.AlignmentFlag.AlignVCenter)
        self._layout = QVBoxLayout(self)
        self._layout.setSpacing(3)
        self._layout.addLayout(row)
        self._layout.addWidget(self._hint)
        self.set_colours(colours)
        self.show_state(None)

    def set_key_name(self, name: KeyName) -> None:
        """What the global key is called, in the line of help."""
        self._key_name = name
        self.show_state(self._state)

    def set_hands_free(self, hands_free: bool) -> None:
        """Whether it listens until the next press, and not until something is let go."""
        self._hands_free = hands_free
        self.show_state(self._state)

    def retranslate(self) -> None:
        """Says the same in another language."""
        self.show_state(self._state)

    def show_state(self, state: TurnState | None) -> None:
        """Follows the turn in flight; None between turns."""
        self._state = state
        listening = state is TurnState.LISTENING
        busy = state in (TurnState.TRANSCRIBING, TurnState.THINKING, TurnState.SPEAKING)
        if listening and not self.strip.isVisibleTo(self):
            self.strip.meter.clear()
        self.strip.setVisible(listening)
        self.stop.setVisible(busy)
        self.talk.set_listening(listening)
        self._hint.setText(self._words(self._key_name.shown, listening=listening, busy=busy))
        self._hint.setAccessibleName(self._words(self._key_name.spoken, listening=listening, busy=busy))

    @property
    def hint(self) -> str:
        """The line of help."""
        return self._hint.text()

    def tell_level(self, level_dbfs: float) -> None:
        """Shows how loud the microphone is."""
        self.strip.meter.tell(level_dbfs)
        self.talk.set_level(self.strip.meter.level)

    def set_colours(self, colours: Colours) -> None:
        """Takes other colours."""
        for part in (self.composer, self.strip, self.stop, self.talk):
            part.set_colours(colours)
        palette = self._hint.palette()
        palette.setColor(QPalette.ColorRole.WindowText, QColor(colours.quiet))
        self._hint.setPalette(palette)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keeps the column no wider than the transcript's."""
        side = max(28, (self.width() - COLUMN_PX) // 2)
        self._layout.setContentsMargins(side, 6, side - 6, 14)
        self.strip.setGeometry(self.composer.rect())
        super().resizeEvent(event)

    def _words(self, key: str, *, listening: bool, busy: bool) -> str:
        if listening and self._hands_free:
            return self.tr("Press again to ask · Esc cancels")
        if listening:
            return self.tr("Let go to ask · Esc cancels")
        if busy:
            return self.tr("Hold to interrupt · Esc stops")
        if key:
            return self.tr("Hold %s anywhere, or the button, and speak · Enter sends") % key
        return self.tr("Hold the button, or Space on it, and speak · Enter sends")
