"""The side list over a real history on disk, driven by clicks and keys."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QApplication, QLineEdit, QMenu

from engine.events import Outcome
from engine.history import ConversationRecord
from tests.gui.conftest import until
from tests.gui.history_world import LEFT, Drive, Opened, drive, turn

__all__ = ["drive"]


def test_a_conversation_is_opened_and_goes_on(drive: Drive) -> None:
    async def body(opened: Opened) -> None:
        assert opened.titles() == ["Boats", "Bread"]
        await opened.choose("Bread")
        assert opened.everywhere("bread") == ["How long?", "How hot?"]
        opened.type("And then?")
        opened.answer("Eat it.")
        assert opened.everywhere("bread") == ["How long?", "How hot?", "And then?"]

    drive(body)


def test_choosing_the_open_conversation_lets_its_answer_go_on(drive: Drive) -> None:
    async def body(opened: Opened) -> None:
        await opened.choose("Bread")
        opened.type("And then?")
        opened.conversation.write("Eat")
        await opened.choose("Bread")
        assert opened.conversation.turn is not None
        assert opened.conversation.turn.live
        opened.answer(" it.")
        await opened.settled()
        assert opened.window.transcript.turns[-1].shown.outcome is Outcome.COMPLETED

    drive(body)


def test_what_was_asked_for_last_is_what_opens(drive: Drive) -> None:
    async def body(opened: Opened) -> None:
        opened.window.sidebar.opened.emit("bread")
        QTest.mouseClick(opened.window.sidebar.new, LEFT)
        await opened.settled()
        assert opened.questions() == []
        opened.window.sidebar.opened.emit("bread")
        opened.window.sidebar.opened.emit("boats")
        await opened.settled()
        assert opened.everywhere("boats") == ["A name?"]

    drive(body)


def test_only_the_newest_turn_of_an_opened_conversation_shows_its_actions(drive: Drive) -> None:
    async def body(opened: Opened) -> None:
        await opened.choose("Bread")
        first, last = opened.window.transcript.turns
        assert not any(button._revealed for button in first._actions)
        assert all(button._revealed for button in last._actions)

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


def test_the_header_has_the_open_conversation_s_title_while_others_are_searched(drive: Drive) -> None:
    async def body(opened: Opened) -> None:
        await opened.choose("Bread")
        QTest.keyClicks(opened.window.sidebar.search, "swallow")
        await until(lambda: opened.titles() == ["Boats"])
        opened.window.sidebar.renamed.emit("bread", "Sourdough")
        await until(lambda: opened.window.header._title.text() == "Sourdough")

    drive(body)


def test_a_new_conversation_is_empty_and_appears_with_its_first_question(drive: Drive) -> None:
    async def body(opened: Opened) -> None:
        await opened.choose("Bread")
        QTest.mouseClick(opened.window.sidebar.new, LEFT)
        assert opened.questions() == opened.told() == []
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


def test_a_title_that_is_being_written_is_not_lost_to_an_answer_that_ends(drive: Drive) -> None:
    async def body(opened: Opened) -> None:
        await opened.choose("Bread")
        opened.type("And then?")
        await opened.settled()
        QTest.keyClick(opened.window.sidebar.list, Qt.Key.Key_F2)
        editor = opened.window.sidebar.list.findChild(QLineEdit)
        assert isinstance(editor, QLineEdit)
        editor.selectAll()
        QTest.keyClicks(editor, "Sour")
        opened.history.rename("boats", "Ships")
        opened.answer()
        await opened.settled()
        assert opened.titles() == ["Bread", "Boats"]
        assert opened.window.sidebar.list.state() is QAbstractItemView.State.EditingState
        QTest.keyClicks(editor, "dough")
        QTest.keyClick(editor, Qt.Key.Key_Return)
        await until(lambda: opened.titles() == ["Sourdough", "Ships"])

    drive(body)


@pytest.mark.qt_log_ignore("grabbing the keyboard", extend=True)  # said by the offscreen platform of a menu
def test_the_menu_of_an_entry_keeps_to_it_when_the_list_changes_beneath(drive: Drive) -> None:
    async def body(opened: Opened) -> None:
        place = opened.window.sidebar.list
        index = place.model().index(2, 0)
        assert index.data() == "Bread"
        place.customContextMenuRequested.emit(place.visualRect(index).center())
        menu = opened.window.sidebar.findChild(QMenu)
        assert isinstance(menu, QMenu)
        for number in range(3):
            opened.history.save(f"new{number}", turn(10 + number, f"New {number}", "."))
        opened.conversations.refresh()
        await opened.settled()
        menu.actions()[0].trigger()
        chosen = place.chosen()
        assert chosen is not None
        assert chosen.title == "Bread"
        menu.close()

    drive(body)


def test_a_deleted_conversation_comes_back_by_undo(drive: Drive) -> None:
    async def body(opened: Opened) -> None:
        await opened.choose("Bread")
        QTest.keyClick(opened.window.sidebar.list, Qt.Key.Key_Delete)
        await until(lambda: opened.titles() == ["Boats"])
        assert opened.questions() == []
        await opened.undo()
        assert opened.everywhere("bread") == ["How long?", "How hot?"]
        assert opened.titles() == ["Boats", "Bread"]

    drive(body)


def test_undo_does_not_take_away_what_was_begun_since(drive: Drive) -> None:
    async def body(opened: Opened) -> None:
        await opened.choose("Bread")
        QTest.keyClick(opened.window.sidebar.list, Qt.Key.Key_Delete)
        await until(lambda: opened.window.toast.isVisible())
        opened.type("Something else?")
        await opened.undo()
        assert opened.questions() == ["Something else?"]
        assert opened.conversation.turn is not None
        assert opened.conversation.turn.live
        assert "Bread" in opened.titles()

    drive(body)


def test_the_second_of_two_deleted_conversations_still_comes_back(drive: Drive) -> None:
    async def body(opened: Opened) -> None:
        opened.window.sidebar.deleted.emit("boats")
        opened.window.sidebar.deleted.emit("bread")
        await opened.settled()
        assert opened.titles() == []
        await opened.undo()
        assert opened.titles() == ["Bread"]

    drive(body)


def test_a_conversation_that_is_deleted_twice_still_comes_back(drive: Drive) -> None:
    async def body(opened: Opened) -> None:
        opened.window.sidebar.deleted.emit("boats")
        opened.window.sidebar.deleted.emit("boats")
        await opened.settled()
        await opened.undo()
        assert opened.titles() == ["Boats", "Bread"]
        assert not opened.window.notices.error.isVisible()

    drive(body)


def test_a_key_that_is_kept_down_deletes_one_conversation_and_the_next_is_chosen(drive: Drive) -> None:
    async def body(opened: Opened) -> None:
        place = opened.window.sidebar.list
        place.select("boats")
        QTest.keyPress(place, Qt.Key.Key_Backspace)
        await opened.settled()
        for _ in range(3):
            key = Qt.Key.Key_Backspace
            QApplication.sendEvent(
                place, QKeyEvent(QKeyEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier, "", True)
            )
        await opened.settled()
        assert opened.titles() == ["Bread"]
        chosen = place.chosen()
        assert chosen is not None
        assert chosen.title == "Bread"

    drive(body)


def test_what_was_deleted_is_gone_for_good_when_the_way_back_ends(drive: Drive) -> None:
    async def body(opened: Opened) -> None:
        opened.window.sidebar.deleted.emit("boats")
        await until(lambda: opened.window.toast.isVisible())
        opened.window.toast.dismiss()
        await opened.settled()
        assert opened.left_in_the_file() == {"How long?", "How hot?"}

    drive(body)


def test_when_all_is_deleted_there_is_no_way_back_to_a_part_of_it(drive: Drive) -> None:
    async def body(opened: Opened) -> None:
        await opened.choose("Bread")
        opened.click("Delete this turn", 0)
        opened.conversations.forget()
        assert not opened.window.toast.isVisible()
        await opened.settled()
        assert opened.questions() == []

    drive(body)


def test_a_date_that_no_calendar_has_does_not_keep_the_list_from_showing(drive: Drive) -> None:
    async def body(opened: Opened) -> None:
        for number, at_s in enumerate((1e300, -1e18)):
            record = turn(20 + number, "When?", "Never.")
            odd = type(record)(f"odd{number}", at_s, "When?", "Never.", "Never.", Outcome.COMPLETED)
            opened.history.add(ConversationRecord(f"odd{number}", f"Odd {number}", True, at_s, (odd,)))
        opened.conversations.refresh()
        await opened.settled()
        assert opened.titles() == ["Odd 0", "Boats", "Bread", "Odd 1"]
        for name in ("Odd 0", "Odd 1"):
            await opened.choose(name)
            opened.click("Edit and ask again", 0)
        opened.window.sidebar.opened.emit("odd1")
        await opened.settled()

    drive(body)
