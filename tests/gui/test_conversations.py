"""The side list over a real history on disk, driven by clicks and keys."""

from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QFileDialog, QLineEdit

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
    "bread", "Bread", False, 1000.0, (turn(1, "How long?", "An hour."), turn(2, "How hot?", "Very *hot*."))
)
BOATS = ConversationRecord("boats", "Boats", False, 2000.0, (turn(3, "A name?", "Swallow."),))


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
        return [view.question_shown for view in self.window.transcript.turns]

    async def choose(self, title: str) -> None:
        place = self.window.sidebar.list
        for row in range(place.model().rowCount()):
            index = place.model().index(row, 0)
            if index.data() == title:
                QTest.mouseClick(place.viewport(), LEFT, pos=place.visualRect(index).center())
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


def button(opened: Opened, name: str, turn_index: int) -> QAbstractButton:
    view = opened.window.transcript.turns[turn_index]
    return next(made for made in view.findChildren(QAbstractButton) if made.accessibleName() == name)


def test_a_conversation_is_opened_and_goes_on(drive: Drive) -> None:
    async def body(opened: Opened) -> None:
        assert opened.titles() == ["Boats", "Bread"]
        await opened.choose("Bread")
        assert opened.questions() == ["How long?", "How hot?"]
        assert [kept.question for kept in opened.conversation.records] == ["How long?", "How hot?"]
        opened.conversation.ask("And then?")
        opened.conversation.write("Eat it.")
        opened.conversation.complete()
        opened.conversation.finish()
        await opened.settled()
        kept = opened.history.conversation("bread")
        assert [one.question for one in kept.turns] == ["How long?", "How hot?", "And then?"]

    drive(body)


def test_searching_shows_what_has_the_word_and_escape_shows_all(drive: Drive) -> None:
    async def body(opened: Opened) -> None:
        search = opened.window.sidebar.search
        QTest.keyClicks(search, "swallow")
        await until(lambda: opened.titles() == ["Boats"])
        (entry,) = opened.window.sidebar.entries
        assert [entry.detail[start:end] for start, end in entry.marks] == ["Swallow"]
        QTest.keyClick(search, Qt.Key.Key_Escape)
        await until(lambda: opened.titles() == ["Boats", "Bread"])

    drive(body)


def test_a_new_conversation_is_empty_and_appears_with_its_first_question(drive: Drive) -> None:
    async def body(opened: Opened) -> None:
        await opened.choose("Bread")
        QTest.mouseClick(opened.window.sidebar.new, LEFT)
        assert opened.questions() == []
        assert opened.conversation.records == ()
        assert opened.window.welcome.isVisible()
        opened.conversation.ask("Something else")
        await until(lambda: "Something else" in opened.titles())

    drive(body)


def test_a_conversation_is_renamed_in_its_place(drive: Drive) -> None:
    async def body(opened: Opened) -> None:
        await opened.choose("Bread")
        QTest.keyClick(opened.window.sidebar.list, Qt.Key.Key_F2)
        editor = opened.window.sidebar.list.findChild(QLineEdit)
        assert isinstance(editor, QLineEdit)
        editor.selectAll()
        QTest.keyClicks(editor, "Sourdough")
        QTest.keyClick(editor, Qt.Key.Key_Return)
        await until(lambda: "Sourdough" in opened.titles())
        assert opened.history.conversation("bread").title == "Sourdough"

    drive(body)


def test_a_deleted_conversation_comes_back_by_undo(drive: Drive) -> None:
    async def body(opened: Opened) -> None:
        await opened.choose("Bread")
        QTest.keyClick(opened.window.sidebar.list, Qt.Key.Key_Delete)
        await until(lambda: opened.titles() == ["Boats"])
        await until(lambda: opened.window.toast.isVisible())
        assert opened.questions() == []
        (undo,) = opened.window.toast.findChildren(QAbstractButton)
        QTest.mouseClick(undo, LEFT)
        await until(lambda: opened.questions() == ["How long?", "How hot?"])
        await until(lambda: opened.titles() == ["Boats", "Bread"])

    drive(body)


