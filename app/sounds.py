"""The two soft sounds that say when the microphone opens and closes."""

import logging
import queue
import threading
import time
from collections.abc import Callable
from importlib.resources import as_file, files
from typing import Final

from app.bridge import Bridge
from engine.errors import AloudError
from engine.events import Event, ListeningStarted, UtteranceCaptured
from engine.pcm import Pcm, read_wav
from engine.ports import AudioSink
from engine.units import SPEECH_RATE_HZ

log = logging.getLogger(__name__)

LISTEN: Final = "listen"
DONE: Final = "done"
LONGEST_S: Final = 1.0
POLL_S: Final = 0.02


class Sounds:
    """Plays ``LISTEN`` when the microphone opens and ``DONE`` when it closes, while ``wanted`` says so.

    Opening a speaker blocks, so it is done on a thread of its own, which ends with ``close``.
    ``open_sink`` makes the speaker anew for each sound, so that it is the one chosen at that time. A
    speaker that can't be had is no error here: the conversation will say so where it matters.
    """

    def __init__(
        self, bridge: Bridge, open_sink: Callable[[], AudioSink], wanted: Callable[[], bool]
    ) -> None:
        self._open_sink, self._wanted = open_sink, wanted
        self._names: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        bridge.told.connect(self._follow)

    def play(self, name: str) -> None:
        """Plays a sound soon."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="sounds", daemon=True)
            self._thread.start()
        self._names.put(name)

    def close(self) -> None:
        """Plays no more."""
        self._wanted = lambda: False
        if self._thread is not None:
            self._names.put(None)
            self._thread.join(2 * LONGEST_S)
            self._thread = None

    def _follow(self, event: Event) -> None:
        if isinstance(event, ListeningStarted | UtteranceCaptured) and self._wanted():
            self.play(LISTEN if isinstance(event, ListeningStarted) else DONE)

    def _run(self) -> None:
        while (name := self._names.get()) is not None:
            if not self._names.empty():
                continue  # late already: only the latest counts
            try:
                self._sound(_samples(name))
            except AloudError as error:
                log.info("a sound could not be played: %s", error)

    def _sound(self, samples: Pcm) -> None:
        sink = self._open_sink()
        sink.open()
        try:
            sink.start()
            sink.write(samples)
            sink.finish()
            deadline_s = time.monotonic() + LONGEST_S
            while not sink.drained() and time.monotonic() < deadline_s:
                time.sleep(POLL_S)
        finally:
            sink.close()


def _samples(name: str) -> Pcm:
    with as_file(files("resources").joinpath("sounds", f"{name}.wav")) as path:
        return read_wav(path, SPEECH_RATE_HZ)
