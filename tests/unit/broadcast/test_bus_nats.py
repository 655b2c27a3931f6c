"""The NATS bus: leaving while the client library is on its way back to a server that is gone."""

import asyncio

from engine.broadcast.bus_nats import NatsBus


class ClientCaughtReconnecting:
    """A client whose own reconnecting was called off while both waited for the same socket to close."""

    is_connected = False

    async def close(self) -> None:
        waited_for = asyncio.get_running_loop().create_future()
        waited_for.cancel()
        await waited_for


async def test_a_client_that_calls_off_its_own_closing_does_not_call_off_the_caller() -> None:
    left = NatsBus(ClientCaughtReconnecting())
    await left.close()
    caller = asyncio.current_task()
    assert caller is not None and caller.cancelling() == 0
