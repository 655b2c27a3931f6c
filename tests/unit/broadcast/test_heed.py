"""What is cancelled ends, though a library forgets the cancel."""

import asyncio
import logging

import pytest

from engine.broadcast.heed import end, heeding
from tests.watchdog import WATCHDOG_S


class Forgetful:
    """Waits for ``arrival`` as a library does, and then for what never comes."""

    def __init__(self) -> None:
        self.arrival: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting = asyncio.Event()

    async def __call__(self) -> None:
        self.waiting.set()
        try:
            await asyncio.wait_for(self.arrival, WATCHDOG_S)
        except asyncio.CancelledError:
            self.arrival.cancel()
            raise

        await asyncio.Event().wait()


async def test_a_cancel_in_the_tick_of_the_arrival_is_heeded() -> None:
    work = Forgetful()
    caller = asyncio.create_task(heeding(work()))
    await work.waiting.wait()
    await asyncio.sleep(0)
    work.arrival.set_result(None)
    caller.cancel()
    async with asyncio.timeout(WATCHDOG_S):
        await asyncio.wait([caller])
    assert caller.cancelled()


async def test_a_task_that_forgets_a_cancel_is_ended() -> None:
    work = Forgetful()
    task = asyncio.create_task(work())
    await work.waiting.wait()
    await asyncio.sleep(0)
    work.arrival.set_result(None)
    async with asyncio.timeout(WATCHDOG_S):
        await end(task)
    assert task.cancelled()


async def test_a_result_and_a_failure_come_through() -> None:
    async def result() -> int:
        return 1

    async def failure() -> int:
        raise OSError

    assert await heeding(result()) == 1
    with pytest.raises(OSError):
        await heeding(failure())


async def test_what_ends_in_time_is_not_cancelled() -> None:
    done = asyncio.Event()

    async def last_words() -> str:
        await done.wait()
        return "said"

    task = asyncio.create_task(last_words())
    asyncio.get_running_loop().call_soon(done.set)
    await end(task, within_s=WATCHDOG_S)
    assert task.result() == "said"


async def test_a_failure_on_the_way_out_is_logged_and_not_raised(caplog: pytest.LogCaptureFixture) -> None:
    async def failing() -> None:
        raise ValueError("why")

    with caplog.at_level(logging.WARNING):
        await end(asyncio.create_task(failing(), name="the task"), within_s=WATCHDOG_S)
    assert "the task failed while it was ended" in caplog.text
