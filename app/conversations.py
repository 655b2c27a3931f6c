"""Past conversations: opening, searching, naming and deleting them.

The history blocks for the disk, so every call into it runs on another thread, one after the other.
"""

import asyncio
import logging
import time
from collections.abc import Coroutine, Sequence
from typing import Any

from PySide6.QtCore import QObject, QTimer

from app import errors
from app.bridge import Bridge
from app.dates import day_or_time, section, this_day
from app.history_files import HistoryFiles
from app.transcript.model import ShownTurn
from app.window.conversation_list import Entry
from app.window.main_window import MainWindow
from engine.errors import AloudError
from engine.events import NO_TURN, Event, Failed, Outcome, TranscriptReady, TurnEnded
from engine.history import ConversationRecord, History, Hit, Recorder, TurnRecord, search
from engine.turn import TurnState
from engine.units import TurnId

log = logging.getLogger(__name__)

REFRESH_AFTER_MS = 120


class Conversations(QObject):
    """Ties the side list, the transcript and the history together; used on the conversation's loop.

    ``recorder`` is already subscribed to the conversation's bus.
    """

    def __init__(self, history: History, recorder: Recorder, bridge: Bridge, window: MainWindow) -> None:
        super().__init__(window)
        self._history, self._recorder = history, recorder
        self._bridge, self._window = bridge, window
        self._tasks: set[asyncio.Task[None]] = set()
        self._one_at_a_time = asyncio.Lock()
        self._words = ""
        self._wanted = ""  # the conversation that was asked for last; "" once it is there, or a new one
        self._soon = QTimer(self, singleShot=True, interval=REFRESH_AFTER_MS)
        self._soon.timeout.connect(lambda: self._do(self._refresh()))
        sidebar = window.sidebar
        sidebar.opened.connect(self._open_wanted)
        sidebar.new_wanted.connect(self.begin)
        sidebar.searched.connect(self._search)
        sidebar.renamed.connect(lambda name, title: self._do(self._rename(name, title)))
        sidebar.deleted.connect(lambda name: self._do(self._delete(name)))
        window.header.sidebar_wanted.connect(self.refresh)  # it may be another day by now
        window.changes.recorder = recorder
        window.changes.changed.connect(self.refresh)
        window.changes.reopen_wanted.connect(lambda name: self._do(self._reopen(name)))
        self.files = HistoryFiles(history, window, self._do, self._brought_back)
        bridge.told.connect(self._follow)
        self.refresh()

    @property
    def busy(self) -> bool:
        """Whether something is still under way."""
        return bool(self._tasks) or self._soon.isActive()

    async def close(self) -> None:
        """Waits for what is under way."""
        self._soon.stop()
        self._window.toast.dismiss()
        while self._tasks:
            await asyncio.wait(tuple(self._tasks))

    def refresh(self) -> None:
        """Reads the list again soon."""
        self._soon.start()

    def begin(self) -> None:
        """A new, empty conversation."""
        self._wanted = ""
        self._leave()
        self._bridge.resume(())
        self._recorder.begin()
        self._window.transcript.show_turns(())
        self._window.header.set_title("")
        self._window.dock.composer.setFocus()
        self.refresh()

    def forget(self) -> None:
        """All is deleted: an empty conversation, and no way back to what was deleted before."""
        self._window.toast.dismiss()
        self.begin()

    def _leave(self) -> None:
        self._window.changes.leave()
        self._window.dock.composer.end_edit()

    def _follow(self, event: Event) -> None:
        if isinstance(event, TranscriptReady | TurnEnded):
            self.refresh()

    def _search(self, words: str) -> None:
        self._words = words
        self._do(self._refresh())

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        """Runs ``work``; what goes wrong is told in the window."""

        async def told() -> None:
            try:
                async with self._one_at_a_time:
                    await work
            except AloudError as error:
                self._bridge.tell(Failed(NO_TURN, time.monotonic(), error))
            except Exception:
                log.exception("the history could not be read")

        task = asyncio.get_running_loop().create_task(told())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _refresh(self) -> None:
        words, today = self._words, this_day()
        await asyncio.to_thread(self._recorder.flush)
        summaries = await asyncio.to_thread(self._history.conversations)
        if words:
            entries = _found(await asyncio.to_thread(search, self._history, words))
        else:
            entries = [
                Entry(
                    summary.conversation_id,
                    summary.title,
                    day_or_time(summary.changed_at_s, today),
                    section(summary.changed_at_s, today),
                )
                for summary in summaries
            ]
        titles = {summary.conversation_id: summary.title for summary in summaries}
        here = self._recorder.conversation_id
        self._window.header.set_title(titles.get(here, ""))
        self._window.sidebar.show_entries(entries, here)

    def _open_wanted(self, conversation_id: str) -> None:
        if conversation_id == self._recorder.conversation_id:
            self._wanted = ""  # it is there, and what goes on in it goes on
        else:
            self._wanted = conversation_id
            self._do(self._open(conversation_id))

    async def _open(self, conversation_id: str) -> None:
        await asyncio.to_thread(self._recorder.flush)
        record = await asyncio.to_thread(self._history.conversation, conversation_id)
        if self._wanted == conversation_id:  # nothing else was asked for in the meantime
            self._wanted = ""
            self._take_up(record)
            self.refresh()

    async def _reopen(self, conversation_id: str) -> None:
        """Opens a conversation that has changed on disk, even if it is the present one."""
        self._wanted = conversation_id
        if conversation_id == self._recorder.conversation_id:
            self._bridge.stop()  # so that the turn in flight is on disk as it ended
        await self._open(conversation_id)

    def _take_up(self, record: ConversationRecord) -> None:
        self._leave()
        turns = self._bridge.resume(turn.as_turn() for turn in record.turns)
        self._recorder.go_on(record, turns)
        numbers = [turn.turn_id for turn in turns] or [TurnId(n) for n in range(-len(record.turns), 0)]
        self._window.transcript.show_turns(
            [shown_turn(turn_id, turn) for turn_id, turn in zip(numbers, record.turns, strict=True)]
        )
        self._window.header.set_title(record.title)

    async def _rename(self, conversation_id: str, title: str) -> None:
        await asyncio.to_thread(self._history.rename, conversation_id, title)
        await self._refresh()

    async def _delete(self, conversation_id: str) -> None:
        here = conversation_id == self._recorder.conversation_id
        if here:
            self.begin()
        fresh = self._recorder.conversation_id if here else None
        await asyncio.to_thread(self._recorder.flush)
        if not await asyncio.to_thread(self._history.delete, conversation_id):
            return
        await self._refresh()
        self._window.toast.say(
            self.tr("Conversation deleted"),
            lambda: self._do(self._restore(conversation_id, fresh)),
            lambda: self._do(self._purge(conversation_id)),
        )

    async def _purge(self, conversation_id: str) -> None:
        await asyncio.to_thread(self._history.purge, conversation_ids=[conversation_id])

    async def _restore(self, conversation_id: str, fresh: str | None) -> None:
        """Brings a conversation back, and opens it where only the empty ``fresh`` one has taken its place."""
        await asyncio.to_thread(self._history.restore, conversation_id)
        if self._recorder.conversation_id == fresh and not self._window.transcript.shown:
            await self._reopen(conversation_id)
        else:
            await self._refresh()

    async def _brought_back(self, appeared: Sequence[str], grew: Sequence[str]) -> None:
        """Shows what an import has brought, and opens the conversation of it that changed last."""
        self._window.sidebar.search.clear()
        self._words = ""
        self._window.header.sidebar.setChecked(True)
        order = [each.conversation_id for each in await asyncio.to_thread(self._history.conversations)]
        brought = [name for name in order if name in {*appeared, *grew}]
        here = self._recorder.conversation_id
        if brought:
            await self._reopen(here if here in grew else brought[0])
        await self._refresh()
        self._window.sidebar.select(here if here in grew else brought[0] if brought else here)


def shown_turn(turn_id: TurnId, record: TurnRecord) -> ShownTurn:
    """A kept turn as the transcript shows it."""
    return ShownTurn(
        turn_id,
        TurnState.ENDED,
        record.question,
        typed=record.typed,
        reply=record.reply,
        outcome=record.outcome or Outcome.FAILED,
        heard_text=record.heard_text,
        error=errors.read_back(record.error),
        asked_at_s=record.began_at_s,
        seconds=record.timings_s,
    )


def _found(hits: Sequence[Hit]) -> list[Entry]:
    """One entry a conversation, its best hit first."""
    entries: dict[str, Entry] = {}
    for hit in hits:
        entry = Entry(hit.conversation_id, hit.title, hit.excerpt, "", hit.marks)
        entries.setdefault(hit.conversation_id, entry)
    return list(entries.values())
