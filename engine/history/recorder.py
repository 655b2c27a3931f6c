"""Writes the conversation down while it happens: a subscriber of the bus with a thread of its own.

A turn is saved when its question is known, at every sentence that is written or heard, and at its
end, so that a killed process leaves whole turns and whole sentences. The bus only pays for putting
a value into a queue.
"""

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from queue import SimpleQueue

from engine.errors import AloudError, HistoryDamaged
from engine.events import (
    Event,
    Failed,
    ReplyCompleted,
    ReplyDelta,
    TranscriptReady,
    TurnEnded,
    WordSpoken,
)
from engine.history.records import ConversationRecord, TurnRecord, new_id
from engine.history.store import History
from engine.turn import Turn
from engine.units import TurnId

log = logging.getLogger(__name__)

SENTENCE_ENDS = frozenset(".!?…\n。！？।")
MOST_UNSAVED = 10_000
"""Turns that are kept in memory while the disk takes none; the oldest are given up beyond that."""

Report = Callable[[AloudError], None]
"""Told of what went wrong, on the recorder's thread."""

TimingsOf = Callable[[TurnId], Mapping[str, float]]
_Job = Callable[[], object]


@dataclass
class _Live:
    """The turn under way."""

    conversation_id: str
    record_id: str
    began_at_s: float
    question: str
    typed: bool
    parts: list[str] = field(default_factory=list)
    heard_end: int = 0
    error: str = ""

    def record(self) -> TurnRecord:
        reply = "".join(self.parts)
        return TurnRecord(
            self.record_id,
            self.began_at_s,
            self.question,
            reply,
            reply[: self.heard_end],
            typed=self.typed,
            error=self.error,
        )


