"""Keeps a worker alive: starts it, tells how its loading goes, and restarts it when it dies or hangs.

Restarts wait with full jitter, so that what failed under load is not hit again at once: a uniformly
random delay up to 0.5, 1, 2, 4 and then 8 s, at most five in a row, counted anew after 60 s of
health. An error that a person must mend (weights missing, a package missing) is not retried by
itself; ``restart`` is for after they did.
"""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

from engine.crossing import Cancelled
from engine.errors import AloudError, BackendCrashed, BackendUnavailable
from engine.events import NO_TURN, BackendState, BackendStateChanged, Event, Port
from engine.ports import Progress
from engine.wording import Wording
from engine.workers import Backend, Host, Worker

log = logging.getLogger(__name__)

FIRST_DELAY_S = 0.5
LONGEST_DELAY_S = 8.0
RESTARTS_IN_A_ROW = 5
HEALTHY_AFTER_S = 60.0
HEARTBEAT_S = 1.0
STUCK_AFTER_S = 5.0
STUCK_LOADING_AFTER_S = 300.0

LEAVING_WAIT_S = 5.0
"""How long ``close`` waits for a backend that is being loaded to notice; it does when it next reports."""

Result = TypeVar("Result")


def restart_delay_s(attempt: int, uniform: Callable[[float, float], float] = random.uniform) -> float:
    """How long to wait before restart number ``attempt`` (from 1): full jitter in [0, ceiling]."""
    return uniform(0.0, min(LONGEST_DELAY_S, FIRST_DELAY_S * 2.0 ** (attempt - 1)))


