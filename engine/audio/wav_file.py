"""WAV files in place of a speaker and a microphone."""

import errno
import logging
import time
import wave
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import numpy as np

from engine.audio.paced import PacedSink
from engine.errors import DeviceLost, DiskFull, MicrophoneUnavailable, SpeakerUnavailable
from engine.pcm import SILENCE, Pcm, read_wav, to_s16
from engine.units import HEARING_RATE_HZ, SPEECH_RATE_HZ

log = logging.getLogger(__name__)


class WavFileSink(PacedSink):
    """The AudioSink port: writes what would be heard, gaps and flushes included, mono 16-bit at 24 kHz.

    One file holds all replies from ``open`` to ``close``, one after another; what was there before
    is replaced. ``real_time`` keeps a speaker's pace; without it a reply is written as soon as it
    is made. Any method may raise ``DiskFull``, or ``DeviceLost`` for another fault of the disk.
    """

    def __init__(
        self, path: Path, *, real_time: bool = False, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(clock=clock, real_time=real_time)
        self._path = path
        self._disk: BinaryIO | None = None
        self._file: wave.Wave_write | None = None

    def open(self) -> None:
        """Creates the file. Raises ``SpeakerUnavailable`` where that can't be. Harmless when open."""
        if self._file is not None:
            return
        try:
            self._disk = self._path.open("wb", buffering=0)  # a full disk is told at once
        except OSError as error:
            raise SpeakerUnavailable(
                "The sound can't be written to {path}: {reason}.",
                "Choose another file.",
                path=self._path,
                reason=error.strerror,
            ) from error
        self._file = wave.open(self._disk, "wb")  # noqa: SIM115 (closed by close)
        self._file.setnchannels(1)
        self._file.setsampwidth(2)
        self._file.setframerate(SPEECH_RATE_HZ)

    def hear(self, samples: Pcm) -> None:
        """Appends to the file."""
        if self._file is None:
            return
        try:
            self._file.writeframesraw(to_s16(samples).tobytes())
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise DiskFull("The disk is too full for the sound file.", "Free some space.") from error
            raise DeviceLost(
                "The sound can't be written to {path}: {reason}.",
                "Choose another file.",
                path=self._path,
                reason=error.strerror,
            ) from error

    def close(self) -> None:
        """Completes the file. Harmless when closed."""
        super().close()
        file, self._file = self._file, None
        disk, self._disk = self._disk, None
        if file is None or disk is None:
            return
        try:
            file.close()  # writes how long it became into the header
        except OSError as error:
            log.warning("the sound file could not be completed: %s", error.strerror)
        finally:
            disk.close()


class WavFileSource:
    """The AudioSource port: a WAV file is what the microphone hears, in real time; silence after it.

    The file begins when the source is opened; ``play`` begins another whenever it is wanted, and the
    next time the source is opened where it is closed.
    Raises ``MicrophoneUnavailable`` (at the constructor, so that a wrong path is told early).
    """

    def __init__(self, path: Path | None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._opened_at_s: float | None = None
        self._read_samples = 0
        self._at_open = SILENCE if path is None else self._load(path)
        self._left: Pcm = self._at_open
        self._waiting: Pcm | None = None

    @property
    def live(self) -> bool:
        """Whether it is open."""
        return self._opened_at_s is not None

    @property
    def finished(self) -> bool:
        """Whether the whole file has been read."""
        return self._waiting is None and not len(self._left)

    def play(self, path: Path) -> None:
        """Begins ``path``, in place of what is left of the file before."""
        self.read()
        loaded = self._load(path)
        if self._opened_at_s is None:
            self._waiting = loaded
        else:
            self._left = loaded

    def open(self) -> None:
        """Begins the file at its start. Harmless when open."""
        if self._opened_at_s is None:
            self._opened_at_s = self._clock()
            self._read_samples = 0
            self._left = self._at_open if self._waiting is None else self._waiting
            self._waiting = None

    def read(self) -> Pcm:
        """What was heard since the last call; nothing when closed."""
        if self._opened_at_s is None:
            return SILENCE
        due = int((self._clock() - self._opened_at_s) * HEARING_RATE_HZ + 1e-6)
        heard = np.zeros(due - self._read_samples, np.float32)
        self._read_samples = due
        spoken, self._left = self._left[: len(heard)], self._left[len(heard) :]
        heard[: len(spoken)] = spoken
        return heard

    def close(self) -> None:
        """Stops. Harmless when closed."""
        self._opened_at_s = None

    @staticmethod
    def _load(path: Path) -> Pcm:
        try:
            return read_wav(path, HEARING_RATE_HZ)
        except (OSError, EOFError, KeyError, wave.Error) as error:
            raise MicrophoneUnavailable(
                "{path} can't stand in for a microphone: {reason}.",
                "Give a WAV file of whole-number PCM.",
                path=path,
                reason=error,
            ) from error
