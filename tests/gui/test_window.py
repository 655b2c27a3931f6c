"""A turn as a person sees it, with the mouse and with the keyboard."""

from collections.abc import Callable
from typing import get_args

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from app.bridge import Bridge
from app.theme import DARK, LIGHT, Theme
from app.transcript.prose import Prose
from app.window.main_window import MainWindow
from engine.errors import BrainUnreachable, DeviceLost, MicrophoneUnavailable, UtteranceTooShort
from engine.events import BackendState, Event, Port
from engine.turn import TurnState
from tests.fakes.conversation import FakeConversation
from tests.gui.conftest import Run, until

LEFT = Qt.MouseButton.LeftButton


def answer_text(window: MainWindow, index: int = -1) -> str:
    parts = window.transcript.turns[index].answer.parts
    return "\n".join(part.toPlainText() for part in parts if isinstance(part, Prose))


def test_a_spoken_turn_from_key_down_to_its_end(
    window: MainWindow, conversation: FakeConversation, run: Run
) -> None:
    talk = window.dock.talk
    QTest.mousePress(talk, LEFT)
    assert conversation.calls[-1] == "press"
    assert window.dock.strip.isVisible()
    conversation.level(-20.0)
    assert window.dock.strip.meter.level > 0.5
    conversation.partial("what is")
    assert window.transcript.turns[0].question_shown == "what is"
    QTest.mouseRelease(talk, LEFT)
    assert conversation.calls[-1] == "release"
    assert not window.dock.strip.isVisible()
    conversation.understand("What is a rainbow?")
    assert window.transcript.turns[0].question_shown == "What is a rainbow?"
    conversation.write("Light ", "in **drops**.")
    run(until(lambda: answer_text(window) == "Light in drops."))
    conversation.start_speaking()
    assert window.dock.stop.isVisible()
    conversation.complete()
    conversation.finish()
    assert not window.dock.stop.isVisible()


def test_space_on_the_button_holds_and_its_repeats_do_not_count(
    window: MainWindow, conversation: FakeConversation
) -> None:
    talk = window.dock.talk
    talk.setFocus()
    QTest.keyPress(talk, Qt.Key.Key_Space)
    for kind in (QKeyEvent.Type.KeyRelease, QKeyEvent.Type.KeyPress) * 5:
        repeat = QKeyEvent(kind, Qt.Key.Key_Space, Qt.KeyboardModifier.NoModifier, " ", True)
        QApplication.sendEvent(talk, repeat)
    assert [call for call in conversation.calls if call != "stop"] == ["press"]
    QTest.keyRelease(talk, Qt.Key.Key_Space)
    assert [call for call in conversation.calls if call != "stop"] == ["press", "release"]


def test_letting_go_outside_the_button_lets_go(window: MainWindow, conversation: FakeConversation) -> None:
    talk = window.dock.talk
    QTest.mousePress(talk, LEFT)
    QTest.mouseMove(talk, QPoint(-300, -300))
    assert "release" not in conversation.calls
    QTest.mouseRelease(talk, LEFT, pos=QPoint(-300, -300))
    assert conversation.calls.count("release") == 1


@pytest.mark.parametrize("lose", [lambda talk: talk.clearFocus(), lambda talk: talk.window().hide()])
def test_losing_the_button_lets_go(
    window: MainWindow, conversation: FakeConversation, lose: Callable[[QWidget], None]
) -> None:
    talk = window.dock.talk
    talk.setFocus()
    QTest.keyPress(talk, Qt.Key.Key_Space)
    lose(talk)
    assert conversation.calls.count("release") == 1
    assert not talk.holding


def test_enter_sends_and_shift_enter_does_not(window: MainWindow, conversation: FakeConversation) -> None:
    field = window.dock.composer.field
    QTest.keyClicks(field, "one")
    QTest.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClicks(field, "two")
    assert not conversation.calls
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert conversation.calls == ["stop", "ask one\ntwo"]
    assert window.dock.composer.text == ""
    assert window.asking.turn_state is TurnState.THINKING


def test_a_blank_question_is_not_sent(window: MainWindow, conversation: FakeConversation) -> None:
    QTest.keyClicks(window.dock.composer.field, "   ")
    QTest.keyClick(window.dock.composer.field, Qt.Key.Key_Return)
    assert not conversation.calls


def test_up_and_down_go_through_what_was_asked(window: MainWindow) -> None:
    field, composer = window.dock.composer.field, window.dock.composer
    for question in ("first", "second"):
        QTest.keyClicks(field, question)
        QTest.keyClick(field, Qt.Key.Key_Return)
    QTest.keyClicks(field, "draft")
    seen = []
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Down):
        QTest.keyClick(field, key)
        seen.append(composer.text)
    assert seen == ["second", "first", "first", "second", "draft"]


