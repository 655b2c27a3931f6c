"""One turn on the screen: the question at the right, the answer in full width, its actions below."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from PySide6.QtCore import QEvent, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QEnterEvent, QGuiApplication
from PySide6.QtWidgets import QWidget

from app import errors
from app.controls import IconButton
from app.text_size import roomy
from app.theme import Colours
from app.transcript.answer import Answer
from app.transcript.marks import Bubble, Dots, Note
from app.transcript.model import ShownTurn, tell
from app.transcript.waterfall import Waterfall, known
from engine.events import Event, Outcome, ReplyDelta, TranscriptReady, TurnEnded, WordSpoken
from engine.turn import TurnState
from engine.units import TurnId

_GAP_PX = 12
_FOOTER_PX = 30


SecondsOf = Callable[[TurnId], Mapping[str, float]]
"""How long the steps of a turn took, by name; empty for one that isn't known."""


class TurnView(QWidget):
    """Shows one turn and follows its events; ``grew`` when its height may have changed."""

    grew = Signal()
    spoken_at = Signal(QRect)
    again_wanted = Signal(int, str)
    edit_wanted = Signal(ShownTurn)
    delete_wanted = Signal(int)

    def __init__(
        self,
        shown: ShownTurn,
        colours: Colours,
        parent: QWidget | None = None,
        *,
        seconds_of: SecondsOf = lambda turn_id: {},
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StaticContents)
        self._seconds_of = seconds_of
        self._waterfall: Waterfall | None = None
        self.turn_id = shown.turn_id
        self._shown = shown
        self._deltas: list[str] = []  # of the reply, which ``shown`` has not taken up yet
        self._colours = colours
        self._bubble = Bubble(colours, self)
        self._answer: Answer | None = None
        self._dots: Dots | None = None
        self._note: Note | None = None
        self._actions: list[IconButton] = []
        self._places: list[tuple[QWidget, QRect]] = []
        self._newest = True
        self._show_state()
        if shown.state is TurnState.ENDED:
            if shown.reply:
                self.answer.add(shown.reply)
            self._end()

    @property
    def shown(self) -> ShownTurn:
        """What is known of the turn."""
        if self._deltas:
            self._shown = replace(self._shown, reply=self._shown.reply + "".join(self._deltas))
            self._deltas.clear()
        return self._shown

    def tell(self, event: Event) -> None:
        """Takes an event of this turn."""
        if isinstance(event, ReplyDelta):  # hundreds a second may come
            self._deltas.append(event.text)
            if self._dots or self._answer is None:
                self._stop_waiting()
            self.answer.add(event.text)
            return
        self._shown = tell(self.shown, event)
        match event:
            case TranscriptReady():
                asked_at_s = time.time() - time.monotonic() + event.at_s
                self._shown = replace(self._shown, asked_at_s=asked_at_s)
                self._show_state()
            case WordSpoken():
                place = self.answer.mark_spoken(event.word.source_start, event.word.source_end)
                if place is not None:
                    self.spoken_at.emit(place.translated(self.answer.pos()))
            case TurnEnded():
                self._end()
            case _:
                self._show_state()

    @property
    def answer(self) -> Answer:
        """The answer, which begins to exist when it is first asked for."""
        if self._answer is None:
            self._answer = Answer(self._colours, self)
            self._answer.grew.connect(self._arrange)
            self._answer.show()
        return self._answer

    @property
    def note(self) -> str:
        """What the line under the answer says; "" without one."""
        return self._note.text if self._note else ""

    @property
    def question_shown(self) -> str:
        """What stands in the bubble."""
        return self._bubble._label.text()

    def restyle(self, colours: Colours) -> None:
        """Takes other colours."""
        self._colours = colours
        for part in (self._bubble, self._dots, self._note, self._waterfall, *self._actions):
            if part is not None:
                part.set_colours(colours)
        if self._answer is not None:
            self._answer.restyle(colours)
            self._mark_cut()

    def measure(self, width: int) -> int:
        """The height that everything takes at ``width``."""
        places = self._places
        places.clear()
        size = self._bubble.size_for(round(width * 0.82))
        places.append((self._bubble, QRect(width - size.width(), 0, size.width(), size.height())))
        y = size.height() + _GAP_PX + 4
        if self._answer is not None:
            height = self._answer.measure(width)
            places.append((self._answer, QRect(0, y, width, height)))
            y += height + (0 if height == 0 else 4)
        if self._dots is not None:
            places.append((self._dots, QRect(0, y, self._dots.width(), self._dots.height())))
            y += self._dots.height()
        if self._note is not None:
            height = self._note.height_for(width)
            places.append((self._note, QRect(0, y + 2, width, height)))
            y += height + 6
        x = -6
        for button in self._actions:
            places.append((button, QRect(x, y, roomy(28), roomy(28))))
            x += roomy(30)
        y += roomy(_FOOTER_PX) if self._actions else 0
        if self._waterfall is not None:
            height = self._waterfall.height_for(width)
            places.append((self._waterfall, QRect(0, y + 4, width, height)))
            y += height + 10
        return y

    def place(self) -> None:
        """Gives everything the place that was measured last; the transcript calls both."""
        for widget, rect in self._places:
            widget.setGeometry(rect)
        if self._answer is not None:
            self._answer.place()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Shows its actions."""
        super().enterEvent(event)
        self._reveal()

    def leaveEvent(self, event: QEvent) -> None:
        """Hides its actions, unless it is the newest turn."""
        super().leaveEvent(event)
        self._reveal()

    def set_newest(self, newest: bool) -> None:
        """The newest turn always shows its actions; others when the pointer is over them."""
        self._newest = newest
        self._reveal()

    def _reveal(self) -> None:
        for button in self._actions:
            button.set_revealed(self._newest or self.underMouse())

    def _arrange(self) -> None:
        self.grew.emit()

    def _show_state(self) -> None:
        shown = self.shown
        if shown.question:
            self._bubble.set_text(shown.question, settled=True)
        else:
            waiting = (
                self.tr("Listening…") if shown.state is TurnState.LISTENING else self.tr("Understanding…")
            )
            self._bubble.set_text(shown.partial or waiting, settled=False)
        if shown.state is TurnState.THINKING and not shown.reply and self._dots is None:
            self._dots = Dots(self._colours, self)
            self._dots.show()
        self.grew.emit()

    def _stop_waiting(self) -> None:
        if self._dots is not None:
            self._dots.hide()
            self._dots.deleteLater()
            self._dots = None

    def _end(self) -> None:
        self._stop_waiting()
        shown = self.shown
        self._bubble.set_text(shown.question or shown.partial or "…", settled=bool(shown.question))
        if self._answer is not None:
            self._answer.finish()
            self._answer.unmark()
            self._mark_cut()
        self._say_outcome()
        if shown.question:
            self._add_actions()
        self.grew.emit()

    def _say_outcome(self) -> None:
        shown = self.shown
        if shown.cut:
            self._say(self.tr("Stopped here. What follows was not heard."), "cut")
        elif shown.outcome is Outcome.INTERRUPTED and not shown.reply:
            self._say(self.tr("Stopped before it began to answer."), "stop")
        elif shown.outcome is Outcome.FAILED:
            why = errors.words(shown.error, shown.remedy)
            self._say(why or self.tr("The answer failed."), "alert", bad=True)

    def retranslate(self) -> None:
        """Says the same in another language."""
        if self.shown.state is TurnState.ENDED:
            self._say_outcome()
        else:
            self._show_state()
        self._show_waterfall(self._waterfall is not None)

    def _mark_cut(self) -> None:
        if self.shown.cut and self._answer is not None:
            self._answer.cut_at(self.shown.heard_end)

    def _say(self, text: str, icon: str, *, bad: bool = False) -> None:
        if self._note is None:
            self._note = Note(self._colours, self)
        self._note.say(text, icon, alarming=bad)
        self._note.show()

    def _add_actions(self) -> None:
        if self._actions:
            return
        if self.shown.reply:
            copy = self._action("copy", self.tr("Copy the answer"))
            copy.clicked.connect(lambda: self._copy(copy))
        again = self._action("retry", self.tr("Ask again"))
        again.clicked.connect(lambda: self.again_wanted.emit(self.shown.turn_id, self.shown.question))
        edit = self._action("edit", self.tr("Edit and ask again"))
        edit.clicked.connect(lambda: self.edit_wanted.emit(self.shown))
        if known(self.shown.seconds or self._seconds_of(self.shown.turn_id)):
            times = self._action("timer", self.tr("Where the time went"))
            times.setCheckable(True)
            times.toggled.connect(self._show_waterfall)
        delete = self._action("trash", self.tr("Delete this turn"))
        delete.clicked.connect(lambda: self.delete_wanted.emit(self.shown.turn_id))
        self._reveal()

    def _action(self, icon: str, name: str) -> IconButton:
        button = IconButton(icon, name, self, self._colours, size=26)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.show()
        self._actions.append(button)
        return button

    def _show_waterfall(self, shown: bool) -> None:
        if self._waterfall is not None:
            self._waterfall.hide()
            self._waterfall.deleteLater()
            self._waterfall = None
        if shown:
            seconds = self.shown.seconds or self._seconds_of(self.shown.turn_id)
            self._waterfall = Waterfall(seconds, self._colours, self)
            self._waterfall.show()
        self.grew.emit()

    @property
    def waterfall(self) -> Waterfall | None:
        """The bars, while they are shown."""
        return self._waterfall

    def _copy(self, button: IconButton) -> None:
        QGuiApplication.clipboard().setText(self.shown.reply)
        button.set_icon("check")
        QTimer.singleShot(1600, button, lambda: button.set_icon("copy"))
