"""The servers of the broadcast benchmark, which tell sound at 12.5 Hz.

``python -m benchmarks.broadcast_sides KIND`` serves; it is told what to do in lines on its standard
input and answers each with a line.
"""

import asyncio
import sys
import threading
import time
from typing import Final

import numpy as np
from websockets.asyncio.server import ServerConnection, broadcast, serve
from websockets.exceptions import ConnectionClosed

from engine.broadcast.messages import Listener
from engine.broadcast.options import RoomOptions
from engine.broadcast.packets import SOUND_HEADER
from engine.broadcast.server import RoomServer
from engine.pcm import SpeechFrame
from engine.units import FRAME_S, FRAME_SAMPLES, TurnId

ROOM_OPTIONS: Final = RoomOptions(port=0, mode="room", max_clients=4_000, per_address=4_000)


def keep_busy() -> None:
    """Computes in Python for ever, as a careless thread of the same program would."""
    number = 0
    while True:
        number = (number * 31 + 7) % 1_000_003


class AloudSide:
    """This project's server, fed as a conversation feeds it: from another thread."""

    def __init__(self) -> None:
        self._invited = self._present = 0
        self._server = RoomServer(ROOM_OPTIONS, on_listeners=self._note)
        self._server.start()
        self.port = self._server.port
        self._sequence = 0

    def invite(self) -> str:
        """A token for one client. The first is an owner, who is told of the others."""
        self._invited += 1
        return self._server.invite("owner" if self._invited == 1 else "listener").token

    def present(self) -> int:
        """How many clients there are."""
        return self._present

    def _note(self, listeners: tuple[Listener, ...]) -> None:
        self._present = len(listeners)

    def send(self) -> None:
        """One frame, due now, so that its header holds the moment it was sent."""
        samples = np.zeros(FRAME_SAMPLES, np.float32)
        self._server.audio(SpeechFrame(TurnId(1), self._sequence, samples), time.monotonic_ns() // 1_000)
        self._sequence += 1


class PlainSide:
    """What the library's own ``broadcast`` does, with compression off and nothing else changed."""

    def __init__(self) -> None:
        self._connections: set[ServerConnection] = set()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self.port = 0
        threading.Thread(target=lambda: self._loop.run_until_complete(self._serve()), daemon=True).start()
        self._ready.wait()

    async def _serve(self) -> None:
        async def handle(connection: ServerConnection) -> None:
            self._connections.add(connection)
            try:
                async for message in connection:
                    await connection.send(message)
            except ConnectionClosed:
                pass
            finally:
                self._connections.discard(connection)

        async with serve(handle, "127.0.0.1", 0, compression=None, backlog=1_024) as server:
            self.port = server.sockets[0].getsockname()[1]
            self._ready.set()
            await asyncio.get_running_loop().create_future()

    def present(self) -> int:
        """How many clients there are."""
        return len(self._connections)

    def invite(self) -> str:
        """Nobody is asked for one here."""
        return ""

    def send(self) -> None:
        """One message of the same size as the other side's."""
        header = SOUND_HEADER.pack(1, 2, 0, 1, 0, 0, time.monotonic_ns() // 1_000)
        self._loop.call_soon_threadsafe(broadcast, self._connections, header + bytes(4 * FRAME_SAMPLES))


def main(kind: str) -> None:
    """Serves until the end of standard input."""
    side = AloudSide() if kind == "aloud" else PlainSide()
    stop = threading.Event()
    feeder: threading.Thread | None = None

    def feed() -> None:
        while not stop.wait(FRAME_S):
            side.send()

    print(side.port, flush=True)
    for line in sys.stdin:
        match line.strip():
            case "invite":
                print(side.invite(), flush=True)
            case "present":
                print(side.present(), flush=True)
            case "busy":
                threading.Thread(target=keep_busy, daemon=True).start()
                print("busy", flush=True)
            case "start":
                stop.clear()
                feeder = threading.Thread(target=feed, daemon=True)
                feeder.start()
                print("started", flush=True)
            case "stop":
                stop.set()
                if feeder is not None:
                    feeder.join()
                print("stopped", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
