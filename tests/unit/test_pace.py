"""What a lead is planned from: the real-time factor, and how much of a reply is still to come."""

import numpy as np
import pytest

from engine.pace import WORD_S, Pace, ReplyPace
from engine.units import FRAME_S, FRAME_SAMPLES

FRAME = np.zeros(FRAME_SAMPLES, np.float32)


def test_the_delay_before_the_first_sound_is_not_its_pace() -> None:
    pace = Pace()
    reply = ReplyPace(pace)
    for _ in range(19):
        reply.add(FRAME[:0], 0, 0.05)
    for _ in range(10):
        reply.add(FRAME, 0, 1.2 * FRAME_S)
    assert pace.rtf == pytest.approx(1.2)


def test_the_pace_of_the_reply_before_is_known_at_once() -> None:
    pace = Pace(1.5)
    ReplyPace(pace).add(FRAME, 1, 0.01)
    assert pace.rtf == 1.5


def test_the_rest_of_a_reply_is_expected_by_its_words() -> None:
    reply = ReplyPace(Pace())
    reply.words_written = 10
    assert reply.expected_s() == pytest.approx(10 * WORD_S)
    for _ in range(10):
        reply.add(FRAME, 0, 0.01)
    reply.add(FRAME, 4, 0.01)
    made_s = 11 * FRAME_S
    assert reply.expected_s() == pytest.approx(made_s + 6 * made_s / 4)
