"""Supervision: restarts with full jitter, giving up, stuck workers, and errors for a person."""

import asyncio
import threading
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.crossing import Cancelled
from engine.errors import BackendCrashed, BackendUnavailable, ModelMissing
from engine.events import BackendState, BackendStateChanged, Event, Port
from engine.ports import Progress
from engine.supervise import RESTARTS_IN_A_ROW, Supervisor, restart_delay_s
from engine.workers import Worker, host_on_thread

WATCHDOG_S = 10.0


class Rig:
    """A supervisor over scripted backends, with a clock that tests move and sleeps that return at once."""

    def __init__(self, *scripts: Callable[[], str]) -> None:
        self.scripts = list(scripts)
        self.events: list[BackendStateChanged] = []
        self.slept: list[float] = []
        self.now_s = 0.0
        self.report: Progress = lambda fraction, detail: None
        self.supervisor = Supervisor(
            Port.SYNTHESIZER, "scripted", self.make_worker, host_on_thread, self.heard,
            clock=lambda: self.now_s, sleep=self.sleep, uniform=lambda low, high: high,
        )  # fmt: skip

    def make_worker(self, progress: Progress) -> Worker[str]:
        script = self.scripts.pop(0)

        def make(report: Progress) -> str:
            self.report = report
            return script()

        return Worker("scripted", make, on_progress=progress, clock=lambda: self.now_s)

    def heard(self, event: Event) -> None:
        assert isinstance(event, BackendStateChanged)
        self.events.append(event)

    async def sleep(self, delay_s: float) -> None:
        self.slept.append(delay_s)
        await asyncio.sleep(0)

    @property
    def states(self) -> list[BackendState]:
        return [event.state for event in self.events]


def crash() -> str:
    raise RuntimeError("no memory")


def missing() -> str:
    raise ModelMissing("No voice on disk.", "Download it.")


def no_thread(name: str, body: Callable[[], None]) -> None:
    raise RuntimeError("can't start new thread")


def job_that_crashes(backend: str) -> None:
    raise RuntimeError("bad frame")


@given(st.integers(1, 50), st.floats(0, 1))
def test_the_delay_is_full_jitter_under_a_ceiling(attempt: int, share: float) -> None:
    delay_s = restart_delay_s(attempt, lambda low, high: low + share * (high - low))
    assert 0.0 <= delay_s <= min(8.0, 0.5 * 2.0 ** (attempt - 1))


async def test_a_call_waits_while_it_loads() -> None:
    rig = Rig(lambda: "voice")
    rig.supervisor.start()
    assert await rig.supervisor.call(lambda backend: backend + "!") == "voice!"
    assert rig.states == [BackendState.LOADING, BackendState.READY]
    await rig.supervisor.close()
    assert rig.states[-1] is BackendState.OFF


async def test_a_crash_is_restarted_and_the_next_call_works() -> None:
    rig = Rig(lambda: "first", lambda: "second")
    rig.supervisor.start()
    with pytest.raises(BackendCrashed):
        await rig.supervisor.call(job_that_crashes)
    assert await asyncio.wait_for(rig.supervisor.call(lambda backend: backend), WATCHDOG_S) == "second"
    assert BackendState.RESTARTING in rig.states
    assert rig.slept == [0.5]
    await rig.supervisor.close()


async def test_a_job_that_was_called_off_is_no_crash() -> None:
    def called_off(backend: str) -> None:
        raise Cancelled

    rig = Rig(lambda: "first")
    rig.supervisor.start()
    with pytest.raises(Cancelled):
        await rig.supervisor.call(called_off)
    assert await asyncio.wait_for(rig.supervisor.call(lambda backend: backend), WATCHDOG_S) == "first"
    await rig.supervisor.close()


async def test_it_gives_up_after_five_restarts_in_a_row_and_can_be_asked_again() -> None:
    rig = Rig(*[crash] * (RESTARTS_IN_A_ROW + 1), lambda: "mended")
    rig.supervisor.start()
    with pytest.raises(BackendCrashed):
        await asyncio.wait_for(rig.supervisor.call(lambda backend: backend), WATCHDOG_S)
    assert rig.slept == [0.5, 1.0, 2.0, 4.0, 8.0]
    assert rig.events[-1].remedy
    rig.supervisor.restart()
    assert await asyncio.wait_for(rig.supervisor.call(lambda backend: backend), WATCHDOG_S) == "mended"
    await rig.supervisor.close()


async def test_closing_does_not_wait_for_the_loading_to_end() -> None:
    loading = threading.Event()

    def load() -> str:
        loading.set()
        while True:
            rig.report(0.5, "still loading")

    rig = Rig(load)
    rig.supervisor.start()
    assert await asyncio.to_thread(loading.wait, WATCHDOG_S)
    await asyncio.wait_for(rig.supervisor.close(), WATCHDOG_S)
    assert rig.states[-1] is BackendState.OFF


