"""Sound is let go shortly before it is due, with its words, and built once for all."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from engine.broadcast.messages import Word, Words
from engine.broadcast.pacing import HORIZON_US, Pacer
from engine.broadcast.packets import SoundPacket, decode_sound
from engine.broadcast.sound import SoundFrames, binary_frame, text_frame
from engine.pcm import SpeechFrame, SpokenWord
from engine.units import TurnId


def frame(turn: int, sequence: int, samples: int = 1_920, words: tuple[SpokenWord, ...] = ()) -> SpeechFrame:
    return SpeechFrame(TurnId(turn), sequence, np.full(samples, 0.5, np.float32), words)


def packet(turn: int, sequence: int, play_at_us: int = 0) -> SoundFrames:
    return SoundFrames(SoundPacket("f32le", turn, sequence, 0, play_at_us, frame(turn, sequence).samples))


def test_each_form_is_built_once() -> None:
    sound = packet(3, 4, 5)
    assert sound.frame("s16le", legacy=False) is sound.frame("s16le", legacy=False)
    assert sound.frame("f32le", legacy=False) is sound.frame("f32le", legacy=False)
    assert sound.frame("f32le", legacy=True) is sound.frame("f32le", legacy=True)


def test_a_frame_is_a_whole_unmasked_websocket_frame() -> None:
    for sound_format in ("s16le", "f32le"):
        data = packet(3, 4, 5).frame(sound_format, legacy=False)
        assert data[:2] == bytes([0x82, 126])
        assert int.from_bytes(data[2:4], "big") == len(data) - 4
        assert decode_sound(data[4:]).epoch == 3
    bare = packet(3, 4).frame("f32le", legacy=True)
    assert len(bare) - 4 == 4 * 1_920
    assert np.allclose(np.frombuffer(bare[4:], "<f4"), 0.5)


@pytest.mark.parametrize("length", [0, 125, 126, 65_535, 65_536])
def test_frames_are_the_librarys(length: int) -> None:
    data = bytes(length)
    assert text_frame(data) == Frame(Opcode.TEXT, data).serialize(mask=False)
    assert binary_frame(data) == Frame(Opcode.BINARY, data).serialize(mask=False)


def test_the_lead_moves_packets_and_words_alike() -> None:
    pacer = Pacer(lead_us=300_000)
    pacer.put(frame(1, 0, words=(SpokenWord("It", 240, 0, 2),)), 1_000_000)
    (due,) = pacer.due(10_000_000)
    assert due.packet.play_at_us == 1_300_000
    assert due.words == Words(1, (Word("It", 0, 2, 1_310_000),))


def test_a_word_that_began_in_an_earlier_frame_keeps_its_time() -> None:
    pacer = Pacer(0)
    pacer.put(frame(1, 0), 1_000_000)
    pacer.put(frame(1, 1, words=(SpokenWord("late", 960, 0, 4),)), 1_080_000)
    words = pacer.due(10_000_000)[1].words
    assert words is not None and words.words[0].at_us == 1_040_000


def test_offsets_begin_anew_with_each_turn_and_stale_frames_are_dropped() -> None:
    pacer = Pacer(0)
    for turn, sequence, samples in ((1, 0, 100), (1, 1, 50), (2, 0, 10), (1, 2, 99), (2, 1, 10)):
        pacer.put(frame(turn, sequence, samples), 0)
    left = [(due.packet.epoch, due.packet.offset_samples) for due in pacer.due(0)]
    assert left == [(1, 0), (1, 100), (2, 0), (2, 10)]


@given(st.lists(st.integers(0, 500_000), min_size=1, max_size=30), st.integers(0, 400_000))
def test_everything_leaves_in_order_and_no_earlier_than_the_horizon(gaps: list[int], lead_us: int) -> None:
    pacer = Pacer(lead_us)
    at_us = 5_000_000
    for sequence, gap in enumerate(gaps):
        at_us += gap
        pacer.put(frame(1, sequence, 8), at_us)
    left: list[int] = []
    while (now_us := pacer.next_at_us()) is not None:
        assert pacer.due(now_us - 1) == []
        for due in pacer.due(now_us):
            assert due.packet.play_at_us - HORIZON_US <= now_us
            left.append(due.packet.sequence)
    assert left == list(range(len(gaps)))


def test_a_cut_drops_what_waits_and_spares_the_next_turn() -> None:
    pacer = Pacer(0)
    pacer.put(frame(1, 0), 1_000_000)
    pacer.put(frame(2, 0), 1_000_000)
    pacer.cut(1)
    assert [due.packet.epoch for due in pacer.due(10_000_000)] == [2]
