"""An open output device: rtmixer's callback, in C, and the rings that it plays.

Python never runs in the callback. What it needs crosses in PortAudio's lock-free ring buffers.
"""

import time
from typing import Any, Final

import numpy as np

from engine.audio.devices import Device, portaudio, stream_closed, stream_opened

QUEUED_ACTIONS: Final = 64
"""How many replies may end between two calls from Python before rtmixer loses count of them."""

PLAUSIBLE_S: Final = 2.0
"""A device that says that a block is heard longer than this before or after now does not know."""


class CRing:
    """A ``engine.audio.ring.Reader`` that the callback empties."""

    def __init__(self, stream: "OutputStream", seconds: float) -> None:
        import rtmixer

        capacity = 1 << int(np.ceil(np.log2(seconds * stream.rate_hz)))
        self.memory = np.zeros((capacity, stream.channels), np.float32)
        self.buffer = rtmixer.RingBuffer(4 * stream.channels, buffer=self.memory)
        self._stream = stream
        self._published = 0

    def taken(self) -> int:
        """How many samples have been taken."""
        return self._published - int(self.buffer.read_available)

    def block(self) -> int:
        """The callback may be inside a block that it has not accounted for yet."""
        return self._stream.block_frames()

    def publish(self, samples: int) -> None:
        """Makes more samples ready to be taken."""
        self.buffer.advance_write_index(samples)
        self._published += samples


class Playing:
    """One run of the callback over a ring, from its first sample until it ran dry."""

    def __init__(self, action: Any, from_frame: int) -> None:
        self.action = action
        self.from_frame = from_frame
        self.heard_from_s: float | None = None  # in the stream's time


class OutputStream:
    """A device that plays silence until it is given a ring. All methods on one thread at a time.

    The constructor opens it and raises ``PortAudioFailed``. ``latency_s``: what is asked
    of the device; None for the least that it offers.
    """

    def __init__(self, device: Device, rate_hz: int, latency_s: float | None) -> None:
        with portaudio() as sounddevice:
            import rtmixer

            # On both channels of a stereo device, whatever its driver makes of mono.
            self.channels = min(2, device.channels)
            self._mixer = rtmixer.Mixer(
                device=device.index,
                channels=self.channels,
                samplerate=fitting_rate(sounddevice, device, self.channels, rate_hz),
                blocksize=0,
                latency="low" if latency_s is None else latency_s,
                qsize=QUEUED_ACTIONS,
            )
            start(self._mixer)
        self.rate_hz = round(self._mixer.samplerate)
        self.latency_s = float(self._mixer.latency)
        self._largest_block = 0
        self._playing: Playing | None = None

    def play(self, ring: CRing) -> Playing:
        """Makes the callback play ``ring`` from its next block on."""
        self._playing = Playing(self._mixer.play_ringbuffer(ring.buffer), ring.taken())
        return self._playing

    def plays(self, playing: Playing) -> bool:
        """Whether the callback still plays it: not any more once the ring was found dry."""
        return playing.action in self._mixer.actions

    def alive(self) -> bool:
        """Whether the callback is being called, as far as PortAudio knows."""
        return bool(self._mixer.active)

    def block_frames(self) -> int:
        """The largest block so far; before the first, what the device was asked for."""
        if self._playing is not None:
            self._largest_block = max(self._largest_block, int(self._playing.action.stats.max_blocksize))
        return self._largest_block or round(self.latency_s * self.rate_hz)

    def heard_frames(self, playing: Playing) -> int:
        """The frame of its ring that leaves the speaker now by the device's clock, at most what was taken."""
        done = int(playing.action.done_frames)
        if not done:
            return playing.from_frame
        now_s = self._mixer.time
        if playing.heard_from_s is None:
            told = float(playing.action.actual_time)
            known = abs(told - now_s) < PLAUSIBLE_S
            playing.heard_from_s = told if known else now_s - done / self.rate_hz + self.latency_s
        heard = int((now_s - playing.heard_from_s) * self.rate_hz)
        return playing.from_frame + min(max(0, heard), done)

    def heard_from_s(self, playing: Playing) -> float | None:
        """When its first frame leaves the speaker, in ``time.monotonic``; None until it is known."""
        if playing.heard_from_s is None:
            self.heard_frames(playing)
        if playing.heard_from_s is None:
            return None
        return playing.heard_from_s - float(self._mixer.time) + time.monotonic()

    def underflows(self, playing: Playing) -> int:
        """How often the device itself was called too late while it played this."""
        return int(playing.action.stats.output_underflows)

    def close(self) -> None:
        """Stops at once and lets go of the device."""
        with portaudio():
            try:
                self._mixer.close(ignore_errors=True)
            finally:
                stream_closed()


def start(stream: Any) -> None:
    """Starts a stream that was just opened and counts it; closes it again where it does not start."""
    try:
        stream.start()
    except BaseException:
        stream.close(ignore_errors=True)
        raise
    stream_opened()


def fitting_rate(sounddevice: Any, device: Device, channels: int, wanted_hz: int) -> int:
    """``wanted_hz`` where the device takes it, else the device's own rate."""
    try:
        sounddevice.check_output_settings(device.index, channels, "float32", samplerate=wanted_hz)
    except sounddevice.PortAudioError:
        return device.rate_hz
    return wanted_hz
