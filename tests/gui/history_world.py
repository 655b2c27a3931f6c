"""A window over a real history on disk, driven by clicks and keys."""

from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton

from app.bridge import Bridge
from app.conversations import Conversations
from app.window.main_window import MainWindow
from engine.events import Outcome
from engine.history import ConversationRecord, History, Recorder, TurnRecord
from tests.fakes.conversation import FakeConversation
from tests.gui.conftest import Run, until

LEFT = Qt.MouseButton.LeftButton


def turn(number: int, question: str, reply: str) -> TurnRecord:
    return TurnRecord(f"t{number}", 1000.0 + number, question, reply, reply, Outcome.COMPLETED)


BREAD = ConversationRecord(
    "bread", "Bread", True, 1000.0, (turn(1, "How long?", "An hour."), turn(2, "How hot?", "Very *hot*."))
)
BOATS = ConversationRecord("boats", "Boats", True, 2000.0, (turn(3, "A name?", "Swallow."),))


class Opened:
    """A window over a history that holds two conversations."""

    def __init__(self, window: MainWindow, conversation: FakeConversation, history: History) -> None:
        self.window, self.conversation, self.history = window, conversation, history
        self.recorder = Recorder(history)
        conversation.bus.subscribe(self.recorder)
        bridge = window.findChild(Bridge)
        assert isinstance(bridge, Bridge)
        self.conversations = Conversations(history, self.recorder, bridge, window)
        window.header.sidebar.setChecked(True)

    async def settled(self) -> None:
        await until(lambda: not self.conversations.busy)

    def titles(self) -> list[str]:
        return [entry.title for entry in self.window.sidebar.entries]

    def questions(self) -> list[str]:
        """What stands on the screen."""
        return [view.question_shown for view in self.window.transcript.turns]

    def told(self) -> list[str]:
        """What the model is told of, and what it is asked now."""
        turn = self.conversation.turn
        now = [turn.question] if turn is not None and turn.live and turn.question else []
        return [turn.question for turn in self.conversation.records] + now

    def kept(self, conversation_id: str) -> list[str]:
        """What is on disk."""
        self.recorder.flush()
        return [turn.question for turn in self.history.conversation(conversation_id).turns]

    def everywhere(self, conversation_id: str) -> list[str]:
        """What stands on the screen, is told to the model and is on disk, which must be the same."""
        assert self.questions() == self.told() == self.kept(conversation_id)
        return self.questions()

    def left_in_the_file(self) -> set[str]:
        """The questions of all turns, hidden ones too."""
        self.recorder.flush()
        return {row[0] for row in self.history.rows("SELECT question FROM turns")}

    async def choose(self, title: str) -> None:
        place = self.window.sidebar.list
        for row in range(place.model().rowCount()):
            index = place.model().index(row, 0)
            if index.data() == title:
                QTest.mouseClick(place.viewport(), LEFT, pos=place.visualRect(index).center())
        await self.settled()

    def answer(self, reply: str = "So.") -> None:
        """The turn in flight is answered to its end."""
        self.conversation.write(reply)
        self.conversation.complete()
        self.conversation.finish()

    def type(self, words: str) -> None:
        """Types and presses Enter."""
        QTest.keyClicks(self.window.dock.composer.field, words)
        QTest.keyClick(self.window.dock.composer.field, Qt.Key.Key_Return)

    def click(self, name: str, turn_index: int) -> None:
        """Clicks an action of a turn."""
        view = self.window.transcript.turns[turn_index]
        buttons = view.findChildren(QAbstractButton)
        QTest.mouseClick(next(made for made in buttons if made.accessibleName() == name), LEFT)

    async def undo(self) -> None:
        """Clicks Undo in the toast, once it is there."""
        await until(lambda: self.window.toast.isVisible())
        (button,) = self.window.toast.findChildren(QAbstractButton)
        QTest.mouseClick(button, LEFT)
        await self.settled()


Drive = Callable[[Callable[[Opened], Coroutine[Any, Any, None]]], None]


@pytest.fixture
def drive(run: Run, window: MainWindow, conversation: FakeConversation, tmp_path: Path) -> Iterator[Drive]:
    """Runs a test's body on the loop, over an opened history, and closes everything after it."""
    history = History(tmp_path / "history.sqlite3")
    history.add(BREAD)
    history.add(BOATS)

    def driven(body: Callable[[Opened], Coroutine[Any, Any, None]]) -> None:
        async def whole() -> None:
            opened = Opened(window, conversation, history)
            await opened.settled()
            try:
                await body(opened)
            finally:
                await opened.conversations.close()
                opened.recorder.close()

        run(whole())

    yield driven
    history.close()