class Supervisor(Generic[Backend]):
    """One backend's worker, present or being (re)started; used on the conversation's loop only.

    ``make_worker`` builds an unstarted worker around the ``Progress`` it is given. ``release`` closes a
    backend that is used on the loop, there, once its worker has ended. After ``hand_over`` whoever still
    holds the supervisor is served by its successor, so that nobody who waits is forgotten.
    """

    def __init__(
        self,
        port: Port,
        name: str,
        make_worker: Callable[[Progress], Worker[Backend]],
        host: Host,
        publish: Callable[[Event], None],
        *,
        release: Callable[[Backend], Awaitable[None]] | None = None,
        stuck_after_s: float = STUCK_AFTER_S,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self.port = port
        self.name = name
        self.state = BackendState.OFF
        self.error: AloudError | None = None
        self._make_worker = make_worker
        self._host = host
        self._publish = publish
        self._release = release
        self._stuck_after_s = stuck_after_s
        self._clock = clock
        self._sleep = sleep
        self._uniform = uniform
        self._worker: Worker[Backend] | None = None
        self._settled = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._successor: Supervisor[Backend] | None = None
        self._closed = False

    def start(self) -> None:
        """Begins loading. Harmless when it runs already, or was closed."""
        if not self._closed and (self._task is None or self._task.done()):
            self._settled.clear()
            self._task = asyncio.get_running_loop().create_task(self._keep(), name=f"supervise {self.name}")

    def restart(self) -> None:
        """Tries again after a failure that ended the attempts."""
        if self.state is BackendState.FAILED:
            self.start()

    def hand_over(self, successor: "Supervisor[Backend]") -> None:
        """Lets ``successor`` serve every later call, and those that wait now; jobs under way go on here."""
        self._successor = successor
        self._settled.set()

    @property
    def ready(self) -> bool:
        """Whether a call would be served now."""
        if self._successor is not None:
            return self._successor.ready
        return self.state is BackendState.READY and not self._closed

    async def worker(self) -> Worker[Backend]:
        """The loaded worker, after waiting while it loads or restarts. Raises why there is none."""
        while True:
            await self._settled.wait()
            if self._successor is not None:
                return await self._successor.worker()
            if self._closed:
                raise BackendUnavailable("The {part} was closed.", "Ask again.", part=self.port.value)
            if self._worker is not None and self.ready and not self._worker.finished.done():
                return self._worker
            if self.error is not None:
                raise self.error
            self._settled.clear()

    async def call(self, job: Callable[[Backend], Result]) -> Result:
        """Does ``job`` on the worker's thread.

        Raises what the job raised; what is neither an ``AloudError`` nor ``Cancelled`` is wrapped as
        ``BackendCrashed``.
        Cancelling it does not stop a job that has begun.
        """
        worker = await self.worker()
        return await self.result_of(worker.call(job))

    def submit(self, job: Callable[[Backend], Result]) -> "Future[Result]":
        """Queues ``job`` without waiting. Raises ``BackendCrashed`` unless ``ready``."""
        if self._successor is not None:
            return self._successor.submit(job)
        if self._worker is None or not self.ready:
            raise BackendCrashed(
                "The {part} is not ready.", "It is being loaded; ask again.", part=self.port.value
            )
        return self._worker.call(job)

    async def result_of(self, future: "Future[Result]") -> Result:
        """Awaits a job's future as ``call`` does."""
        try:
            return await asyncio.wrap_future(future)
        except (AloudError, Cancelled, asyncio.CancelledError):
            raise
        except Exception as error:
            raise BackendCrashed(
                "The {part} crashed.", "It restarts by itself; ask again.", part=self.port.value
            ) from error

    async def close(self) -> None:
        """Stops the worker, whose queued jobs are done first, and waits for its thread (not if that hangs).

        Whoever waits for it, or asks later, is told; harmless when closed.
        """
        self._closed = True
        self._settled.set()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        worker, self._worker = self._worker, None
        if worker is not None and not worker.finished.done():
            limit_s = self._stuck_after_s if worker.loaded.done() else LEAVING_WAIT_S
            made = worker.call(lambda backend: backend)
            worker.stop()
            await asyncio.wait([_watched(worker.finished)], timeout=limit_s)
            if self._release is not None and made.done() and made.exception() is None:
                await self._release(made.result())
        if self.state is not BackendState.OFF:
            self._say(BackendState.OFF)

    async def _keep(self) -> None:
        try:
            await self._keep_alive()
        except Exception:
            log.exception("nobody looks after %s any more", self.name)
            if self._worker is not None:
                self._worker.stop()
            remedy = "Choose another in the settings, or restart Aloud; the log says why."
            self._give_up(BackendCrashed("The {part} crashed.", remedy, part=self.port.value))

    async def _keep_alive(self) -> None:
        failures = 0
        while True:
            self._say(BackendState.LOADING)
            started_at_s = self._clock()
            error = await self._live_once()
            if error is None or (isinstance(error, AloudError) and not isinstance(error, BackendCrashed)):
                self._give_up(error)
                return
            failures = 1 if self._clock() - started_at_s > HEALTHY_AFTER_S else failures + 1
            if failures > RESTARTS_IN_A_ROW:
                remedy = "Choose another in the settings, or restart Aloud; the log says why."
                self._give_up(BackendCrashed("The {part} keeps crashing.", remedy, part=self.port.value))
                return
            delay_s = restart_delay_s(failures, self._uniform)
            soon = Wording("It stopped and restarts in {delay_s:.1f} s.", delay_s=delay_s)
            self._say(BackendState.RESTARTING, None, soon)
            await self._sleep(delay_s)

    async def _live_once(self) -> BaseException | None:
        """Runs one worker to its end and returns what ended it."""
        loop = asyncio.get_running_loop()

        def progress(fraction: float | None, detail: str) -> None:
            loop.call_soon_threadsafe(self._loading, fraction, detail)

        worker = self._make_worker(progress)
        self._host(worker.name, worker.run)
        self._worker = worker  # only now: one that has no thread ends nothing and is waited for in vain
        ended, loaded = _watched(worker.finished), _watched(worker.loaded)
        while not ended.done():
            await asyncio.wait(
                [ended] if loaded.done() else [ended, loaded],
                timeout=HEARTBEAT_S,
                return_when="FIRST_COMPLETED",
            )
            if loaded.done() and loaded.exception() is None and not ended.done():
                self._tell_ready()
            limit_s = self._stuck_after_s if loaded.done() else STUCK_LOADING_AFTER_S
            if worker.silent_s() > limit_s:
                log.error("worker %s is stuck", worker.name)
                worker.abandon()
        return ended.exception()

    def _tell_ready(self) -> None:
        if self.state is not BackendState.READY:
            self._say(BackendState.READY)
            self._settled.set()

    def _loading(self, fraction: float | None, detail: str) -> None:
        if self.state is BackendState.LOADING:
            self._say(BackendState.LOADING, fraction, Wording(detail))

    def _give_up(self, error: BaseException | None) -> None:
        if isinstance(error, AloudError):
            self.error = error
            self._say(BackendState.FAILED, None, error.message, error.remedy)
        self._settled.set()

    def _say(
        self, state: BackendState, progress: float | None = None, detail: str = "", remedy: str = ""
    ) -> None:
        self.state = state
        if state is not BackendState.FAILED:
            self.error = None
        at_s = self._clock()
        self._publish(
            BackendStateChanged(NO_TURN, at_s, self.port, self.name, state, progress, detail, remedy)
        )


def _watched(future: "Future[Result]") -> "asyncio.Future[Result]":
    """``future`` on the loop; what it raises need not be looked at."""
    watched = asyncio.wrap_future(future)
    watched.add_done_callback(lambda done: done.cancelled() or done.exception())
    return watched
