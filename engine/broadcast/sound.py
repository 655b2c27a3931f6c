"""Sound on its way to the room: one frame built for all, and held back until shortly before it is due."""

import struct
from collections import deque
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from engine.broadcast.messages import Format, Word, Words
from engine.broadcast.packets import SoundPacket, encode_sound
from engine.pcm import SpeechFrame
from engine.units import SPEECH_RATE_HZ

HORIZON_US: Final = 1_000_000
"""Sound is sent at most this long before it is due, so that a barge-in finds little of it under way."""


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


@dataclass(frozen=True, slots=True)
class DueSound:
    """A packet and the words whose sound begins in it or shortly before."""

    packet: SoundPacket
    words: Words | None


class Pacer:
    """Turns speech frames into packets and lets each go ``HORIZON_US`` before it is due.

    ``lead_us`` is added to the host's play-out times. Frames come in order, one turn after another.
    """

    def __init__(self, lead_us: int) -> None:
        self._lead_us = lead_us
        self._waiting: deque[DueSound] = deque()
        self.epoch = 0  # the turn that is spoken now, or was last
        self._offset_samples = 0

    def put(self, frame: SpeechFrame, play_at_us: int) -> None:
        """Takes a frame whose first sample the host plays at ``play_at_us`` (server clock)."""
        if frame.turn_id < self.epoch:
            return
        if frame.turn_id > self.epoch:
            self.epoch, self._offset_samples = frame.turn_id, 0
        play_at_us += self._lead_us
        packet = SoundPacket(
            "f32le", self.epoch, frame.sequence, self._offset_samples, play_at_us, frame.samples
        )
        words = tuple(
            Word(
                word.text,
                word.source_start,
                word.source_end,
                play_at_us + (word.offset_samples - self._offset_samples) * 1_000_000 // SPEECH_RATE_HZ,
            )
            for word in frame.words
        )
        self._waiting.append(DueSound(packet, Words(self.epoch, words) if words else None))
        self._offset_samples += len(frame.samples)

    def cut(self, turn: int) -> None:
        """Drops what waits of ``turn`` and of those before it."""
        self._waiting = deque(due for due in self._waiting if due.packet.epoch > turn)

    def due(self, now_us: int) -> list[DueSound]:
        """What is to be sent now."""
        ready = []
        while self._waiting and self._waiting[0].packet.play_at_us - HORIZON_US <= now_us:
            ready.append(self._waiting.popleft())
        return ready

    def next_at_us(self) -> int | None:
        """When there will be something to send, or None while nothing waits."""
        return self._waiting[0].packet.play_at_us - HORIZON_US if self._waiting else None
