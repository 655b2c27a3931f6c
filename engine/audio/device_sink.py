"""A real speaker: the AudioSink port over PortAudio, with nothing but C between the ring and the device."""

import logging
import sys
import threading
from typing import Final

from engine.audio import devices
from engine.audio.device_reply import DeviceReply
from engine.audio.device_stream import OutputStream
from engine.errors import AloudError, DeviceLost, SpeakerUnavailable
from engine.pcm import SILENCE, Pcm
from engine.units import SPEECH_RATE_HZ

log = logging.getLogger(__name__)

FIRST_LATENCY_S: Final = None if sys.platform == "darwin" else 0.035
"""Core Audio serves the least latency it offers in time; an ordinary Linux desktop does not."""

LONGEST_LATENCY_S: Final = 0.15
LATE_BLOCKS: Final = 2
"""So many late blocks in a reply are a stutter that the next reply must not have."""


class DeviceSink:
    """The AudioSink port: plays on a device, silence between replies while it is open.

    ``device``: an id or name of ``engine.audio.devices``, a PortAudio index, or None for the default;
    where it is missing the default stands in. ``rate_hz``: the rate asked of the device (it gets its
    own rate where it refuses; speech is resampled then). ``latency_s``: the device buffer asked
    for, None for the least there is. It is doubled between two replies, up to 150 ms, where the
    machine was too busy to serve the device in time.

    When the device goes away, the sound goes on at the default one, which is opened on a thread of its
    own (tens to hundreds of milliseconds). Until then nothing is taken and the position stands still;
    where there is no other device, ``write``, ``position_samples`` and ``drained`` raise ``DeviceLost``.
    Only ``open``, ``move`` and ``close`` block.
    """

    def __init__(
        self,
        device: str | int | None = None,
        *,
        rate_hz: int = SPEECH_RATE_HZ,
        latency_s: float | None = FIRST_LATENCY_S,
    ) -> None:
        self._wanted = device
        self._rate_hz = rate_hz
        self._latency_s = latency_s
        self._device = threading.Lock()  # whoever opens or closes one
        self._lock = threading.Lock()  # what is below; held for microseconds
        self._stream: OutputStream | None = None
        self._reply: DeviceReply | None = None
        self._move: _Move | None = None

    def open(self) -> None:
        """Opens the device. Raises ``SpeakerUnavailable``. Harmless when open; reopens a dead one."""
        with self._device:
            with self._lock:
                stream = self._stream
                if stream is not None and stream.alive() and not self._stuttered():
                    return
                self._stream = self._reply = self._move = None
            if stream is not None:
                self._let_go(stream)
            self._opened()

    def start(self) -> None:
        """Begins a reply at position 0."""
        with self._lock:
            if self._reply is not None:
                self._reply.flush()
            stream = self._stream
            if stream is None:
                raise DeviceLost("The speaker is not open.", "Choose another speaker in the settings.")
            self._reply = DeviceReply(stream)

    def write(self, samples: Pcm) -> int:
        """Queues samples and returns how many were taken."""
        with self._lock:
            reply = self._live_reply()
            return 0 if reply is None else reply.write(samples)

    def finish(self) -> None:
        """Says that the reply has no more samples."""
        with self._lock:
            if self._move is not None:
                self._move.finished = True
            elif self._reply is not None:
                self._reply.finish()

    def flush(self) -> int:
        """Fades out what would be heard next and drops the rest; returns where the sound ends."""
        with self._lock:
            return 0 if self._reply is None else self._reply.flush()

    def position_samples(self) -> int:
        """The sample that leaves the speaker now, by the device's own clock."""
        with self._lock:
            reply = self._live_reply()
            if self._move is not None:
                return self._move.position
            return 0 if reply is None else reply.position()

    def started_at_s(self) -> float | None:
        """When the first sample left the speaker (or will, within the device's latency)."""
        with self._lock:
            if self._move is not None:
                return self._move.started_at_s
            return None if self._reply is None else self._reply.started_at_s()

    def latency_s(self) -> float:
        """What the device says of itself; 0 while it is closed."""
        with self._lock:
            return 0.0 if self._stream is None else self._stream.latency_s

    def drained(self) -> bool:
        """Whether ``finish`` was called and every sample has left the speaker."""
        with self._lock:
            reply = self._live_reply()
            return reply is not None and reply.drained()

    def underruns(self) -> int:
        """How often the reply went on after a gap."""
        with self._lock:
            return 0 if self._reply is None else self._reply.underruns()

    def late_blocks(self) -> int:
        """How often the device itself ran dry in this reply: the machine was too busy to serve it."""
        with self._lock:
            return 0 if self._reply is None else self._reply.late_blocks()

    def move(self, device: str | int | None) -> None:
        """Goes on at another device, with what was not heard yet. Blocks while it opens.

        Raises ``SpeakerUnavailable``.
        """
        self._wanted = device
        with self._lock:
            if self._stream is None or self._move is not None:
                return
            move = self._move = _Move(self._reply)
        self._carry_over(move)
        if move.failure is not None:
            raise move.failure

    def close(self) -> None:
        """Stops at once and lets go of the device. Harmless when closed."""
        with self._device:
            with self._lock:
                stream, self._stream = self._stream, None
                self._reply = self._move = None
            if stream is not None:
                stream.close()

    def _stuttered(self) -> bool:
        """Whether the reply that is over now was served late, and more latency can help."""
        reply, stream = self._reply, self._stream
        if reply is None or stream is None or not reply.over():
            return False
        return reply.late_blocks() >= LATE_BLOCKS and stream.latency_s < 0.99 * LONGEST_LATENCY_S

    def _live_reply(self) -> DeviceReply | None:
        """The present reply, on a device that lives; None while it moves to another."""
        if self._move is None and self._reply is not None and not self._reply.keeps_playing():
            log.warning("the speaker is gone; going on at the default one")
            self._wanted = None
            self._move = _Move(self._reply)
            threading.Thread(target=self._carry_over, args=(self._move,), name="speaker", daemon=True).start()
        if self._move is None:
            return self._reply
        if self._move.failure is not None:
            raise DeviceLost(
                "The speaker went away while it was in use.",
                "Connect one, or choose another in the settings.",
            ) from self._move.failure
        return None

    def _carry_over(self, move: "_Move") -> None:
        """Opens the wanted device and goes on there, if ``move`` is still wanted."""
        with self._device:
            with self._lock:
                if self._move is not move:
                    return
                stream, self._stream = self._stream, None
            try:
                if stream is not None:
                    stream.close()
                _look_again()
                self._opened(move)
            except SpeakerUnavailable as error:
                move.failure = error
            except Exception as error:
                log.exception("the speaker could not be exchanged")
                move.failure = _unopened(error)

    def _let_go(self, stream: OutputStream) -> None:
        """Closes a stream that died, or that was served late and will be opened with more latency."""
        lives = stream.alive()
        if lives:
            self._latency_s = min(2 * stream.latency_s, LONGEST_LATENCY_S)
            log.info("the speaker was served late; its buffer is now %.0f ms", 1000 * self._latency_s)
        stream.close()
        if not lives:
            _look_again()

    def _opened(self, move: "_Move | None" = None) -> None:
        """Opens the wanted device, on which ``move`` goes on. Raises ``SpeakerUnavailable``."""
        try:
            device = devices.find(devices.outputs(), self._wanted)
            if device is None:
                raise SpeakerUnavailable("There is no speaker.", "Connect one, or switch it on.")
            stream = OutputStream(device, self._rate_hz, self._latency_s)
        except devices.PortAudioFailed as error:
            raise _unopened(error) from error
        with self._lock:
            self._stream = stream
            if move is not None:
                self._reply, self._move = move.to(stream), None