@pytest.mark.parametrize("way", ["escape", "button"])
def test_stopping_cuts_the_answer_where_the_sound_stopped(
    window: MainWindow, conversation: FakeConversation, way: str
) -> None:
    conversation.ask("Tell me a story")
    conversation.write("Once upon a time there was a fox.")
    conversation.start_speaking()
    conversation.speak("upon")
    if way == "escape":
        QTest.keyClick(window.dock.composer.field, Qt.Key.Key_Escape)
    else:
        QTest.mouseClick(window.dock.stop, LEFT)
    turn = window.transcript.turns[0]
    assert turn.shown.cut
    assert turn.note == "Stopped here. What follows was not heard."
    prose = turn.answer.parts[0]
    assert isinstance(prose, Prose)
    (unheard,) = prose.extraSelections()
    assert unheard.cursor.selectedText() == " a time there was a fox."


def test_pressing_while_it_speaks_interrupts_and_listens(
    window: MainWindow, conversation: FakeConversation
) -> None:
    conversation.ask("Tell me a story")
    conversation.write("Once upon a time.")
    conversation.start_speaking()
    QTest.mousePress(window.dock.talk, LEFT)
    assert window.asking.turn_state is TurnState.LISTENING
    assert len(window.transcript.turns) == 2
    QTest.mouseRelease(window.dock.talk, LEFT)


def test_listening_that_is_called_off_leaves_nothing_behind(
    window: MainWindow, conversation: FakeConversation
) -> None:
    QTest.mousePress(window.dock.talk, LEFT)
    conversation.partial("what is")
    QTest.keyClick(window.dock.composer.field, Qt.Key.Key_Escape)
    assert not window.transcript.turns
    assert window.welcome.isVisible()
    QTest.mouseRelease(window.dock.talk, LEFT)


def test_a_microphone_that_fails_says_so_and_no_longer_listens(
    window: MainWindow, conversation: FakeConversation
) -> None:
    conversation.press()
    conversation.fail(MicrophoneUnavailable("No microphone was found.", "Plug one in."))
    (turn,) = window.transcript.turns
    assert (turn.note, turn.question_shown) == ("No microphone was found. Plug one in.", "…")


def test_mute_is_one_click_and_shown(window: MainWindow, conversation: FakeConversation) -> None:
    QTest.mouseClick(window.header.mute, LEFT)
    assert conversation.muted
    assert window.header.mute.accessibleName() == "Unmute the voice"
    QTest.mouseClick(window.header.mute, LEFT)
    assert not conversation.muted


def test_a_voice_that_somebody_in_the_room_muted_is_shown_as_muted(
    window: MainWindow, conversation: FakeConversation
) -> None:
    conversation.mute(True)
    assert window.header.mute.accessibleName() == "Unmute the voice"
    QTest.mouseClick(window.header.mute, LEFT)
    assert not conversation.muted


def test_the_bridge_passes_every_event_on() -> None:
    assert set(Bridge()._emit) == set(get_args(Event))


def test_an_utterance_too_short_leaves_no_turn_and_says_what_to_do(
    window: MainWindow, conversation: FakeConversation
) -> None:
    QTest.mouseClick(window.dock.talk, LEFT)
    conversation.nothing_heard(UtteranceTooShort("That was too short.", "Hold the key while you speak."))
    assert not window.transcript.turns
    assert (window.notices.error.message, window.notices.error.remedy) == (
        "That was too short.",
        "Hold the key while you speak.",
    )
    assert window.notices.error.isVisible()
    conversation.press()
    assert not window.notices.error.isVisible()


def test_an_error_can_be_put_away(window: MainWindow, conversation: FakeConversation) -> None:
    conversation.fail(BrainUnreachable("No network.", "Connect it."), in_turn=False)
    close = next(
        button for button in window.notices.error.findChildren(QAbstractButton) if button.isVisible()
    )
    QTest.mouseClick(close, LEFT)
    assert not window.notices.error.isVisible()


def test_a_failed_turn_keeps_its_text_and_says_why(
    window: MainWindow, conversation: FakeConversation
) -> None:
    conversation.ask("Why?")
    conversation.write("Because")
    conversation.fail(BrainUnreachable("The server does not answer.", "Start it."))
    assert answer_text(window) == "Because"
    assert window.transcript.turns[0].note == "The server does not answer. Start it."
    assert window.asking.turn_state is None


def test_asking_again_takes_the_place_of_the_turn(window: MainWindow, conversation: FakeConversation) -> None:
    conversation.ask("Why?")
    conversation.fail(BrainUnreachable("The server does not answer.", "Start it."))
    again = next(
        b for b in window.transcript.findChildren(QAbstractButton) if b.accessibleName() == "Ask again"
    )
    QTest.mouseClick(again, LEFT)
    assert conversation.calls[-3:] == ["forget 1", "stop", "ask Why?"]
    assert len(window.transcript.turns) == 1