async def test_closing_gives_up_on_a_loading_that_does_not_report(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.supervise.LEAVING_WAIT_S", 0.05)
    loading, hang = threading.Event(), threading.Event()

    def load() -> str:
        loading.set()
        hang.wait(WATCHDOG_S)
        return "too late"

    rig = Rig(load)
    rig.supervisor.start()
    assert await asyncio.to_thread(loading.wait, WATCHDOG_S)
    await asyncio.wait_for(rig.supervisor.close(), WATCHDOG_S / 2)
    hang.set()


async def test_a_minute_of_health_forgives_earlier_crashes() -> None:
    rig = Rig(crash, crash, lambda: "healthy", lambda: "again")
    rig.supervisor.start()
    await asyncio.wait_for(rig.supervisor.call(lambda backend: backend), WATCHDOG_S)
    rig.now_s += 61.0
    with pytest.raises(BackendCrashed):
        await rig.supervisor.call(job_that_crashes)
    await asyncio.wait_for(rig.supervisor.call(lambda backend: backend), WATCHDOG_S)
    assert rig.slept == [0.5, 1.0, 0.5]
    await rig.supervisor.close()


async def test_what_a_person_must_mend_is_not_retried() -> None:
    rig = Rig(missing)
    rig.supervisor.start()
    with pytest.raises(ModelMissing):
        await asyncio.wait_for(rig.supervisor.call(lambda backend: backend), WATCHDOG_S)
    assert rig.slept == []
    assert (rig.events[-1].state, rig.events[-1].remedy) == (BackendState.FAILED, "Download it.")
    await rig.supervisor.close()


async def test_where_no_thread_can_be_started_whoever_waits_is_told() -> None:
    rig, hosts = Rig(lambda: "never", lambda: "mended"), [no_thread, host_on_thread]
    rig.supervisor._host = lambda name, body: hosts.pop(0)(name, body)
    rig.supervisor.start()
    with pytest.raises(BackendCrashed):
        await asyncio.wait_for(rig.supervisor.call(lambda backend: backend), WATCHDOG_S)
    assert (rig.states[-1], bool(rig.events[-1].remedy)) == (BackendState.FAILED, True)
    rig.supervisor.restart()
    assert await asyncio.wait_for(rig.supervisor.call(lambda backend: backend), WATCHDOG_S) == "mended"
    await rig.supervisor.close()


async def test_a_stuck_job_fails_and_the_worker_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.supervise.HEARTBEAT_S", 0.01)
    rig = Rig(lambda: "hangs", lambda: "fresh")
    hang, hanging = threading.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def job(backend: str) -> None:
        loop.call_soon_threadsafe(hanging.set)
        hang.wait(WATCHDOG_S)

    rig.supervisor.start()
    stuck = asyncio.ensure_future(rig.supervisor.call(job))
    await hanging.wait()
    rig.now_s += 6.0
    with pytest.raises(BackendCrashed):
        await asyncio.wait_for(stuck, WATCHDOG_S)
    assert await asyncio.wait_for(rig.supervisor.call(lambda backend: backend), WATCHDOG_S) == "fresh"
    hang.set()
    await rig.supervisor.close()


async def test_closing_tells_everybody_who_waits_whatever_it_was_doing() -> None:
    let = threading.Event()

    def load() -> str:
        let.wait(WATCHDOG_S)
        return "late"

    rig = Rig(load)
    rig.supervisor.start()
    waiting = [asyncio.ensure_future(rig.supervisor.call(lambda backend: backend)) for _ in range(3)]
    await asyncio.sleep(0)
    closing = asyncio.ensure_future(rig.supervisor.close())
    told = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), WATCHDOG_S)
    assert [type(error) for error in told] == [BackendUnavailable] * 3
    let.set()
    await closing
    with pytest.raises(BackendUnavailable):
        await asyncio.wait_for(rig.supervisor.call(lambda backend: backend), WATCHDOG_S)
    assert not rig.supervisor.ready
    assert rig.states[-1] is BackendState.OFF


async def test_a_backend_that_is_being_closed_is_not_ready_for_more() -> None:
    rig, let, busy = Rig(lambda: "voice"), threading.Event(), threading.Event()

    def job(backend: str) -> str:
        busy.set()
        let.wait(WATCHDOG_S)
        return "done"

    rig.supervisor.start()
    working = asyncio.ensure_future(rig.supervisor.call(job))
    await asyncio.to_thread(busy.wait, WATCHDOG_S)
    closing = asyncio.ensure_future(rig.supervisor.close())
    await asyncio.sleep(0)
    assert not rig.supervisor.ready
    let.set()
    assert await asyncio.wait_for(working, WATCHDOG_S) == "done", "what it was doing is done"
    await asyncio.gather(closing, rig.supervisor.close())
    assert rig.states.count(BackendState.OFF) == 1


async def test_whoever_asks_a_backend_that_handed_over_is_served_by_its_successor() -> None:
    let = threading.Event()
    former, successor = Rig(lambda: "late" if let.wait(WATCHDOG_S) else ""), Rig(lambda: "new")
    former.supervisor.start()
    waiting = asyncio.ensure_future(former.supervisor.call(lambda backend: backend))
    await asyncio.sleep(0)
    successor.supervisor.start()
    await successor.supervisor.worker()
    former.supervisor.hand_over(successor.supervisor)
    assert await asyncio.wait_for(waiting, WATCHDOG_S) == "new"
    assert former.supervisor.ready
    assert await asyncio.wrap_future(former.supervisor.submit(lambda backend: backend)) == "new"
    let.set()
    await former.supervisor.close()
    assert await former.supervisor.call(lambda backend: backend) == "new"
    await successor.supervisor.close()
