"""Calls onto the net loop, and its end."""

import asyncio

import pytest

from engine.broadcast.net_loop import Calls, close_loop, new_loop
from engine.errors import AloudError


def test_a_closed_loop_drops_calls_and_refuses_questions() -> None:
    loop = new_loop()
    calls = Calls(loop)
    close_loop(loop, [])
    calls.end()
    calls.end()
    calls.call(lambda: pytest.fail("nothing runs any more"))
    with pytest.raises(AloudError, match="not open"):
        calls.ask(lambda: 1)


async def test_an_answer_is_the_result_or_the_failure() -> None:
    calls = Calls(asyncio.get_running_loop())
    assert await asyncio.to_thread(calls.ask, lambda: 1) == 1
    with pytest.raises(ZeroDivisionError):
        await asyncio.to_thread(calls.ask, lambda: 1 // 0)


def test_what_still_goes_on_when_the_loop_closes_is_cancelled() -> None:
    loop = new_loop()
    ended: list[bool] = []

    async def go_on() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    async def begin() -> "asyncio.Task[None]":
        task = asyncio.create_task(go_on())
        await asyncio.sleep(0)
        return task

    task = loop.run_until_complete(begin())
    close_loop(loop, [])
    assert task.cancelled() and ended == [True]
