"""Editing a question and asking it anew: what it replaces, and how the editing ends."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from engine.turn import TurnState
from tests.gui.history_world import LEFT, Drive, Opened, drive

__all__ = ["drive"]

ESCAPE = Qt.Key.Key_Escape


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