def test_what_was_deleted_is_gone_for_good_when_the_way_back_ends(drive: Drive) -> None:
    async def body(opened: Opened) -> None:
        opened.window.sidebar.deleted.emit("boats")
        await until(lambda: opened.window.toast.isVisible())
        opened.window.toast.dismiss()
        await opened.settled()
        assert opened.history.rows("SELECT * FROM turns WHERE question = 'A name?'") == []

    drive(body)


@pytest.mark.parametrize("kept", [True, False])
def test_a_deleted_turn_is_no_longer_told_to_the_model_and_comes_back_by_undo(
    drive: Drive, kept: bool
) -> None:
    async def body(opened: Opened) -> None:
        await opened.choose("Bread")
        opened.recorder.enabled = kept
        QTest.mouseClick(button(opened, "Delete this turn", 0), LEFT)
        await until(lambda: opened.questions() == ["How hot?"])
        await until(lambda: opened.window.toast.isVisible())
        assert [one.question for one in opened.conversation.records] == ["How hot?"]
        (undo,) = opened.window.toast.findChildren(QAbstractButton)
        QTest.mouseClick(undo, LEFT)
        await until(lambda: opened.questions() == ["How long?", "How hot?"])
        assert [one.question for one in opened.conversation.records] == ["How long?", "How hot?"]

    drive(body)


def test_asking_again_replaces_the_turn_in_the_history(drive: Drive) -> None:
    async def body(opened: Opened) -> None:
        await opened.choose("Bread")
        QTest.mouseClick(button(opened, "Ask again", 1), LEFT)
        opened.conversation.write("240 degrees.")
        opened.conversation.complete()
        opened.conversation.finish()
        await opened.settled()
        kept = opened.history.conversation("bread")
        assert [one.reply for one in kept.turns] == ["An hour.", "240 degrees."]

    drive(body)


def test_edit_and_send_replaces_the_turn_and_what_came_after(drive: Drive) -> None:
    async def body(opened: Opened) -> None:
        await opened.choose("Bread")
        QTest.mouseClick(button(opened, "Edit and ask again", 0), LEFT)
        composer = opened.window.dock.composer
        assert composer.text == "How long?"
        QTest.keyClicks(composer.field, " Roughly")
        QTest.keyClick(composer.field, Qt.Key.Key_Return)
        assert opened.questions() == ["How long? Roughly"]
        assert opened.conversation.records == ()

    drive(body)


@pytest.mark.parametrize(("suffix", "word"), [(".md", "Very *hot*."), (".json", '"question":"How hot?"')])
def test_a_conversation_is_exported(drive: Drive, tmp_path: Path, suffix: str, word: str) -> None:
    async def body(opened: Opened) -> None:
        opened.window.sidebar.export_wanted.emit("bread")
        dialog = opened.window.findChild(QFileDialog)
        assert isinstance(dialog, QFileDialog)
        file = tmp_path / f"bread{suffix}"
        dialog.fileSelected.emit(str(file))
        dialog.close()
        await until(lambda: not opened.conversations.busy and file.exists())
        assert word in file.read_text("utf-8").replace('": "', '":"')

    drive(body)


def test_a_place_that_can_not_be_written_is_told(drive: Drive, tmp_path: Path) -> None:
    async def body(opened: Opened) -> None:
        opened.window.sidebar.export_wanted.emit("bread")
        dialog = opened.window.findChild(QFileDialog)
        assert isinstance(dialog, QFileDialog)
        dialog.fileSelected.emit(str(tmp_path / "no folder" / "bread.md"))
        dialog.close()
        await until(lambda: opened.window.error.isVisible())
        assert opened.window.error.remedy == "Choose another place for it."

    drive(body)
