"""A thread for MLX, as the app has one: everything happens on it, and it ends MLX's streams."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

from engine.ports import Speech, Synthesizer, WordSource
from tests.fakes.tiny_hub import TINY, Geometry, write_hub

Result = TypeVar("Result")
WATCHDOG_S = 100.0


class MlxThread:
    """Runs one call after another on a thread of its own; a context manager."""

    def __init__(self) -> None:
        self._calls: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="mlx", daemon=True)

    def __enter__(self) -> "MlxThread":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self.run(_clear_streams)
        self._calls.put(None)
        self._thread.join(WATCHDOG_S)

    def run(self, call: Callable[[], Result]) -> Result:
        """What ``call`` returns or raises, called on the thread."""
        future: Future[Result] = Future()

        def job() -> None:
            try:
                future.set_result(call())
            except BaseException as error:
                future.set_exception(error)

        self._calls.put(job)
        return future.result(WATCHDOG_S)

    def _serve(self) -> None:
        while (call := self._calls.get()) is not None:
            call()


class OneThread:
    """A Synthesizer that lives on a thread of its own, whoever calls it: made, used and closed there."""

    def __init__(self, make: Callable[[], Synthesizer]) -> None:
        self._thread = MlxThread()
        self._thread.start()
        self._real = self._thread.run(make)

    def warm(self) -> None:
        self._thread.run(self._real.warm)

    def voices(self) -> Sequence[str]:
        return self._thread.run(self._real.voices)

    def speak(self, words: WordSource, *, voice: str = "", speed: float = 1.0) -> Iterator[Speech]:
        speech = self._thread.run(lambda: self._real.speak(words, voice=voice, speed=speed))
        try:
            while (piece := self._thread.run(lambda: next(speech, None))) is not None:
                yield piece
        finally:
            self._thread.run(speech.close)  # type: ignore[attr-defined]  # the port says that it is a generator

    def close(self) -> None:
        self._thread.run(self._real.close)
        self._thread.stop()


def _clear_streams() -> None:
    import mlx.core as mx

    mx.clear_streams()


def hub_in(folder: Path, geometry: Geometry = TINY) -> Path:
    """``write_hub`` on a thread of its own, so that the caller's stays without MLX."""
    with MlxThread() as thread:
        return thread.run(lambda: write_hub(folder, geometry))
