"""The binary codec: what is encoded is decoded, and any bytes are either a packet or malformed."""

import contextlib

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from engine.broadcast.packets import (
    MalformedPacket,
    SampleFormat,
    SoundPacket,
    TalkPacket,
    decode_sound,
    decode_talk,
    encode_sound,
    encode_talk,
)
from engine.pcm import Pcm

u32 = st.integers(0, 2**32 - 1)
samples = hnp.arrays(np.float32, st.integers(0, 500), elements=st.floats(-1, 1, width=32))


@given(st.sampled_from(["s16le", "f32le"]), u32, u32, u32, st.integers(0, 2**53 - 1), samples)
def test_a_sound_packet_comes_back(
    sample_format: SampleFormat, epoch: int, sequence: int, offset: int, play_at_us: int, sound: Pcm
) -> None:
    packet = decode_sound(
        encode_sound(SoundPacket(sample_format, epoch, sequence, offset, play_at_us, sound))
    )
    assert (packet.format, packet.epoch, packet.sequence) == (sample_format, epoch, sequence)
    assert (packet.offset_samples, packet.play_at_us) == (offset, play_at_us)
    assert np.allclose(packet.samples, sound, atol=0 if sample_format == "f32le" else 1e-4)


@given(u32, samples)
def test_a_talk_packet_comes_back(sequence: int, sound: Pcm) -> None:
    packet = decode_talk(encode_talk(TalkPacket(sequence, sound)))
    assert packet.sequence == sequence
    assert np.allclose(packet.samples, sound, atol=1e-4)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_packet_or_malformed(data: bytes) -> None:
    for decode in (decode_sound, decode_talk):
        with contextlib.suppress(MalformedPacket):
            decode(data)


@given(st.binary(min_size=1, max_size=64), st.integers(0, 63))
def test_a_cut_packet_is_never_more_than_it_was(data: bytes, length: int) -> None:
    whole = encode_talk(TalkPacket(1, np.zeros(16, np.float32)))
    with contextlib.suppress(MalformedPacket):
        assert len(decode_talk(whole[:length]).samples) <= 16
