"""Asking turns again, and the way back: on screen, for the model, on disk."""

from app.window.toast import SHOWN_FOR_MS
from engine.errors import BrainUnreachable
from engine.events import Outcome
from tests.gui.conftest import until
from tests.gui.history_world import Drive, Opened, drive, turn

__all__ = ["drive"]


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
