"""Past conversations: opening, searching, naming, exporting and deleting them, and deleting single turns.

The history blocks for the disk, so every call into it runs on another thread, one after the other.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QDate, QDateTime, QLocale, QObject, QTimer
from PySide6.QtWidgets import QFileDialog

from app import errors
from app.bridge import Bridge
from app.transcript.model import ShownTurn
from app.window.conversation_list import Entry
from app.window.main_window import MainWindow
from engine.errors import AloudError
from engine.events import NO_TURN, Event, Failed, Outcome, TranscriptReady, TurnEnded
from engine.history import ConversationRecord, History, Hit, Recorder, TurnRecord, search
from engine.history.export import to_json, to_markdown
from engine.turn import Turn, TurnState
from engine.units import TurnId

log = logging.getLogger(__name__)

Result = TypeVar("Result")

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
        self._soon = QTimer(self, singleShot=True, interval=REFRESH_AFTER_MS)
        self._soon.timeout.connect(lambda: self._do(self._refresh()))
        sidebar = window.sidebar
        sidebar.opened.connect(lambda name: self._do(self._open(name)))
        sidebar.new_wanted.connect(self.begin)
        sidebar.searched.connect(self._search)
        sidebar.renamed.connect(lambda name, title: self._do(self._rename(name, title)))
        sidebar.deleted.connect(lambda name: self._do(self._delete(name)))
        sidebar.export_wanted.connect(self._ask_where)
        window.transcript.delete_wanted.connect(lambda turn_id: self._do(self._delete_turn(turn_id)))
        window.toast.gone.connect(lambda: self._do(self._purge()))
        bridge.told.connect(self._follow)
        bridge.rewound.connect(lambda turn_id: recorder.rewind(TurnId(turn_id)))
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
        self._bridge.resume(())
        self._recorder.begin()
        self._window.transcript.show_turns(())
        self._window.header.set_title("")
        self._window.dock.composer.setFocus()
        self.refresh()

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

    async def _purge(self) -> None:
        await self._on_disk(self._history.purge)

    async def _on_disk(self, work: Callable[[], Result]) -> Result:
        return await asyncio.to_thread(work)

    async def _refresh(self) -> None:
        words = self._words
        await self._on_disk(self._recorder.flush)
        if words:
            hits = await self._on_disk(lambda: search(self._history, words))
            entries = _found(hits)
        else:
            summaries = await self._on_disk(self._history.conversations)
            today = datetime.now().astimezone().date()
            entries = [
                Entry(
                    summary.conversation_id,
                    summary.title,
                    self._when(summary.changed_at_s, today),
                    self._section(summary.changed_at_s, today),
                )
                for summary in summaries
            ]
            titles = {summary.conversation_id: summary.title for summary in summaries}
            self._window.header.set_title(titles.get(self._recorder.conversation_id, ""))
        self._window.sidebar.show_entries(entries, self._recorder.conversation_id)

    async def _open(self, conversation_id: str) -> None:
        await self._on_disk(self._recorder.flush)
        record = await self._on_disk(lambda: self._history.conversation(conversation_id))
        self._take_up(record)
        self._window.header.set_title(record.title)
        self.refresh()

    def _take_up(self, record: ConversationRecord) -> None:
        turns = self._bridge.resume(turn.as_turn() for turn in record.turns)
        self._recorder.go_on(record, turns)
        numbers = [turn.turn_id for turn in turns] or [TurnId(-n) for n in range(len(record.turns))]
        self._window.transcript.show_turns(
            [shown_turn(turn_id, turn) for turn_id, turn in zip(numbers, record.turns, strict=True)]
        )

    async def _rename(self, conversation_id: str, title: str) -> None:
        await self._on_disk(lambda: self._history.rename(conversation_id, title))
        await self._refresh()

    async def _delete(self, conversation_id: str) -> None:
        here = conversation_id == self._recorder.conversation_id
        if here:
            self.begin()
        await self._on_disk(self._recorder.flush)
        await self._on_disk(lambda: self._history.delete(conversation_id))
        await self._refresh()
        self._window.toast.say(
            self.tr("Conversation deleted"), lambda: self._do(self._restore(conversation_id, reopen=here))
        )

    async def _restore(self, conversation_id: str, *, reopen: bool) -> None:
        await self._on_disk(lambda: self._history.restore(conversation_id))
        await (self._open(conversation_id) if reopen else self._refresh())

    async def _delete_turn(self, turn_id: int) -> None:
        """Takes a turn out of the history, of what the model is told, and of the transcript."""
        turns = self._bridge.records
        place = next((index for index, turn in enumerate(turns) if turn.turn_id == turn_id), None)
        if place is None:
            return
        conversation_id = self._recorder.conversation_id
        await self._on_disk(self._recorder.flush)
        if not self._recorder.enabled:
            self._forget_turn(turns, place)
            return
        record = await self._on_disk(lambda: self._history.conversation(conversation_id))
        gone = record.turns[place].record_id
        await self._on_disk(lambda: self._history.delete_turns([gone]))
        await self._reopen(conversation_id)

        async def restore() -> None:
            await self._on_disk(lambda: self._history.restore_turns([gone]))
            await self._reopen(conversation_id)

        self._window.toast.say(self.tr("Turn deleted"), lambda: self._do(restore()))

    def _forget_turn(self, turns: Sequence[Turn], place: int) -> None:
        """The same where nothing is kept on disk."""
        known = {view.shown.turn_id: view.shown for view in self._window.transcript.turns}
        shown = [known[turn.turn_id] for turn in turns]

        def show(places: Sequence[int]) -> None:
            numbered = self._bridge.resume(turns[index] for index in places)
            self._window.transcript.show_turns(
                [
                    replace(shown[index], turn_id=turn.turn_id)
                    for index, turn in zip(places, numbered, strict=True)
                ]
            )

        show([index for index in range(len(turns)) if index != place])
        self._window.toast.say(self.tr("Turn deleted"), lambda: show(range(len(turns))))

    async def _reopen(self, conversation_id: str) -> None:
        """Shows a conversation again after a turn left it or came back; an emptied one is a new one."""
        try:
            record = await self._on_disk(lambda: self._history.conversation(conversation_id))
        except AloudError:
            self.begin()
            return
        self._take_up(record)
        await self._refresh()

    def _ask_where(self, conversation_id: str) -> None:
        dialog = QFileDialog(self._window, self.tr("Export conversation"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters([self.tr("Markdown (*.md)"), self.tr("JSON (*.json)")])
        dialog.setDefaultSuffix("md")
        dialog.fileSelected.connect(lambda path: self._do(self.export(conversation_id, Path(path))))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    async def export(self, conversation_id: str, path: Path) -> None:
        """Writes a conversation as JSON where ``path`` ends so, else as Markdown. Raises ``AloudError``."""
        record = await self._on_disk(lambda: self._history.conversation(conversation_id))
        data = to_json([record]) if path.suffix == ".json" else to_markdown(record).encode()
        try:
            await self._on_disk(lambda: path.write_bytes(data))
        except OSError as error:
            raise AloudError(
                "The conversation could not be written: {reason}.",
                "Choose another place for it.",
                reason=error.strerror,
            ) from error

    def _when(self, at_s: float, today: date) -> str:
        then, locale = QDateTime.fromSecsSinceEpoch(int(at_s)), QLocale()
        days = then.date().daysTo(QDate(today.year, today.month, today.day))
        if days <= 0:
            return locale.toString(then.time(), QLocale.FormatType.ShortFormat)
        if days < 7:
            return locale.dayName(then.date().dayOfWeek())
        return locale.toString(then.date(), QLocale.FormatType.ShortFormat)

    def _section(self, at_s: float, today: date) -> str:
        days = (today - datetime.fromtimestamp(at_s).astimezone().date()).days
        if days <= 0:
            return self.tr("Today")
        if days == 1:
            return self.tr("Yesterday")
        return self.tr("Last seven days") if days < 7 else self.tr("Earlier")


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
        seconds=record.timings_s,
    )


def _found(hits: Sequence[Hit]) -> list[Entry]:
    """One entry a conversation, its best hit first."""
    entries: dict[str, Entry] = {}
    for hit in hits:
        entry = Entry(hit.conversation_id, hit.title, hit.excerpt, "", hit.marks)
        entries.setdefault(hit.conversation_id, entry)
    return list(entries.values())
