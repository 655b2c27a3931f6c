"""Waiting for what the bus tells."""

import asyncio

from engine.bus import Bus
from engine.events import Event, TurnEnded


def turn_end(bus: Bus) -> "asyncio.Future[TurnEnded]":
    """Resolves with the end of the next turn that ends. Call it on the conversation's loop."""
    ended: asyncio.Future[TurnEnded] = asyncio.get_running_loop().create_future()

    def hear(event: Event) -> None:
        if isinstance(event, TurnEnded) and not ended.done():
            ended.set_result(event)

    undo = bus.subscribe(hear)
    ended.add_done_callback(lambda _: undo())
    return ended
