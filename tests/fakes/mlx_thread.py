"""A thread for MLX, as the app has one: everything happens on it, and it ends MLX's streams."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, wait
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

from engine.ports import Speech, Synthesizer, WordSource
from tests.fakes.tiny_hub import TINY, Geometry, write_hub

Result = TypeVar("Result")
WATCHDOG_S = 400.0
"""Seconds of this process's own compute: on a machine that others keep busy a test may take its time."""

STILL_S = 60.0
"""A call during which the process computed next to nothing for so long hangs."""

PATIENCE_S = 600.0
"""For the clock on the wall: what a test, or a program that it starts, may take on a busy machine."""


class MlxThread:
    """Runs one call after another on a thread of its own; a context manager.

    A call that hangs fails the test; the thread is then left alone, for MLX may be at work on it.
    """

    def __init__(self) -> None:
        self._hangs = False
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
        if not self._hangs:
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
        return self._result_of(future)

    def _result_of(self, future: "Future[Result]") -> Result:
        began_s = before_s = time.process_time()
        while not wait([future], STILL_S).done:
            now_s = time.process_time()
            if now_s - before_s < STILL_S / 10 or now_s - began_s > WATCHDOG_S:
                self._hangs = True
                raise AssertionError("the call on MLX's thread hangs")
            before_s = now_s
        return future.result()

    def _serve(self) -> None:
        while (call := self._calls.get()) is not None:
            call()


class OneThread:
    """A Synthesizer that lives on a thread of its own, whoever calls it: made, used and closed there."""

    def __init__(self, make: Callable[[], Synthesizer]) -> None:
        self._thread = MlxThread()
        self._thread.start()
        self._real = self._thread.run(make)

    @property
    def real_time_factor(self) -> float:
        return self._thread.run(lambda: self._real.real_time_factor)

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