class _Move:
    """A reply between two devices: what of it was not heard, and what it is told meanwhile."""

    def __init__(self, reply: DeviceReply | None) -> None:
        self.reply = reply
        self.position = 0 if reply is None else reply.position()
        self.started_at_s = None if reply is None else reply.started_at_s()
        self.finished = False
        self.failure: AloudError | None = None
        self._rest = SILENCE if reply is None else reply.rest()

    def to(self, stream: OutputStream) -> DeviceReply | None:
        """The reply as it goes on at ``stream``."""
        if self.reply is None:
            return None
        reply = DeviceReply(stream)
        reply.go_on(self.reply, self._rest)
        if self.finished:
            reply.finish()
        return reply


def _unopened(error: Exception) -> SpeakerUnavailable:
    if isinstance(error, devices.PortAudioFailed):
        return SpeakerUnavailable(
            "The speaker can't be opened: {reason}.",
            "{remedy}, or choose another speaker in the settings.",
            reason=error.words,
            remedy=error.remedy,
        )
    return SpeakerUnavailable(
        "The speaker can't be opened: {reason}.", "Choose another speaker in the settings.", reason=error
    )


def _look_again() -> None:
    """Makes PortAudio see what was plugged in or out, where no other stream forbids it."""
    try:
        devices.refresh()
    except devices.PortAudioFailed:
        log.warning("PortAudio does not find any sound system now")
