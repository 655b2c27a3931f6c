"""The field in which a question is written instead of spoken."""

from PySide6.QtCore import QMimeData, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPalette, QPen, QResizeEvent, QTextCursor
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QWidget

from app.controls import PaintedButton
from app.icons import paint_icon
from app.text_size import use_font
from app.theme import READING_SCALE, Colours
from app.window.editing import EditingStrip
from engine.units import TurnId

_MOST_LINES = 7
_PAD_X, _PAD_Y = 14, 11
_SEND_PX = 30


class SendButton(PaintedButton):
    """A round arrow; quiet while there is nothing to send."""

    def __init__(self, colours: Colours, parent: QWidget) -> None:
        super().__init__(parent, colours)
        self.setAccessibleName(self.tr("Send"))
        self.setToolTip(self.tr("Send (Enter)"))
        self.setFixedSize(_SEND_PX, _SEND_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The arrow on its disc."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        ground = QColor(self._colours.accent if self.isEnabled() else self._colours.line)
        painter.setBrush(ground.darker(112) if self.isDown() else ground)
        painter.drawEllipse(QRectF(self.rect()).adjusted(1, 1, -1, -1))
        colour = self._colours.on_accent if self.isEnabled() else self._colours.quiet
        paint_icon(painter, "send", colour, QPointF(self.width() / 2, self.height() / 2), 18)
        self._focus_ring(painter, _SEND_PX / 2)
        painter.end()


class Composer(QWidget):
    """Enter sends, Shift-Enter begins a new line, Up in the first line brings back what was sent.

    ``sent`` carries the question, trimmed and never empty; ``resent`` does, with the number of the turn
    that it takes the place of, while one is edited.
    """

    sent = Signal(str)
    resent = Signal(int, str)

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colours = colours
        self._history: list[str] = []
        self._recalled = 0
        self._draft = ""
        self._focused = False
        self._editing: TurnId | None = None
        self._edited = ""  # the question as it was asked
        self._set_aside = ""  # what was being written when the editing began
        self.strip = EditingStrip(colours, self)
        self.strip.cancelled.connect(self.end_edit)
        self.field = _Field(self)
        self.field.setAccessibleName(self.tr("Question"))
        self.field.setPlaceholderText(self.tr("Ask something"))
        self.field.entered.connect(self._send)
        self.field.recalled.connect(self._recall)
        self.field.focused.connect(self._set_focused)
        self.field.textChanged.connect(self._changed)
        self._button = SendButton(colours, self)
        self._button.clicked.connect(self._send)
        self._button.setEnabled(False)
        self.setFocusProxy(self.field)
        self.set_colours(colours)
        self._changed()

    @property
    def text(self) -> str:
        """What is written now."""
        return self.field.toPlainText()

    def write(self, text: str) -> None:
        """Puts ``text`` into the field, ready to be changed."""
        self.field.setPlainText(text)
        self.field.moveCursor(QTextCursor.MoveOperation.End)

    @property
    def editing(self) -> TurnId | None:
        """The turn whose question is being edited; None while a new one is written."""
        return self._editing

    def edit(self, turn_id: TurnId, question: str, asked_at: str) -> None:
        """Edits the question of a turn, asked at ``asked_at`` in words; what was being written waits."""
        if self._editing is None:
            self._set_aside = self.text
        else:
            self._keep_edited()
        self._editing, self._edited = turn_id, question
        self.strip.say(asked_at)
        self.strip.show()
        self.write(question)
        self._changed()
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def end_edit(self) -> None:
        """Ends the editing and goes back to what was being written before it. Harmless when not editing.

        What was changed in the question is not lost: Up brings it back.
        """
        if self._editing is None:
            return
        self._keep_edited()
        self._editing = None
        self.strip.hide()
        self.write(self._set_aside)
        self._set_aside = ""
        self._changed()

    def _keep_edited(self) -> None:
        if self.text.strip() != self._edited.strip():
            self.remember(self.text.strip())

    def remember(self, question: str) -> None:
        """Adds a question to what Up brings back."""
        if question and self._history[-1:] != [question]:
            self._history.append(question)
        self._recalled = len(self._history)

    def set_colours(self, colours: Colours) -> None:
        """Takes other colours."""
        self._colours = colours
        palette = self.field.palette()
        palette.setColor(QPalette.ColorRole.Base, Qt.GlobalColor.transparent)
        palette.setColor(QPalette.ColorRole.Text, QColor(colours.text))
        palette.setColor(QPalette.ColorRole.PlaceholderText, QColor(colours.quiet))
        self.field.setPalette(palette)
        self._button.set_colours(colours)
        self.strip.set_colours(colours)
        self.update()

    def fit_text(self) -> None:
        """As high as its lines are now."""
        self._changed()

    def sizeHint(self) -> QSize:
        """As high as its lines, up to seven."""
        return QSize(420, self._height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keeps the field and the button inside."""
        width, height = self.width(), self.height()
        above = self._strip_px()
        self.strip.setGeometry(_PAD_X, 6, width - _PAD_X - 10, self.strip.sizeHint().height())
        self.field.setGeometry(
            _PAD_X, above + _PAD_Y, width - 2 * _PAD_X - _SEND_PX, height - above - 2 * _PAD_Y
        )
        self._button.move(width - _SEND_PX - 7, height - _SEND_PX - 7)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The rounded field."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line = QColor(self._colours.accent if self._focused else self._colours.edge)
        painter.setPen(QPen(line, 1.5 if self._focused else 1.0))
        painter.setBrush(QColor(self._colours.field))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 21, 21)
        painter.end()

    def _height(self) -> int:
        lines = min(_MOST_LINES, max(1, round(self.field.document().size().height())))
        return max(44, self.field.fontMetrics().lineSpacing() * lines + 2 * _PAD_Y) + self._strip_px()

    def _strip_px(self) -> int:
        return self.strip.sizeHint().height() if self._editing is not None else 0

    def _changed(self) -> None:
        self._button.setEnabled(bool(self.text.strip()))
        if self.height() != self._height():
            self.setFixedHeight(self._height())

    def _set_focused(self, focused: bool) -> None:
        self._focused = focused
        self.update()

    def _send(self) -> None:
        question = self.text.strip()
        if not question:
            return
        turn_id = self._editing
        if turn_id is not None:
            self._edited = self.text  # sent, so there is nothing to be kept of it
            self.end_edit()
        else:
            self.field.clear()
        self.remember(question)
        if turn_id is not None:
            self.resent.emit(turn_id, question)
        else:
            self.sent.emit(question)

    def _recall(self, step: int) -> None:
        place = self._recalled + step
        if not 0 <= place <= len(self._history):
            return
        if self._recalled == len(self._history):
            self._draft = self.text
        self._recalled = place
        self.write(self._history[place] if place < len(self._history) else self._draft)


class _Field(QPlainTextEdit):
    entered = Signal()
    recalled = Signal(int)
    focused = Signal(bool)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        use_font(self, READING_SCALE)
        self.setTabChangesFocus(True)
        self.document().setDocumentMargin(0)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and plain:
            self.entered.emit()
        elif event.key() == Qt.Key.Key_Up and plain and self._on_line(first=True):
            self.recalled.emit(-1)
        elif event.key() == Qt.Key.Key_Down and plain and self._on_line(first=False):
            self.recalled.emit(1)
        elif event.key() == Qt.Key.Key_Escape:
            event.ignore()  # Escape stops the answer, also from here
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: object) -> None:
        super().focusInEvent(event)  # type: ignore[arg-type]
        self.focused.emit(True)

    def focusOutEvent(self, event: object) -> None:
        super().focusOutEvent(event)  # type: ignore[arg-type]
        self.focused.emit(False)

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Pastes words only."""
        self.insertPlainText(source.text())

    def _on_line(self, *, first: bool) -> bool:
        """Whether the cursor is on the first, or the last, line as it is shown: long ones are wrapped."""
        beyond = self.textCursor()
        way = QTextCursor.MoveOperation.Up if first else QTextCursor.MoveOperation.Down
        return not beyond.movePosition(way)