class Recorder:
    """Records what the bus tells: ``bus.subscribe(recorder)``. Use it on the conversation's loop only.

    ``timings_of`` gives the seconds of a turn that has just ended; whoever collects them must have
    subscribed earlier. ``report`` hears on the recorder's thread of a full disk or a damaged file;
    the conversation goes on, and what could not be saved is saved as soon as that works again.
    """

    def __init__(
        self,
        history: History,
        *,
        timings_of: TimingsOf = lambda turn_id: {},
        report: Report = lambda error: None,
        enabled: bool = True,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self.history = history
        self.enabled = enabled
        self.conversation_id = new_id()
        self._timings_of = timings_of
        self._report = report
        self._clock = clock
        self._wall_clock = wall_clock
        self._live: dict[TurnId, _Live] = {}
        self._records: dict[TurnId, str] = {}
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._unsaved: dict[str, tuple[str, TurnRecord]] = {}
        self._marks: dict[str, bool] = {}  # turns that are to be hidden, or not to be any more
        self._waiting: list[threading.Event] = []
        self._told = ""
        self._thread = threading.Thread(target=self._run, name="history", daemon=True)
        self._jobs.put(self._settle)
        self._thread.start()

    def begin(self) -> str:
        """Puts the turns from now on into a conversation of their own; returns its name."""
        self.conversation_id = new_id()
        self._records.clear()
        return self.conversation_id

    def go_on(self, conversation: ConversationRecord, turns: Iterable[Turn] = ()) -> None:
        """Adds the turns from now on to ``conversation``.

        ``turns`` are its turns as the running conversation numbered them, in the same order.
        """
        self.conversation_id = conversation.conversation_id
        self._records = {
            turn.turn_id: record.record_id for turn, record in zip(turns, conversation.turns, strict=False)
        }

    def record_ids(self, turn_ids: Iterable[TurnId]) -> list[str]:
        """The names under which these turns of the present conversation are kept; none for one that isn't."""
        return [self._records[turn_id] for turn_id in turn_ids if turn_id in self._records]

    def hide(self, record_ids: Collection[str]) -> None:
        """Hides turns until they are brought back or purged; as with saving, what fails is done later."""
        self._mark(record_ids, hidden=True)

    def bring_back(self, record_ids: Collection[str]) -> None:
        """Shows hidden turns again."""
        self._mark(record_ids, hidden=False)

    def purge(self, record_ids: Collection[str]) -> None:
        """Deletes for good those of these turns that are hidden."""

        def purge() -> None:
            self._save_all()  # what is hidden must be there first
            self._try(lambda: self.history.purge(record_ids))

        self._jobs.put(purge)

    def flush(self) -> None:
        """Blocks until everything that was told is saved, as far as the disk takes it."""
        done = threading.Event()
        self._jobs.put(lambda: self._waiting.append(done))
        while not done.wait(0.1) and self._thread.is_alive():
            pass

    def close(self) -> None:
        """Saves what is left and ends the thread. Blocks for that. Does not close the history."""
        self._jobs.put(None)
        self._thread.join()

    def __call__(self, event: Event) -> None:
        """Takes an event of the bus. Never blocks."""
        match event:
            case TranscriptReady() if self.enabled:
                self._begin(event.turn_id, event.at_s, event.text, event.typed)
            case ReplyDelta(turn_id=turn_id, text=text):
                if live := self._live.get(turn_id):
                    live.parts.append(text)
                    if not SENTENCE_ENDS.isdisjoint(text):
                        self._save(live.conversation_id, live.record())
            case ReplyCompleted(turn_id=turn_id, text=text):
                if live := self._live.get(turn_id):
                    live.parts = [text]
                    self._save(live.conversation_id, live.record())
            case WordSpoken(turn_id=turn_id, word=word):
                if live := self._live.get(turn_id):
                    live.heard_end = word.source_end
                    if not SENTENCE_ENDS.isdisjoint(word.text):
                        self._save(live.conversation_id, live.record())
            case Failed(turn_id=turn_id, error=error):
                if live := self._live.get(turn_id):
                    live.error = str(error)
            case TurnEnded():
                self._end(event)
            case _:
                pass

    def _begin(self, turn_id: TurnId, at_s: float, question: str, typed: bool) -> _Live:
        began_at_s = self._wall_clock() - self._clock() + at_s
        live = _Live(self.conversation_id, new_id(), began_at_s, question, typed)
        self._live[turn_id] = live
        self._records[turn_id] = live.record_id
        self._save(live.conversation_id, live.record())
        return live

    def _end(self, ended: TurnEnded) -> None:
        live = self._live.pop(ended.turn_id, None)
        if live is None:
            return
        record = TurnRecord(
            live.record_id,
            live.began_at_s,
            ended.question or live.question,
            ended.reply,
            ended.heard_text,
            ended.outcome,
            live.typed,
            live.error,
            dict(self._timings_of(ended.turn_id)),
        )
        self._save(live.conversation_id, record)

    def _save(self, conversation_id: str, record: TurnRecord) -> None:
        self._jobs.put(lambda: self._unsaved.update({record.record_id: (conversation_id, record)}))

    def _mark(self, record_ids: Collection[str], *, hidden: bool) -> None:
        marks = dict.fromkeys(record_ids, hidden)
        self._jobs.put(lambda: self._marks.update(marks))

    def _run(self) -> None:
        """The thread: takes all jobs that wait, then saves the newest state of each turn once."""
        job: _Job | None = self._jobs.get()
        while True:
            while job is not None:
                job()
                if self._jobs.empty():
                    break
                job = self._jobs.get()
            self._save_all()
            while self._waiting:
                self._waiting.pop().set()
            if job is None:
                return
            job = self._jobs.get()

    def _settle(self) -> None:
        def settle() -> None:
            if self.history.notice is not None:
                self._tell(self.history.notice)
            self.history.settle()
            self.history.purge()  # what was deleted before this start can't be brought back any more

        self._try(settle)

    def _save_all(self) -> None:
        for record_id, (conversation_id, record) in list(self._unsaved.items()):
            if not self._try(lambda name=conversation_id, turn=record: self.history.save(name, turn)):  # type: ignore[misc]
                break
            del self._unsaved[record_id]
            self._told = ""
        for record_id in list(self._unsaved)[: max(0, len(self._unsaved) - MOST_UNSAVED)]:
            del self._unsaved[record_id]
        for hidden in (True, False):
            # A turn that could not be saved yet is marked once it is.
            saved = [name for name in self._marks if name not in self._unsaved]
            names = [name for name in saved if self._marks[name] is hidden]
            change = self.history.delete_turns if hidden else self.history.restore_turns
            if names and self._try(lambda names=names, change=change: change(names)):  # type: ignore[misc]
                for name in names:
                    del self._marks[name]

    def _try(self, work: _Job) -> bool:
        """Whether ``work`` was done; what kept it from that is reported, the same thing once."""
        try:
            try:
                work()
            except HistoryDamaged:
                notice = self.history.begin_anew()
                self._tell(notice)
                work()
        except AloudError as error:
            self._tell(error)
            return False
        except Exception as error:  # the thread must live on: later turns may be saved
            log.exception("the history could not be written")
            self._tell(
                AloudError("The history could not be written: {reason}.", "See the log.", reason=error)
            )
            return False
        return True

    def _tell(self, error: AloudError) -> None:
        if str(error) != self._told:
            self._told = str(error)
            self._report(error)
