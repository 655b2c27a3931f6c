"""Deleting turns, editing them and asking them again, and the way back: on screen, for the model, on disk."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.window.toast import SHOWN_FOR_MS
from engine.errors import BrainUnreachable
from engine.events import Outcome
from engine.turn import TurnState
from tests.gui.conftest import until
from tests.gui.history_world import LEFT, Drive, Opened, drive, turn

__all__ = ["drive"]

ESCAPE = Qt.Key.Key_Escape


# Deleting ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kept", [True, False])
def test_a_deleted_turn_is_no_longer_told_to_the_model_and_comes_back_by_undo(
    drive: Drive, kept: bool
) -> None:
    async def body(opened: Opened) -> None:
        await opened.choose("Bread")
        opened.recorder.enabled = kept
        opened.click("Delete this turn", 0)
        assert opened.everywhere("bread") == ["How hot?"]
        await opened.undo()
        assert opened.everywhere("bread") == ["How long?", "How hot?"]

    drive(body)


def test_a_turn_is_deleted_by_its_name_not_by_its_place(drive: Drive) -> None:
    async def body(opened: Opened) -> None:
        opened.recorder.enabled = False
        opened.type("Not kept")
        opened.answer()
        opened.recorder.enabled = True
        opened.type("Kept")
        opened.answer()
        here = opened.recorder.conversation_id
        opened.click("Delete this turn", 0)
        await opened.settled()
        assert opened.questions() == opened.told() == opened.kept(here) == ["Kept"]
        await opened.undo()
        assert opened.questions() == opened.told() == ["Not kept", "Kept"]
        assert opened.kept(here) == ["Kept"]

    drive(body)


def test_deleting_an_earlier_turn_lets_the_answer_go_on(drive: Drive) -> None:
    async def body(opened: Opened) -> None:
        await opened.choose("Bread")
        opened.type("And then?")
        opened.conversation.write("Eat")
        opened.click("Delete this turn", 0)
        await opened.settled()
        assert opened.conversation.turn is not None
        assert opened.conversation.turn.live
        opened.answer(" it.")
        assert opened.everywhere("bread") == ["How hot?", "And then?"]
        assert opened.window.transcript.turns[-1].shown.outcome is Outcome.COMPLETED
        await opened.undo()
        assert opened.everywhere("bread") == ["How long?", "How hot?", "And then?"]

    drive(body)


def test_the_second_of_two_deleted_turns_still_comes_back(drive: Drive) -> None:
    async def body(opened: Opened) -> None:
        await opened.choose("Bread")
        opened.click("Delete this turn", 0)
        opened.click("Delete this turn", 0)
        await opened.settled()
        assert opened.everywhere("bread") == []
        assert opened.window.welcome.isVisible()
        await opened.undo()
        assert opened.everywhere("bread") == ["How hot?"]
        assert opened.left_in_the_file() == {"How hot?", "A name?"}

    drive(body)


def test_a_conversation_that_is_emptied_goes_on_under_its_title(drive: Drive) -> None:
    async def body(opened: Opened) -> None:
        await opened.choose("Boats")
        opened.click("Delete this turn", 0)
        opened.window.toast.dismiss()
        await opened.settled()
        assert opened.titles() == ["Bread"]
        assert opened.left_in_the_file() == {"How long?", "How hot?"}
        opened.type("A better name?")
        await opened.settled()
        assert opened.everywhere("boats") == ["A better name?"]

    drive(body)


def test_undo_after_the_conversation_was_left_opens_it_again(drive: Drive) -> None:
    async def body(opened: Opened) -> None:
        await opened.choose("Bread")
        opened.click("Delete this turn", 0)
        await opened.choose("Boats")
        assert opened.everywhere("boats") == ["A name?"]
        await opened.undo()
        assert opened.everywhere("bread") == ["How long?", "How hot?"]
        assert opened.kept("boats") == ["A name?"]

    drive(body)


def test_what_was_never_kept_cannot_come_back_once_the_conversation_was_left(drive: Drive) -> None:
    async def body(opened: Opened) -> None:
        opened.recorder.enabled = False
        opened.type("Not kept")
        opened.answer()
        opened.click("Delete this turn", 0)
        assert opened.window.toast.isVisible()
        await opened.choose("Boats")
        assert not opened.window.toast.isVisible()
        assert opened.everywhere("boats") == ["A name?"]

    drive(body)


# Asking again ------------------------------------------------------------------------------------


def test_asking_again_replaces_the_turn_and_is_undone_everywhere(drive: Drive) -> None:
    async def body(opened: Opened) -> None:
        await opened.choose("Bread")
        opened.click("Ask again", 1)
        opened.answer("240 degrees.")
        assert opened.everywhere("bread") == ["How long?", "How hot?"]
        assert [one.reply for one in opened.conversation.records] == ["An hour.", "240 degrees."]
        await opened.undo()
        assert opened.everywhere("bread") == ["How long?", "How hot?"]
        assert [one.reply for one in opened.conversation.records] == ["An hour.", "Very *hot*."]
        assert [one.reply for one in opened.history.conversation("bread").turns] == [
            "An hour.",
            "Very *hot*.",
        ]

    drive(body)


def test_asking_an_older_turn_again_keeps_all_that_it_replaces_until_the_way_back_ends(drive: Drive) -> None:
    async def body(opened: Opened) -> None:
        await opened.choose("Bread")
        opened.click("Ask again", 0)
        assert opened.window.toast.message == "2 questions replaced"
        assert opened.everywhere("bread") == ["How long?"]
        assert "How hot?" in opened.left_in_the_file()
        opened.answer()
        opened.window.toast.dismiss()
        await opened.settled()
        assert "How hot?" not in opened.left_in_the_file()
        assert opened.everywhere("bread") == ["How long?"]

    drive(body)


def test_undo_while_the_new_answer_runs_silences_it_and_can_be_undone_itself(drive: Drive) -> None:
    async def body(opened: Opened) -> None:
        await opened.choose("Bread")
        opened.click("Ask again", 0)
        opened.conversation.write("Half of the new ")
        await opened.undo()
        assert opened.conversation.turn is not None
        assert not opened.conversation.turn.live
        assert opened.everywhere("bread") == ["How long?", "How hot?"]
        assert opened.window.asking.turn_state is None
        await opened.undo()
        assert opened.everywhere("bread") == ["How long?"]
        (shown,) = opened.window.transcript.shown
        assert (shown.reply, shown.outcome) == ("Half of the new ", Outcome.INTERRUPTED)
        await opened.undo()
        opened.window.toast.dismiss()
        await opened.settled()
        assert opened.everywhere("bread") == ["How long?", "How hot?"]
        assert opened.left_in_the_file() == {"How long?", "How hot?", "A name?"}

    drive(body)


def test_undo_takes_away_what_was_asked_since_and_redo_brings_all_of_it_back(drive: Drive) -> None:
    async def body(opened: Opened) -> None:
        await opened.choose("Bread")
        opened.click("Ask again", 1)
        opened.answer()
        opened.type("And then?")
        opened.answer()
        await opened.undo()
        assert opened.everywhere("bread") == ["How long?", "How hot?"]
        await opened.undo()
        assert opened.everywhere("bread") == ["How long?", "How hot?", "And then?"]

    drive(body)


def test_what_is_replaced_comes_back_with_history_off_too(drive: Drive) -> None:
    async def body(opened: Opened) -> None:
        opened.recorder.enabled = False
        for question in ("One?", "Two?"):
            opened.type(question)
            opened.answer()
        opened.click("Ask again", 0)
        opened.answer()
        assert opened.questions() == opened.told() == ["One?"]
        await opened.undo()
        assert opened.questions() == opened.told() == ["One?", "Two?"]

    drive(body)


def test_asking_again_while_a_later_answer_runs_keeps_that_as_far_as_it_came(drive: Drive) -> None:
    async def body(opened: Opened) -> None:
        await opened.choose("Bread")
        opened.type("And then?")
        opened.conversation.write("Eat it")
        opened.click("Ask again", 1)
        opened.answer()
        assert opened.everywhere("bread") == ["How long?", "How hot?"]
        await opened.undo()
        assert opened.everywhere("bread") == ["How long?", "How hot?", "And then?"]
        assert opened.window.transcript.shown[-1].reply == "Eat it"

    drive(body)


def test_a_turn_that_came_to_nothing_is_asked_again_without_a_word(drive: Drive) -> None:
    async def body(opened: Opened) -> None:
        opened.type("Why?")
        opened.conversation.fail(BrainUnreachable("The server does not answer.", "Start it."))
        opened.click("Ask again", 0)
        assert not opened.window.toast.isVisible()
        opened.answer()
        here = opened.recorder.conversation_id
        assert opened.everywhere(here) == ["Why?"]
        assert opened.history.rows("SELECT count(*) FROM turns WHERE question = 'Why?'") == [(1,)]

    drive(body)


def test_undo_after_leaving_keeps_what_was_asked_since(drive: Drive) -> None:
    async def body(opened: Opened) -> None:
        await opened.choose("Boats")
        opened.click("Ask again", 0)
        opened.answer("Gull.")
        await opened.choose("Bread")
        await opened.undo()
        assert opened.everywhere("boats") == ["A name?", "A name?"]
        assert [one.reply for one in opened.conversation.records] == ["Swallow.", "Gull."]

    drive(body)


def test_a_long_conversation_comes_back_whole(drive: Drive) -> None:
    async def body(opened: Opened) -> None:
        for number in range(40):
            opened.history.save("long", turn(100 + number, f"Question {number}", f"Answer {number}."))
        opened.window.sidebar.opened.emit("long")
        await until(lambda: len(opened.window.transcript.turns) == 40)
        before = opened.everywhere("long")
        opened.click("Ask again", 2)
        opened.answer()
        assert opened.everywhere("long") == before[:3]
        await opened.undo()
        await until(lambda: len(opened.window.transcript.turns) == 40)
        assert opened.everywhere("long") == before
        places = [view.y() for view in opened.window.transcript.turns]
        assert places == sorted(places)

    drive(body)


# Editing -----------------------------------------------------------------------------------------


def test_edit_and_send_replaces_the_turn_and_what_came_after(drive: Drive) -> None:
    async def body(opened: Opened) -> None:
        await opened.choose("Bread")
        opened.click("Edit and ask again", 0)
        composer = opened.window.dock.composer
        assert composer.text == "How long?"
        assert composer.field.hasFocus()
        opened.type(" Roughly")
        assert opened.everywhere("bread") == ["How long? Roughly"]
        assert (composer.editing, composer.text) == (None, "")
        await opened.undo()
        assert opened.everywhere("bread") == ["How long?", "How hot?"]

    drive(body)


def test_the_composer_says_which_question_is_replaced(drive: Drive) -> None:
    async def body(opened: Opened) -> None:
        opened.type("Why?")
        opened.answer()
        composer = opened.window.dock.composer
        before_px = composer.height()
        opened.click("Edit and ask again", 0)
        assert composer.strip.isVisible()
        assert composer.strip.text.startswith("Replacing your question from ")
        assert composer.height() > before_px
        assert not composer.strip.geometry().intersects(composer.field.geometry())
        QTest.mouseClick(composer.strip.cancel, LEFT)
        assert not composer.strip.isVisible()
        assert (composer.editing, composer.text, composer.height()) == (None, "", before_px)
        opened.type("Another")
        assert opened.questions() == opened.told() == ["Why?", "Another"]

    drive(body)


@pytest.mark.parametrize("way", ["escape", "cancel", "open", "new", "delete", "earlier"])
def test_editing_ends_and_what_is_sent_next_replaces_nothing(drive: Drive, way: str) -> None:
    async def body(opened: Opened) -> None:
        await opened.choose("Bread")
        composer = opened.window.dock.composer
        QTest.keyClicks(composer.field, "a draft")
        opened.click("Edit and ask again", 1)
        assert composer.text == "How hot?"
        match way:
            case "escape":
                QTest.keyClick(composer.field, ESCAPE)
            case "cancel":
                QTest.mouseClick(composer.strip.cancel, LEFT)
            case "open":
                await opened.choose("Boats")
            case "new":
                QTest.mouseClick(opened.window.sidebar.new, LEFT)
            case "delete":
                opened.click("Delete this turn", 1)
            case "earlier":
                opened.click("Ask again", 0)
                opened.answer()
        await opened.settled()
        assert composer.editing is None
        assert not composer.strip.isVisible()
        assert composer.text == "a draft"
        before = opened.questions()
        here = opened.recorder.conversation_id
        opened.type(" and more")
        opened.answer()
        assert opened.everywhere(here) == [*before, "a draft and more"]

    drive(body)


def test_deleting_another_turn_leaves_the_editing_alone(drive: Drive) -> None:
    async def body(opened: Opened) -> None:
        await opened.choose("Bread")
        opened.click("Edit and ask again", 1)
        opened.click("Delete this turn", 0)
        opened.type(" Exactly")
        assert opened.everywhere("bread") == ["How hot? Exactly"]

    drive(body)


def test_escape_first_silences_then_ends_the_editing(drive: Drive) -> None:
    async def body(opened: Opened) -> None:
        await opened.choose("Bread")
        opened.type("And then?")
        opened.conversation.write("Eat it.")
        opened.conversation.start_speaking()
        opened.click("Edit and ask again", 0)
        composer = opened.window.dock.composer
        seen = [(opened.window.asking.turn_state, composer.editing is not None)]
        for _ in range(2):
            QTest.keyClick(composer.field, ESCAPE)
            seen.append((opened.window.asking.turn_state, composer.editing is not None))
        assert seen == [(TurnState.SPEAKING, True), (None, True), (None, False)]

    drive(body)


def test_editing_another_question_keeps_the_draft_and_what_was_changed(drive: Drive) -> None:
    async def body(opened: Opened) -> None:
        await opened.choose("Bread")
        composer = opened.window.dock.composer
        QTest.keyClicks(composer.field, "a draft")
        opened.click("Edit and ask again", 0)
        QTest.keyClicks(composer.field, " Changed")
        opened.click("Edit and ask again", 1)
        assert composer.text == "How hot?"
        QTest.keyClick(composer.field, ESCAPE)
        assert composer.text == "a draft"
        QTest.keyClick(composer.field, Qt.Key.Key_Up)
        assert composer.text == "How long? Changed"

    drive(body)


def test_editing_goes_on_while_something_is_asked_aloud(drive: Drive) -> None:
    async def body(opened: Opened) -> None:
        await opened.choose("Bread")
        opened.click("Edit and ask again", 1)
        opened.conversation.press()
        opened.conversation.release()
        opened.conversation.understand("And then?")
        opened.answer()
        assert opened.window.dock.composer.editing is not None
        opened.type(" Exactly")
        opened.answer()
        assert opened.everywhere("bread") == ["How long?", "How hot? Exactly"]
        await opened.undo()
        assert opened.everywhere("bread") == ["How long?", "How hot?", "And then?"]

    drive(body)


def test_the_way_back_ends_with_the_toast(drive: Drive) -> None:
    async def body(opened: Opened) -> None:
        await opened.choose("Bread")
        opened.click("Ask again", 1)
        toast = opened.window.toast
        assert toast._time.interval() == SHOWN_FOR_MS
        toast._time.timeout.emit()
        assert not toast.isVisible()
        await opened.settled()
        assert opened.history.rows("SELECT count(*) FROM turns WHERE deleted_at_s IS NOT NULL") == [(0,)]

    drive(body)
