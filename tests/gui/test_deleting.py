"""Deleting turns, and the way back: on screen, for the model, on disk."""

import pytest

from engine.events import Outcome
from tests.gui.history_world import Drive, Opened, drive

__all__ = ["drive"]


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
