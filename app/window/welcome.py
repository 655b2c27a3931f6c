"""What an empty conversation shows: how to begin, and how far the parts have come."""

from functools import partial

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPalette, QPen, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.balanced import balanced
from app.controls import PaintedButton
from app.hotkey.naming import KeyName
from app.icons import paint_icon
from app.text_size import fix, roomy, use_font
from app.theme import Colours
from app.window.part import Part
from app.window.parts import PartList
from engine.events import BackendState, Port

HELP_PX = 440


class Suggestion(PaintedButton):
    """A question to begin with; ``fitted`` when its words take another room."""

    fitted = Signal()

    def __init__(self, question: str, colours: Colours, parent: QWidget) -> None:
        super().__init__(parent, colours)
        self.setText(question)
        use_font(self)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.retranslate()

    def fit_text(self) -> None:
        """Takes the room that the question needs."""
        self.retranslate()

    def retranslate(self) -> None:
        """Takes the room that the question needs in its language."""
        self.setAccessibleName(self.tr("Ask: %s") % self.text())
        metrics = self.fontMetrics()
        self.setFixedSize(metrics.horizontalAdvance(self.text()) + 32, metrics.height() + 18)
        self.fitted.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The question in a pill."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._ground(painter, 17)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(self._colours.line), 1))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 17, 17)
        painter.setPen(QColor(self._colours.text))
        painter.setFont(self.font())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())
        self._focus_ring(painter, 17)
        painter.end()


class _Emblem(QWidget):
    def __init__(self, colours: Colours, parent: QWidget) -> None:
        super().__init__(parent)
        self.colours = colours
        self.setFixedSize(72, 90)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self.colours.accent_wash))
        painter.drawRoundedRect(QRectF(0, 0, 72, 72), 21, 21)
        paint_icon(painter, "voice", self.colours.accent, QPointF(36, 36), 40)
        painter.end()


class Welcome(QWidget):
    """A heading, a line of help, and either the parts that are not ready yet or questions to begin with."""

    asked = Signal(str)
    retry_wanted = Signal(Port)

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colours = colours
        self._emblem = _Emblem(colours, self)
        self._title = QLabel(self.tr("Hold, speak, let go"), self)
        use_font(self._title, 22 / 13, weight=QFont.Weight.DemiBold)
        self._help = QLabel(self)
        use_font(self._help, 14 / 13)
        self._help.setWordWrap(True)
        self._title.setWordWrap(True)
        for label in (self._title, self._help):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.parts = PartList(colours, self)
        fix(self.parts, width=360)
        self.parts.retry_wanted.connect(self.retry_wanted)
        self._suggestions = QWidget(self)
        self._buttons = [
            Suggestion(question, colours, self._suggestions)
            for question in (
                self.tr("What can you do?"),
                self.tr("Explain rainbows simply"),
                self.tr("Tell me a short story"),
            )
        ]
        self._lay_out()
        self.set_key_name(KeyName())
        self.set_colours(colours)
        self._show_fitting()

    def _lay_out(self) -> None:
        row = QHBoxLayout(self._suggestions)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for button in self._buttons:
            button.clicked.connect(partial(self._ask, button))
            button.fitted.connect(self._fit)
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(0)
        column.addStretch(2)
        for widget in (self._emblem, self._title, self._help, self.parts, self._suggestions):
            column.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        self._title.setContentsMargins(0, 0, 0, 6)
        self._help.setContentsMargins(0, 0, 0, 26)
        column.addStretch(3)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a small window the emblem goes first, then the line of help, then the last suggestion."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room_px = max(HELP_PX // 2, self.width() - 32)
        for label, widest_px in ((self._title, room_px), (self._help, min(roomy(HELP_PX), room_px))):
            label.setFixedSize(balanced(label, widest_px))
        wanted = self.parts if self.parts.isVisibleTo(self) else self._suggestions
        room = self.height() - wanted.sizeHint().height() - 80
        self._help.setVisible(room >= 70)
        self._emblem.setVisible(room >= 180)
        left = self.width() - 32
        for button in self._buttons:  # as many as there is room for beside each other
            left -= button.width() + 8
            button.setVisible(left >= -8)

    def retranslate(self) -> None:
        """Says the same in another language."""
        self.set_key_name(self._key_name)

    def fit_text(self) -> None:
        """Takes the room that its texts need."""
        self.retranslate()
        self._show_fitting()

    def _ask(self, button: Suggestion) -> None:
        self.asked.emit(button.text())

    def set_key_name(self, name: KeyName) -> None:
        """What the global key is called."""
        self._key_name = name
        self._help.setText(self._words(name.shown))
        self._help.setAccessibleName(self._words(name.spoken))
        self._fit()

    def _words(self, key: str) -> str:
        if key:
            return self.tr("Hold %s in any app, or the round button below, and ask your question.") % key
        return self.tr("Hold the round button below and ask your question, or write it.")

    def show_part(self, part: Part) -> None:
        """Shows how ``part`` is doing."""
        self.parts.show_part(part)
        self._show_fitting()

    def set_colours(self, colours: Colours) -> None:
        """Takes other colours."""
        self._colours = self._emblem.colours = colours
        for label, colour in ((self._title, colours.text), (self._help, colours.quiet)):
            palette = label.palette()
            palette.setColor(QPalette.ColorRole.WindowText, QColor(colour))
            label.setPalette(palette)
        self.parts.set_colours(colours)
        for button in self._buttons:
            button.set_colours(colours)
        self.update()

    def _show_fitting(self) -> None:
        for row in self.parts.rows.values():
            part = row.part
            device = part.port in (Port.MICROPHONE, Port.SPEAKER)
            done = part.state is BackendState.READY or (device and part.state is BackendState.OFF)
            row.setVisible(not done)
        states = [row.part.state for row in self.parts.rows.values()]
        ready = all(state in (BackendState.READY, BackendState.OFF) for state in states)
        ready = ready and BackendState.READY in states
        self.parts.setFixedHeight(self.parts.arrange(self.parts.width()))
        self.parts.setVisible(not ready)
        self._suggestions.setVisible(ready)
        self._fit()
