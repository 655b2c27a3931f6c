"""The net thread's loop: made, called from other threads until it ends, and closed with all that is left."""

import asyncio
import logging
import socket
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from typing import Any, Final, TypeVar

from engine.broadcast.client import CLOSE_TIMEOUT_S
from engine.errors import AloudError

log = logging.getLogger(__name__)

ANSWER_S: Final = 10.0

Result = TypeVar("Result")


def not_open() -> AloudError:
    """What whoever asks something of a closed room is told."""
    return AloudError("The room is not open.", "Switch sharing on first.")


class Calls:
    """Runs what any thread asks for on ``loop``, until ``end``."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._ended = False
        self._asked: set[Future[Any]] = set()

    def call(self, function: Callable[[], object]) -> None:
        """Runs ``function`` soon; dropped where the loop is gone."""
        try:
            self._loop.call_soon_threadsafe(function)
        except RuntimeError:
            log.debug("the net loop is closed")

    def ask(self, function: Callable[[], Result]) -> Result:
        """The result of ``function``; blocks for it. Raises ``AloudError`` where the loop ends first."""
        answer: Future[Result] = Future()

        def run() -> None:
            with suppress(InvalidStateError):  # ended meanwhile
                try:
                    answer.set_result(function())
                except Exception as error:  # noqa: BLE001 - handed to whoever waits
                    answer.set_exception(error)

        self._asked.add(answer)
        try:
            if self._ended:  # looked at once ``end`` can see the answer
                raise not_open()
            self.call(run)
            return answer.result(timeout=ANSWER_S)
        finally:
            self._asked.discard(answer)

    def end(self) -> None:
        """Nothing is run from now on: who waits for an answer gets ``AloudError``. Harmless when ended."""
        self._ended = True
        for answer in self._asked.copy():  # one step, which no other thread comes between
            with suppress(InvalidStateError):
                answer.set_exception(not_open())


def new_loop() -> asyncio.AbstractEventLoop:
    """The fastest there is."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop


def close_loop(loop: asyncio.AbstractEventLoop, sockets: list[socket.socket]) -> None:
    """Closes it, its ``sockets``, and what still goes on there."""
    for listening in sockets:
        listening.close()
    loop.run_until_complete(_end_the_rest())
    loop.run_until_complete(loop.shutdown_asyncgens())
    asyncio.set_event_loop(None)
    loop.close()


async def _end_the_rest() -> None:
    """Cancels what still goes on, which may have forgotten the cancel it had."""
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    if left:
        await asyncio.wait(left, timeout=CLOSE_TIMEOUT_S)
