"""Cancels that are heeded, where a client library may forget one.

On Python 3.11 ``asyncio.wait_for``, on which both bus libraries wait, forgets a cancel that comes in the
tick in which what it waits for arrives; a caller that goes on then does so for ever.
"""

import asyncio
import logging
from collections.abc import Awaitable
from typing import Any, Final, TypeVar

log = logging.getLogger(__name__)

AGAIN_S: Final = 0.1
"""After so long a task that goes on is cancelled again; long enough to clear up after the first time."""

Result = TypeVar("Result")


async def heeding(work: Awaitable[Result]) -> Result:
    """The result of ``work``; a caller's cancel ends both, whatever ``work`` makes of it."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError:
        await end(task)
        raise
    return task.result()


async def end(task: "asyncio.Task[Any]", *, within_s: float = 0.0) -> None:
    """Waits ``within_s`` for ``task`` to end, then cancels it until it does; its failure is only logged."""
    if within_s:
        await asyncio.wait([task], timeout=within_s)
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=AGAIN_S)
    if not task.cancelled() and (error := task.exception()) is not None:
        log.warning("%s failed while it was ended", task.get_name(), exc_info=error)
