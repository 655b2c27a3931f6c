"""The thread a model lives on, and the jobs that cross into it.

MLX insists that one thread imports, loads, seeds, warms, generates and decodes, and the other
models are the better for it: a backend is made, called and closed by one ``Worker`` and never sees
another thread. ``Worker.run`` is a plain blocking loop, so a ``threading.Thread`` hosts it headless
and a ``QThread`` in the app.
"""

import logging
import threading
import time
import weakref
from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

from engine.crossing import Cancelled
from engine.errors import AloudError, BackendCrashed
from engine.ports import Progress

log = logging.getLogger(__name__)

Backend = TypeVar("Backend")
Result = TypeVar("Result")


class _Job(Generic[Backend, Result]):
    """A call that waits for the worker's thread, and the future that it settles exactly once."""

    def __init__(self, call: Callable[[Backend], Result]) -> None:
        self.future: Future[Result] = Future()
        self._call = call
        self._settling = threading.Lock()

    def run(self, backend: Backend) -> None:
        if not self.future.set_running_or_notify_cancel():
            return
        try:
            result = self._call(backend)
        except (AloudError, Cancelled) as error:
            self.fail(error)  # anything else passes: the backend's state is unknown, better a fresh one
        else:
            with self._settling:
                if not self.future.done():
                    self.future.set_result(result)

    def fail(self, error: BaseException) -> None:
        with self._settling:
            if not self.future.done():
                self.future.set_exception(error)


class Worker(Generic[Backend]):
    """Makes a backend on the thread that calls ``run``, and does one job after another with it there.

    ``make`` is given a ``Progress`` to report loading with, which ``on_progress`` hears on the
    worker's thread. ``loaded`` resolves to None once the backend was made, or to the error that
    making it raised; ``finished`` when the thread is done. ``close`` runs last on the thread.
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
        self._jobs: SimpleQueue[_Job[Backend, Any] | None] = SimpleQueue()
        self._current: _Job[Backend, Any] | None = None
        self._over = threading.Lock()
        self._beat_at_s = clock()
        self._stopping = False
        self._busy = True  # making the backend is the first job

    def call(self, job: Callable[[Backend], Result]) -> "Future[Result]":
        """Queues ``job`` for the worker's thread; the future has its result or what it raised.

        From any thread; never blocks. A job whose future was cancelled before its turn is skipped.
        What a job raises beyond ``AloudError`` and ``Cancelled`` also ends the worker; what is queued
        then, or later, fails with ``BackendCrashed``.
        """
        entry: _Job[Backend, Result] = _Job(job)
        self._jobs.put(entry)
        if self.finished.done():
            self._fail_queued()
        return entry.future

    def stop(self) -> None:
        """Asks ``run`` to return after the jobs already queued. Does not wait.

        A backend that is still being made is given up when it next reports how far it is: its
        ``Progress`` raises ``Cancelled`` then.
        """
        self._stopping = True
        self._jobs.put(None)

    def beat(self) -> None:
        """Shows that a long job lives; called by it between its steps."""
        self._beat_at_s = self._clock()

    def silent_s(self) -> float:
        """For how long a job has run without a beat; 0.0 between jobs."""
        return self._clock() - self._beat_at_s if self._busy else 0.0

    def abandon(self) -> None:
        """Gives up on a thread that hangs: every job it has fails now, and its end no longer matters.

        The thread itself can't be ended; it goes away should it ever come back.
        """
        self._end(BackendCrashed("The {part} hangs.", "It is being restarted; ask again.", part=self.name))
        self.stop()

    def run(self) -> None:
        """The body of the worker's thread: blocks until ``stop`` or until the backend can't go on.

        Never raises; ``finished`` has the error that ended it, or None.
        """
        error: BaseException | None = None
        try:
            self._live()
        except Cancelled:
            pass  # nobody waits for the backend any more
        except AloudError as failure:
            error = failure
        except BaseException as failure:
            log.exception("worker %s died", self.name)
            error = failure
        self._end(error)

    def _live(self) -> None:
        self.beat()
        backend = self._make(self._report)
        self._busy = False
        with self._over:
            if not self.loaded.done():
                self.loaded.set_result(None)
        try:
            while (job := self._jobs.get()) is not None:
                self._current = job
                if self.finished.done():  # given up on, and back; whoever asked meanwhile is told
                    job.fail(self._stopped())
                    break
                self.beat()
                self._busy = True
                job.run(backend)
                self._busy = False
        finally:
            self._busy = False
            self._close(backend)

    def _end(self, error: BaseException | None) -> None:
        with self._over:
            ends = error or BackendCrashed("The {part} was stopped.", "Ask again.", part=self.name)
            if not self.loaded.done():
                self.loaded.set_exception(ends)
            if not self.finished.done():
                self.finished.set_exception(error) if error else self.finished.set_result(None)
        if self._current is not None:
            self._current.fail(ends)
        self._fail_queued()

    def _fail_queued(self) -> None:
        marked = False
        while True:
            try:
                job = self._jobs.get_nowait()
            except Empty:
                break
            if job is None:
                marked = True
            else:
                job.fail(self._stopped())
        if marked:  # a thread that was given up on leaves by it, should it come back
            self._jobs.put(None)

    def _stopped(self) -> BackendCrashed:
        return BackendCrashed("The {part} has stopped.", "It is being restarted; ask again.", part=self.name)

    def _report(self, fraction: float | None, detail: str) -> None:
        self.beat()
        if self._stopping:
            raise Cancelled
        self._on_progress(fraction, detail)


Host = Callable[[str, Callable[[], None]], None]
"""Starts a thread of the given name that runs the given body."""


_hosted: "weakref.WeakSet[threading.Thread]" = weakref.WeakSet()


def host_on_thread(name: str, body: Callable[[], None]) -> None:
    """Hosts a worker on a plain daemon thread; the app gives a QThread instead."""
    thread = threading.Thread(target=body, name=name, daemon=True)
    _hosted.add(thread)
    thread.start()


def still_running() -> bool:
    """Whether a thread that ``host_on_thread`` started has not ended: a model may be at work on it."""
    return any(thread.is_alive() for thread in list(_hosted))
