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

from engine.errors import AloudError, BackendCrashed
from engine.events import NO_TURN, BackendState, BackendStateChanged, Event, Port
from engine.ports import Progress
from engine.workers import Backend, Cancelled, Host, Worker

log = logging.getLogger(__name__)

FIRST_DELAY_S = 0.5
LONGEST_DELAY_S = 8.0
RESTARTS_IN_A_ROW = 5
HEALTHY_AFTER_S = 60.0
HEARTBEAT_S = 1.0
STUCK_AFTER_S = 5.0
STUCK_LOADING_AFTER_S = 300.0

Result = TypeVar("Result")


def restart_delay_s(attempt: int, uniform: Callable[[float, float], float] = random.uniform) -> float:
    """How long to wait before restart number ``attempt`` (from 1): full jitter in [0, ceiling]."""
    return uniform(0.0, min(LONGEST_DELAY_S, FIRST_DELAY_S * 2.0 ** (attempt - 1)))


class Supervisor(Generic[Backend]):
    """One backend's worker, present or being (re)started; used on the conversation's loop only.

    ``make_worker`` builds an unstarted worker around the ``Progress`` it is given.
    """

    def __init__(
        self,
        port: Port,
        name: str,
        make_worker: Callable[[Progress], Worker[Backend]],
        host: Host,
        publish: Callable[[Event], None],
        *,
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
        self._stuck_after_s = stuck_after_s
        self._clock = clock
        self._sleep = sleep
        self._uniform = uniform
        self._worker: Worker[Backend] | None = None
        self._settled = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins loading. Harmless when it runs already."""
        if self._task is None or self._task.done():
            self._settled.clear()
            self._task = asyncio.get_running_loop().create_task(self._keep(), name=f"supervise {self.name}")

    def restart(self) -> None:
        """Tries again after a failure that ended the attempts."""
        if self.state is BackendState.FAILED:
            self.start()

    @property
    def ready(self) -> bool:
        """Whether a call would be served now."""
        return self.state is BackendState.READY

    async def worker(self) -> Worker[Backend]:
        """The loaded worker, after waiting while it loads or restarts. Raises why there is none."""
        while True:
            await self._settled.wait()
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
        if self._worker is None or not self.ready:
            raise BackendCrashed(f"The {self.port.value} is not ready.", "It is being loaded; ask again.")
        return self._worker.call(job)

    async def result_of(self, future: "Future[Result]") -> Result:
        """Awaits a job's future as ``call`` does."""
        try:
            return await asyncio.wrap_future(future)
        except (AloudError, Cancelled, asyncio.CancelledError):
            raise
        except Exception as error:
            raise BackendCrashed(
                f"The {self.port.value} crashed.", "It restarts by itself; ask again."
            ) from error

    async def close(self) -> None:
        """Stops the worker and waits until its thread is done (not for one that hangs)."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        worker, self._worker = self._worker, None
        if worker is not None and not worker.finished.done():
            worker.stop()
            limit_s = STUCK_LOADING_AFTER_S if not worker.loaded.done() else self._stuck_after_s
            await asyncio.wait([asyncio.wrap_future(worker.finished)], timeout=limit_s)
        self._say(BackendState.OFF)

    async def _keep(self) -> None:
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
                self._give_up(BackendCrashed(f"The {self.port.value} keeps crashing.", remedy))
                return
            delay_s = restart_delay_s(failures, self._uniform)
            self._say(BackendState.RESTARTING, None, f"It stopped and restarts in {delay_s:.1f} s.")
            await self._sleep(delay_s)

    async def _live_once(self) -> BaseException | None:
        """Runs one worker to its end and returns what ended it."""
        loop = asyncio.get_running_loop()

        def progress(fraction: float | None, detail: str) -> None:
            loop.call_soon_threadsafe(self._loading, fraction, detail)

        worker = self._worker = self._make_worker(progress)
        self._host(worker.name, worker.run)
        ended = asyncio.wrap_future(worker.finished)
        loaded = asyncio.wrap_future(worker.loaded)
        while not ended.done():
            await asyncio.wait(
                [ended] if loaded.done() else [ended, loaded],
                timeout=HEARTBEAT_S,
                return_when="FIRST_COMPLETED",
            )
            if loaded.done() and loaded.exception() is None and not ended.done() and not self.ready:
                self._say(BackendState.READY)
                self._settled.set()
            limit_s = self._stuck_after_s if loaded.done() else STUCK_LOADING_AFTER_S
            if worker.silent_s() > limit_s:
                log.error("worker %s is stuck", worker.name)
                worker.abandon()
        if loaded.done():
            loaded.exception()  # the same as what ended it
        return ended.exception()

    def _loading(self, fraction: float | None, detail: str) -> None:
        if self.state is BackendState.LOADING:
            self._say(BackendState.LOADING, fraction, detail)

    def _give_up(self, error: BaseException | None) -> None:
        if isinstance(error, AloudError):
            self.error = error
            self._say(BackendState.FAILED, None, str(error), error.remedy)
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