def test_each_part_shows_how_it_is_doing(window: MainWindow, conversation: FakeConversation) -> None:
    row = window.panel.list.rows[Port.SYNTHESIZER]
    conversation.part(
        Port.SYNTHESIZER, BackendState.LOADING, "Kyutai", progress=0.45, detail="Reading weights"
    )
    assert row.accessibleName() == "Voice · Kyutai: Loading 45% · Reading weights"
    assert window.header.status.text() == "Loading 45%"
    conversation.part(
        Port.SYNTHESIZER, BackendState.FAILED, "Kyutai", detail="Damaged.", remedy="Fetch it again."
    )
    assert row.accessibleName() == "Voice · Kyutai: Damaged. Fetch it again."
    QTest.mouseClick(window.header.status, LEFT)
    assert window.panel.isVisible()
    retry = next(b for b in row.findChildren(QAbstractButton) if b.isVisible())
    QTest.mouseClick(retry, LEFT)
    assert conversation.voice.restarts == 1
    assert window.header.status.text() == "Error"
    conversation.ready()
    assert window.header.status.text() == "Ready"


def test_a_backend_that_is_exchanged_is_shown_as_the_one_that_serves(
    window: MainWindow, conversation: FakeConversation
) -> None:
    row = window.panel.list.rows[Port.SYNTHESIZER]
    conversation.part(Port.SYNTHESIZER, BackendState.READY, "hibari")
    conversation.part(Port.SYNTHESIZER, BackendState.LOADING, "Kyutai", progress=0.5)
    assert row.part.name == "Kyutai"
    conversation.part(Port.SYNTHESIZER, BackendState.FAILED, "Kyutai", detail="Damaged.")
    conversation.part(Port.SYNTHESIZER, BackendState.OFF, "Kyutai")
    assert (row.part.name, row.part.state) == ("hibari", BackendState.READY)
    conversation.part(Port.SYNTHESIZER, BackendState.READY, "Kyutai")
    conversation.part(Port.SYNTHESIZER, BackendState.OFF, "hibari")
    assert (row.part.name, row.part.state) == ("Kyutai", BackendState.READY)


def test_a_missing_microphone_is_a_failed_part(window: MainWindow, conversation: FakeConversation) -> None:
    conversation.press()
    conversation.fail(MicrophoneUnavailable("No microphone was found.", "Plug one in."))
    row = window.panel.list.rows[Port.MICROPHONE]
    assert row.part.state is BackendState.FAILED
    row.retry_wanted.emit(Port.MICROPHONE)
    assert row.accessibleName() == "Microphone: Opens when you talk"


def test_a_microphone_that_fails_before_it_listened_is_told_in_the_banner(
    window: MainWindow, conversation: FakeConversation
) -> None:
    conversation.slow_microphone = True
    conversation.press()
    assert window.asking.turn_state is None, "nothing is claimed"
    conversation.fail(DeviceLost("The microphone went away.", "Connect it again."))
    assert not window.transcript.turns
    assert (window.notices.error.message, window.notices.error.remedy) == (
        "The microphone went away.",
        "Connect it again.",
    )
    assert window.notices.error.isVisible()


def test_the_demo_brain_is_told_of_until_it_is_put_away(
    window: MainWindow, conversation: FakeConversation
) -> None:
    wanted = []
    window.brain_wanted.connect(lambda: wanted.append(True))
    conversation.part(Port.LANGUAGE_MODEL, BackendState.READY, "SmolLM2 135M")
    assert window.notices.demo.isVisible()
    for button in window.notices.demo.findChildren(QAbstractButton):
        QTest.mouseClick(button, LEFT)
    assert wanted
    assert not window.notices.demo.isVisible()
    conversation.part(Port.LANGUAGE_MODEL, BackendState.READY, "SmolLM2 135M", detail="again")
    assert not window.notices.demo.isVisible()


def test_every_control_has_a_name_for_a_screen_reader(
    window: MainWindow, conversation: FakeConversation
) -> None:
    conversation.ask("Show code")
    conversation.write("Look:\n\n```python\nx = 1\n```\n")
    conversation.complete()
    conversation.finish()
    nameless = [
        button
        for button in window.findChildren(QAbstractButton)
        if not button.accessibleName() and button.isVisible()
    ]
    assert not nameless


def test_light_and_dark_change_while_it_runs(
    window: MainWindow, conversation: FakeConversation, theme: Theme
) -> None:
    conversation.ask("Why?")
    conversation.write("# One\n\ntwo `three`\n\n")
    conversation.complete()
    conversation.finish()
    before = answer_text(window)
    assert _pixel(window) == LIGHT.surface
    theme.set_appearance("dark")
    assert _pixel(window) == DARK.surface
    assert answer_text(window) == before


def _pixel(window: MainWindow) -> str:
    return window.grab().toImage().pixelColor(4, 300).name()
