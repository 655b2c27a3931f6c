"""Sound on its way to the room: one frame built for all, and held back until shortly before it is due."""

import struct
from dataclasses import replace
from functools import cached_property

from engine.broadcast.messages import Format
from engine.broadcast.packets import SoundPacket, encode_sound
from engine.units import SPEECH_RATE_HZ


def text_frame(data: bytes) -> bytes:
    """A WebSocket text frame from a server: unmasked, so the same bytes serve every client."""
    return _frame_head(0x81, len(data)) + data


def binary_frame(data: bytes) -> bytes:
    """A WebSocket binary frame from a server."""
    return _frame_head(0x82, len(data)) + data


def _frame_head(opcode: int, length: int) -> bytes:
    if length < 126:
        return bytes((opcode, length))
    if length < 65_536:
        return struct.pack(">BBH", opcode, 126, length)
    return struct.pack(">BBQ", opcode, 127, length)


class SoundFrames:
    """One packet in every form that a client may want, each built once and only if one does."""

    def __init__(self, packet: SoundPacket) -> None:
        self.packet = packet

    @property
    def ends_at_us(self) -> int:
        """When its last sample will have been played."""
        return self.packet.play_at_us + len(self.packet.samples) * 1_000_000 // SPEECH_RATE_HZ

    def frame(self, sound_format: Format, *, legacy: bool) -> bytes:
        """The WebSocket frame in ``sound_format``; for the original protocol bare f32le samples."""
        if legacy:
            return self._bare
        return self._s16le if sound_format == "s16le" else self._f32le

    @cached_property
    def _s16le(self) -> bytes:
        return binary_frame(encode_sound(replace(self.packet, format="s16le")))

    @cached_property
    def _f32le(self) -> bytes:
        return binary_frame(encode_sound(replace(self.packet, format="f32le")))

    @cached_property
    def _bare(self) -> bytes:
        return binary_frame(self.packet.samples.astype("<f4", copy=False).tobytes())
