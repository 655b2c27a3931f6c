"""A real microphone: the AudioSource port over PortAudio, with nothing but C between device and ring."""

import logging
import sys
import time
from typing import Any, Final

import numpy as np

from engine.audio import devices
from engine.audio.device_stream import start
from engine.audio.devices import Device, portaudio, stream_closed
from engine.errors import DeviceLost, MicrophoneUnavailable
from engine.pcm import SILENCE, Pcm
from engine.units import HEARING_RATE_HZ

log = logging.getLogger(__name__)

RING_S: Final = 30.0
STALLED_S: Final = 2.0
"""An open microphone that gives nothing for so long is gone; the slowest headsets take 0.7 s to begin."""

LATENCY: Final = "low" if sys.platform == "darwin" else 0.1
"""Linux serves a device late when it is busy, and what overflows is lost; a quarter of this is how late
sound arrives."""

PERMISSION_REMEDY: Final = "Allow Aloud to use the microphone in the system's privacy settings."


class DeviceSource:
    """The AudioSource port: captures from a device at its own rate and gives ``HEARING_RATE_HZ``.

    ``device``: an id or name of ``engine.audio.devices``, a PortAudio index, or None for the default;
    where it is missing the default stands in. ``avoid_bluetooth``: where a Bluetooth headset both
    plays and would listen, the built-in microphone listens instead (not where one was named). What
    is not read within 30 s is lost.
    """

    def __init__(self, device: str | int | None = None, *, avoid_bluetooth: bool = True) -> None:
        self._wanted = device
        self._avoid_bluetooth = avoid_bluetooth
        self._recorder: Any = None
        self._ring: Any = None
        self._action: Any = None
        self._resampler: Any = None
        self._arrived_at_s = 0.0
        self._sounds = False
        self._lost: MicrophoneUnavailable | DeviceLost | None = None

    @property
    def live(self) -> bool:
        """Whether sound comes: some devices need most of a second after they were opened."""
        return self._recorder is not None and self._sounds

    def use(self, device: str | int | None) -> None:
        """Chooses the device for the next ``open``."""
        self._wanted = device

    def open(self) -> None:
        """Starts capturing. Blocks while the device opens (tens of milliseconds). Harmless when open.

        A device that was lost is closed first.
        """
        if self._lost is not None:
            self.close()
        if self._recorder is not None:
            return
        try:
            self._open(self._found())
        except devices.PortAudioFailed as error:
            if "permission" in error.words.lower() or "denied" in error.words.lower():
                raise MicrophoneUnavailable(
                    "The microphone can't be opened: {reason}.", PERMISSION_REMEDY, reason=error.words
                ) from error
            raise MicrophoneUnavailable(
                "The microphone can't be opened: {reason}.",
                "{remedy}, or choose another microphone in the settings.",
                reason=error.words,
                remedy=error.remedy,
            ) from error

    def read(self) -> Pcm:
        """All samples since the last call; nothing when closed."""
        if self._lost is not None:
            raise self._lost
        if self._recorder is None:
            return SILENCE
        data = self._ring.read()
        samples = np.frombuffer(data, np.float32)
        now_s = time.monotonic()
        if len(samples):
            self._arrived_at_s, self._sounds = now_s, True
            resampled: Pcm = self._resampler.resample_chunk(samples)
            return resampled
        if not self._recorder.active or now_s - self._arrived_at_s > STALLED_S:
            self._lost = _lost(sounded=self._sounds)
            raise self._lost
        if self._action not in self._recorder.actions:  # nobody read for 30 s, and the ring was full
            log.warning("the microphone was not read in time; sound is missing")
            self._action = self._recorder.record_ringbuffer(self._ring)
        return SILENCE

    def close(self) -> None:
        """Stops capturing. Harmless when closed."""
        recorder, self._recorder = self._recorder, None
        self._sounds, self._lost = False, None
        if recorder is None:
            return
        with portaudio():
            try:
                recorder.close(ignore_errors=True)
            finally:
                stream_closed()

    def _found(self) -> Device:
        microphones = devices.inputs()
        if isinstance(self._wanted, int):
            device = devices.find(microphones, self._wanted)
        else:
            speaker = devices.choose(devices.outputs(), "")
            if self._avoid_bluetooth and speaker is not None:
                microphones = devices.as_connected(microphones, "input")
                (speaker,) = devices.as_connected([speaker], "output")
            device = devices.choose_microphone(
                microphones, self._wanted or "", speaker, avoid_bluetooth=self._avoid_bluetooth
            )
        if device is None:
            raise MicrophoneUnavailable("There is no microphone.", "Connect one, or switch it on.")
        return device

    def _open(self, device: Device) -> None:
        import soxr

        with portaudio():
            import rtmixer

            recorder = rtmixer.Recorder(
                device=device.index, channels=1, samplerate=device.rate_hz, blocksize=0, latency=LATENCY
            )
            rate_hz = round(recorder.samplerate)
            self._ring = rtmixer.RingBuffer(4, 1 << int(np.ceil(np.log2(RING_S * rate_hz))))
            self._action = recorder.record_ringbuffer(self._ring)
            start(recorder)
        self._recorder = recorder
        self._resampler = soxr.ResampleStream(rate_hz, HEARING_RATE_HZ, 1, dtype="float32")
        self._arrived_at_s = time.monotonic()


def _lost(*, sounded: bool) -> DeviceLost | MicrophoneUnavailable:
    """What is to be said of an open device that gives nothing any more, or never did."""
    if sounded:
        return DeviceLost(
            "The microphone went away while it was in use.", "Connect one, or choose another in the settings."
        )
    return MicrophoneUnavailable("The microphone gives no sound.", "Choose another one in the settings.")
