"""Taking turns away and putting them back: on the screen, for the model and on disk at once.

Deleting a turn and asking one again both take turns away, and a toast offers the way back for as long
as it is shown. Turns are known by their number while the app runs and by their record's name on disk,
never by where they stand.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.bridge import Bridge
from app.transcript.model import ShownTurn
from app.transcript.view import Transcript
from app.window.toast import Toast
from engine.turn import Turn
from engine.units import TurnId

if TYPE_CHECKING:
    from engine.history import Recorder  # not needed for the first paint


@dataclass(frozen=True, slots=True)
class Taken:
    """Turns that were taken away, oldest first: as shown, as the model was told of them, as kept."""

    shown: tuple[ShownTurn, ...]
    turns: tuple[Turn, ...]
    record_ids: tuple[str, ...]

    @property
    def on_disk(self) -> bool:
        """Whether every one of them is kept there."""
        return len(self.record_ids) == len(self.shown)


class Changes(QObject):
    """Deletes turns and asks them again, with a way back that ends with its toast.

    ``taken`` carries the numbers of turns that have gone, ``changed`` tells that the history is another,
    ``reopen_wanted`` names a conversation that got turns back after it had been left. Used on the
    conversation's loop. Without a ``recorder`` nothing is kept on disk.
    """

    taken = Signal(object)
    changed = Signal()
    reopen_wanted = Signal(str)

    def __init__(self, bridge: Bridge, transcript: Transcript, toast: Toast, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge, self._transcript, self._toast = bridge, transcript, toast
        self.recorder: Recorder | None = None
        self._offered: Taken | None = None
        self._conversation_left = 0  # how often the conversation was left for another

    def delete(self, turn_id: int) -> None:
        """Takes one turn away. What goes on goes on."""
        gone = self._take([TurnId(turn_id)])
        if gone.shown:
            self._offer(self.tr("Turn deleted"), gone, None)

    def ask_again(self, turn_id: int, question: str) -> None:
        """Asks ``question`` in the place of a turn and of all that came after it."""
        question = question.strip()
        if not question or not self._bridge.has_conversation:
            return
        self._bridge.stop()  # what goes on is replaced too, as far as it has come
        gone = self._take_from(turn_id)
        self._bridge.ask(question)
        if all(turn.question == question and not turn.reply for turn in gone.shown):
            self._end(gone)  # nothing is lost that anybody could want back
        else:
            several = len(gone.shown) > 1
            said = self.tr("%s questions replaced") % len(gone.shown)
            self._offer(said if several else self.tr("Question replaced"), gone, turn_id)

    def leave(self) -> None:
        """The conversation gives way to another: what was taken from it can only come back from the disk."""
        self._conversation_left += 1
        if self._offered is not None and not self._offered.on_disk:
            self._toast.dismiss()

    def _offer(self, said: str, gone: Taken, instead_of: int | None) -> None:
        """Offers the way back; what is there now took the place of the turn ``instead_of``, if of any."""
        here = self._conversation_left
        conversation_id = self.recorder.conversation_id if self.recorder is not None else ""

        def undo() -> None:
            self._offered = None
            if here != self._conversation_left:
                self._bring_back(gone)
                self.reopen_wanted.emit(conversation_id)
            elif instead_of is None:
                self._put_back(gone)
            else:
                self._swap(gone, instead_of)

        def ended() -> None:
            self._offered = None
            self._end(gone)

        self._toast.say(said, undo, ended)
        self._offered = gone

    def _swap(self, gone: Taken, instead_of: int) -> None:
        """Puts back what was replaced and takes away what replaced it, which can be undone in turn."""
        self._bridge.stop()
        came = self._take_from(instead_of)
        self._put_back(gone)
        if came.shown:
            self._offer(self.tr("Put back as it was"), came, instead_of)

    def _take_from(self, turn_id: int) -> Taken:
        return self._take([turn.turn_id for turn in self._transcript.shown if turn.turn_id >= turn_id])

    def _take(self, turn_ids: Collection[TurnId]) -> Taken:
        turns = self._bridge.forget(turn_ids)
        shown = self._transcript.take(turn_ids)
        record_ids = self.recorder.record_ids(turn_ids) if self.recorder is not None else []
        if self.recorder is not None and record_ids:
            self.recorder.hide(record_ids)
        self.taken.emit(turn_ids)
        self.changed.emit()
        return Taken(tuple(shown), turns, tuple(record_ids))

    def _put_back(self, gone: Taken) -> None:
        self._bridge.recall(gone.turns)
        self._transcript.put_back(gone.shown)
        self._bring_back(gone)

    def _bring_back(self, gone: Taken) -> None:
        if self.recorder is not None and gone.record_ids:
            self.recorder.bring_back(gone.record_ids)
        self.changed.emit()

    def _end(self, gone: Taken) -> None:
        """There is no way back any more."""
        if self.recorder is not None and gone.record_ids:
            self.recorder.purge(gone.record_ids)
