"""The thread a model lives on, and the three things that cross into it: jobs, words, and cancel.

MLX insists that one thread imports, loads, seeds, warms, generates and decodes, and the other
models are the better for it: a backend is made, called and closed by one ``Worker`` and never sees
another thread. ``Worker.run`` is a plain blocking loop, so a ``threading.Thread`` hosts it headless
and a ``QThread`` in the app.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Generic, TypeVar

from engine.errors import AloudError
from engine.ports import Progress, SpeakableWord

log = logging.getLogger(__name__)

Backend = TypeVar("Backend")
Result = TypeVar("Result")


class Cancelled(Exception):
    """The reply that this thread works on was called off."""


class CancelToken:
    """Set once, from any thread; looked at between frames."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        """Calls the work off. Does not wait for it to stop."""
        self._event.set()

    @property
    def cancelled(self) -> bool:
        """Whether the work was called off."""
        return self._event.is_set()

    def wait(self, timeout_s: float) -> bool:
        """Blocks until the work is called off or ``timeout_s`` has passed; says whether it was."""
        return self._event.wait(timeout_s)


class TextFeed:
    """The words of one reply on their way from the loop that reads them to the thread that speaks them.

    The ``WordSource`` port. ``put``, ``end`` and ``cancel`` never block and come from any thread;
    iterating blocks and belongs to one thread.
    """

    def __init__(self) -> None:
        self._words: deque[SpeakableWord] = deque()
        self._changed = threading.Condition()
        self._ended = False
        self._cancelled = False

    def put(self, word: SpeakableWord) -> None:
        """Adds a word; dropped without a sound after ``end`` or ``cancel``."""
        with self._changed:
            if not self._ended and not self._cancelled:
                self._words.append(word)
                self._changed.notify()

    def end(self) -> None:
        """Says that the reply has no more words."""
        with self._changed:
            self._ended = True
            self._changed.notify()

    def cancel(self) -> None:
        """Makes every present and later ``next`` raise ``Cancelled``."""
        with self._changed:
            self._cancelled = True
            self._words.clear()
            self._changed.notify()

    def waits(self) -> bool:
        """Whether ``next`` would block now."""
        with self._changed:
            return not (self._words or self._ended or self._cancelled)

    def __iter__(self) -> "TextFeed":
        return self

    def __next__(self) -> SpeakableWord:
        with self._changed:
            self._changed.wait_for(lambda: self._words or self._ended or self._cancelled)
            if self._cancelled:
                raise Cancelled
            if self._words:
                return self._words.popleft()
            raise StopIteration


class Worker(Generic[Backend]):
    """Makes a backend on the thread that calls ``run``, and does one job after another with it there.

    ``make`` is given a ``Progress`` to report loading with. ``on_state`` hears (on the worker's
    thread) of progress. ``loaded`` resolves to None once the backend was made and warmed, or to the
    error that making it raised. ``at_exit`` runs last on the thread (``mx.clear_streams``, say).
    """

    def __init__(
        self,
        name: str,
        make: Callable[[Progress], Backend],
        *,
        on_progress: Progress = lambda fraction, detail: None,
        close: Callable[[Backend], None] = lambda backend: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self.loaded: Future[None] = Future()
        self.finished: Future[None] = Future()
        self._make = make
        self._close = close
        self._on_progress = on_progress
        self._clock = clock
        self._jobs: SimpleQueue[Callable[[Backend], None] | None] = SimpleQueue()
        self._beat_at_s = clock()
        self._busy = True  # making the backend is the first job

    def call(self, job: Callable[[Backend], Result]) -> "Future[Result]":
        """Queues ``job`` for the worker's thread; the future has its result or what it raised.

        From any thread; never blocks. A job whose future was cancelled before its turn is skipped.
        What a job raises beyond ``AloudError`` and ``Cancelled`` also ends the worker.
        """
        future: Future[Result] = Future()

        def run(backend: Backend) -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = job(backend)
            except BaseException as error:
                future.set_exception(error)
                if not isinstance(error, AloudError | Cancelled):
                    raise  # the backend's state is unknown now: better a fresh one
            else:
                future.set_result(result)

        self._jobs.put(run)
        return future

    def stop(self) -> None:
        """Asks ``run`` to return after the jobs already queued. Does not wait."""
        self._jobs.put(None)

    def beat(self) -> None:
        """Shows that a long job lives; called by it between its steps."""
        self._beat_at_s = self._clock()

    def silent_s(self) -> float:
        """For how long a job has run without a beat; 0.0 between jobs."""
        return self._clock() - self._beat_at_s if self._busy else 0.0

    def run(self) -> None:
        """The body of the worker's thread: blocks until ``stop`` or until the backend can't go on.

        Never raises; ``finished`` has the error that ended it, or None.
        """
        try:
            self._live()
        except BaseException as error:
            log.exception("worker %s died", self.name)
            if not self.loaded.done():
                self.loaded.set_exception(error)
            self.finished.set_exception(error)
        else:
            self.finished.set_result(None)

    def _live(self) -> None:
        self.beat()
        backend = self._make(self._report)
        self.loaded.set_result(None)
        try:
            while True:
                self._busy = False
                job = self._jobs.get()
                if job is None:
                    return
                self.beat()
                self._busy = True
                job(backend)
        finally:
            self._close(backend)

    def _report(self, fraction: float | None, detail: str) -> None:
        self.beat()
        self._on_progress(fraction, detail)


Host = Callable[[str, Callable[[], None]], None]
"""Starts a thread of the given name that runs the given body."""


def host_on_thread(name: str, body: Callable[[], None]) -> None:
    """Hosts a worker on a plain daemon thread; the app gives a QThread instead."""
    threading.Thread(target=body, name=name, daemon=True).start()
