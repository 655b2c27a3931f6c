"""A recorded human voice holds the button in the real window, and the sound card says the answer."""

from collections.abc import Sequence

import numpy as np
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
from engine.pcm import Pcm, SpeechFrame, resample
from engine.units import HEARING_RATE_HZ, SPEECH_RATE_HZ, TurnId
from tests.alignment import CERTAIN, delays, heard_until, last_loud, longest_silence, place_of
from tests.e2e.conftest import Person, Run
from tests.recorded_speech import RecordedUtterance
from tests.speech_check import check_sound, transcribe, word_error_rate
from tests.virtual_audio import CARD_RATE_HZ

LEFT = Qt.MouseButton.LeftButton
ROUND = CARD_RATE_HZ // 50
"""20 ms: the fade, the resamplers' tails, and what is too quiet to count as sound."""

pytestmark = [
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
        made: list[SpeechFrame] = []
        at_app.talk.frame_taps.append(lambda frame, _: made.append(frame))
        with at_app.card.record() as recording:
            QTest.keyClicks(window.dock.composer.field, "Tell me a long story about the sea.")
            QTest.keyClick(window.dock.composer.field, Qt.Key.Key_Return)
            await at_app.until(WordSpoken, 12)
            QTest.mousePress(window.dock.talk, LEFT)
            cut = at_app.talk.playout.heard_samples  # of the first reply, as long as no other begins
            await at_app.until(ListeningStarted)
            await at_app.say(recorded_speech[1].samples, HEARING_RATE_HZ)
            QTest.mouseRelease(window.dock.talk, LEFT)
            second = await at_app.until(TurnEnded, 2)
            whole = recording.stop()
        first = at_app.all(TurnEnded)[0]
        assert first.outcome is Outcome.INTERRUPTED
        assert first.heard_text and first.reply.startswith(first.heard_text)
        assert second.outcome is Outcome.COMPLETED
        check_interruption(
            whole, spoken_in(made, first.turn_id), cut * CARD_RATE_HZ // SPEECH_RATE_HZ,
            spoken_in(made, second.turn_id), first.heard_text,
        )  # fmt: skip

    run(story())


def spoken_in(frames: Sequence[SpeechFrame], turn_id: TurnId) -> Pcm:
    """All the sound that was made for a turn, heard or not, at the card's rate."""
    sound = np.concatenate([frame.samples for frame in frames if frame.turn_id == turn_id])
    return resample(sound, SPEECH_RATE_HZ, CARD_RATE_HZ)


def check_interruption(whole: Pcm, first: Pcm, cut: int, second: Pcm, heard_text: str) -> None:
    """What the card recorded is ``first`` up to ``cut``, silence, and ``second``: told by the sound itself.

    All at ``CARD_RATE_HZ``. Nothing here depends on when the sound arrived, nor on how late the card was.
    """
    end, begins = longest_silence(whole)  # the second question is longer than any pause for breath
    least, most = heard_until(whole[:end], first, CARD_RATE_HZ)
    assert least <= cut + ROUND, "nothing behind the flush"
    assert most >= last_loud(first[:cut]) - 2 * ROUND, "and all before it"
    told = delays(whole[:end], first[:least], CARD_RATE_HZ, 0.2)
    assert sum(fit > CERTAIN for _, fit in told) >= len(told) // 2
    silence = whole[end + ROUND : begins - ROUND]
    assert len(silence) > CARD_RATE_HZ
    assert float(np.abs(silence).max()) == 0.0
    answer = delays(whole[begins:], second[: 2 * CARD_RATE_HZ], CARD_RATE_HZ, 0.2)
    assert sum(fit > CERTAIN for _, fit in answer) >= len(answer) // 2
    rest = first[cut + ROUND : cut + ROUND + CARD_RATE_HZ // 2]
    if last_loud(rest) > CARD_RATE_HZ // 4:  # it was made, and must not have been heard behind the silence
        assert place_of(rest, whole[begins:])[1] < 0.8 * CERTAIN
    assert word_error_rate(heard_text, transcribe(first[:cut], CARD_RATE_HZ)) <= 0.35


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
