"""A recorded human voice holds the button in the real window, and the sound card says the answer."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.transcript.prose import Prose
from engine.events import (
    ListeningStarted,
    Outcome,
    PartialTranscript,
    ReplyDelta,
    SpeechStarted,
    TranscriptReady,
    TurnEnded,
    WordSpoken,
)
from engine.units import HEARING_RATE_HZ
from tests.e2e.conftest import Person, Run
from tests.recorded_speech import RecordedUtterance
from tests.speech_check import check_sound, transcribe, word_error_rate
from tests.virtual_audio import CARD_RATE_HZ

LEFT = Qt.MouseButton.LeftButton

pytestmark = [
    pytest.mark.timeout(150),
    # The offscreen platform has no window manager to raise a window in.
    pytest.mark.qt_log_ignore("This plugin does not support"),
]


def shown_answer(person: Person, index: int = -1) -> str:
    """The answer as it stands on the screen."""
    parts = person.app.window.transcript.turns[index].answer.parts
    return " ".join(part.toPlainText() for part in parts if isinstance(part, Prose))


async def ask_aloud(person: Person, utterance: RecordedUtterance) -> None:
    """Holds the talk button of the window while the recording plays into the microphone."""
    button = person.app.window.dock.talk
    turns = len(person.all(ListeningStarted))
    QTest.mousePress(button, LEFT)
    await person.until(ListeningStarted, turns + 1)
    await person.say(utterance.samples, HEARING_RATE_HZ)
    QTest.mouseRelease(button, LEFT)


def test_a_spoken_question_is_shown_and_answered_aloud(
    person: tuple[Person, Run], recorded_speech: tuple[RecordedUtterance, ...]
) -> None:
    at_app, run = person
    utterance = recorded_speech[0]

    async def story() -> None:
        with at_app.card.record() as recording:
            await ask_aloud(at_app, utterance)
            transcript = await at_app.until(TranscriptReady)
            assert word_error_rate(utterance.text, transcript.text) <= 0.2
            ended = await at_app.until(TurnEnded)
            sound = recording.stop()
        assert ended.outcome is Outcome.COMPLETED
        assert at_app.all(PartialTranscript)
        assert at_app.app.window.transcript.turns[-1].question_shown == transcript.text
        assert shown_answer(at_app).split() == ended.reply.split()
        check = check_sound(sound, CARD_RATE_HZ)
        assert check.clipped_samples == 0
        assert word_error_rate(ended.reply, transcribe(sound, CARD_RATE_HZ)) <= 0.2

    run(story())


def test_a_second_question_interrupts_the_first_in_mid_sentence(
    person: tuple[Person, Run], recorded_speech: tuple[RecordedUtterance, ...]
) -> None:
    at_app, run = person

    async def story() -> None:
        window = at_app.app.window
        with at_app.card.record() as recording:
            QTest.keyClicks(window.dock.composer.field, "Tell me a long story about the sea.")
            QTest.keyClick(window.dock.composer.field, Qt.Key.Key_Return)
            await at_app.until(WordSpoken, 6)
            QTest.mousePress(window.dock.talk, LEFT)
            flushed_at_s = at_app.all(TurnEnded)[0].at_s
            await at_app.until(ListeningStarted)
            await at_app.say(recorded_speech[1].samples, HEARING_RATE_HZ)
            silent_until_s = flushed_at_s + len(recorded_speech[1].samples) / HEARING_RATE_HZ
            QTest.mouseRelease(window.dock.talk, LEFT)
            second = await at_app.until(TurnEnded, 2)
            whole = recording.stop()
        first = at_app.all(TurnEnded)[0]
        assert first.outcome is Outcome.INTERRUPTED
        assert 0 < len(first.heard_text) < len(first.reply) or first.heard_text == first.reply
        assert second.outcome is Outcome.COMPLETED
        # The card's own buffer (its latency is 160 ms) and the 10 ms fade still sound after the flush.
        start = recording.position_at(flushed_at_s + 0.25)
        silence = whole[start : recording.position_at(silent_until_s)]
        assert len(silence) > CARD_RATE_HZ // 2
        assert float(abs(silence).max()) == 0.0
        assert word_error_rate(first.heard_text, transcribe(whole[:start], CARD_RATE_HZ)) <= 0.35

    run(story())


def test_escape_silences_and_the_cut_is_shown(person: tuple[Person, Run]) -> None:
    at_app, run = person

    async def story() -> None:
        window = at_app.app.window
        QTest.keyClicks(window.dock.composer.field, "Tell me a long story about the sea.")
        QTest.keyClick(window.dock.composer.field, Qt.Key.Key_Return)
        await at_app.until(SpeechStarted)
        await at_app.until(ReplyDelta, 5)
        QTest.keyClick(window, Qt.Key.Key_Escape)
        assert at_app.all(TurnEnded)[0].outcome is Outcome.INTERRUPTED

    run(story())
