"""The binary messages of ``aloud.2``: a fixed little-endian header and samples.

Sound packet, server to client, 24 bytes and then mono samples at 24 kHz::

    0  u8   type 1          4  u32  epoch (the turn's number)    12  u32  offset_samples
    1  u8   format          8  u32  sequence                     16  u64  play_at_us
    2  u16  flags (0)

Talk packet, client to server, 8 bytes and then mono s16le samples at 16 kHz::

    0  u8   type 2          1  u8   format (1)      2  u16  flags (0)      4  u32  sequence
"""

import struct
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from engine.pcm import Pcm, from_s16, to_s16
from engine.units import HEARING_RATE_HZ

SOUND: Final = 1
TALK: Final = 2
S16LE: Final = 1
F32LE: Final = 2

SOUND_HEADER: Final = struct.Struct("<BBHIIIQ")
TALK_HEADER: Final = struct.Struct("<BBHI")

MAX_TALK_SAMPLES: Final = HEARING_RATE_HZ
"""A talk packet holds at most a second."""

SampleFormat = Literal["s16le", "f32le"]
_CODES: Final[dict[SampleFormat, int]] = {"s16le": S16LE, "f32le": F32LE}
_WIDTHS: Final = {S16LE: 2, F32LE: 4}


class MalformedPacket(ValueError):
    """Bytes that are no packet of this protocol."""


@dataclass(frozen=True, slots=True)
class SoundPacket:
    """A decoded sound packet; ``samples`` is mono float32 at 24 kHz."""

    format: SampleFormat
    epoch: int
    sequence: int
    offset_samples: int
    play_at_us: int
    samples: Pcm


@dataclass(frozen=True, slots=True)
class TalkPacket:
    """A decoded talk packet; ``samples`` is mono float32 at 16 kHz."""

    sequence: int
    samples: Pcm


def encode_sound(packet: SoundPacket) -> bytes:
    """The packet's bytes. Raises ``struct.error`` for numbers its header can't hold."""
    header = SOUND_HEADER.pack(
        SOUND,
        _CODES[packet.format],
        0,
        packet.epoch,
        packet.sequence,
        packet.offset_samples,
        packet.play_at_us,
    )
    if packet.format == "s16le":
        return header + to_s16(packet.samples).tobytes()
    return header + packet.samples.astype("<f4", copy=False).tobytes()


def decode_sound(data: bytes) -> SoundPacket:
    """A sound packet from its bytes, whatever its flags. Raises ``MalformedPacket``."""
    if len(data) < SOUND_HEADER.size:
        raise MalformedPacket("shorter than its header")
    kind, code, _flags, epoch, sequence, offset, play_at_us = SOUND_HEADER.unpack_from(data)
    if kind != SOUND or code not in _WIDTHS:
        raise MalformedPacket("unknown type or format")
    body = memoryview(data)[SOUND_HEADER.size :]
    if len(body) % _WIDTHS[code]:
        raise MalformedPacket("half a sample")
    samples = from_s16(np.frombuffer(body, "<i2")) if code == S16LE else np.frombuffer(body, "<f4")
    sample_format: SampleFormat = "s16le" if code == S16LE else "f32le"
    return SoundPacket(sample_format, epoch, sequence, offset, play_at_us, samples.astype(np.float32))


def encode_talk(packet: TalkPacket) -> bytes:
    """The packet's bytes. Raises ``struct.error`` for a sequence its header can't hold."""
    return TALK_HEADER.pack(TALK, S16LE, 0, packet.sequence) + to_s16(packet.samples).tobytes()


def decode_talk(data: bytes) -> TalkPacket:
    """A talk packet from its bytes. Raises ``MalformedPacket``."""
    if len(data) < TALK_HEADER.size:
        raise MalformedPacket("shorter than its header")
    kind, code, flags, sequence = TALK_HEADER.unpack_from(data)
    if kind != TALK or code != S16LE or flags:
        raise MalformedPacket("unknown type, format or flag")
    body = memoryview(data)[TALK_HEADER.size :]
    if len(body) % 2 or len(body) > 2 * MAX_TALK_SAMPLES:
        raise MalformedPacket("half a sample, or more than a second")
    return TalkPacket(sequence, from_s16(np.frombuffer(body, "<i2")))
