"""One server of the broadcast benchmark with its clients, second by second."""

import asyncio
import socket
import subprocess
import sys
from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt
import psutil

from benchmarks.broadcast_client import RawClient

JOINING_AT_ONCE: Final = 16
WINDOW_S: Final = 1.0
SETTLE_S: Final = 0.2
MEMORY_EVERY_S: Final = 0.05
FIRST_BURSTS: Final = 3
SPREAD_S: Final = 2.0
"""Before they are measured the clients learn how quick an answer can be, as the page has by then."""


class Side:
    """A server in a process of its own."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._child = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.broadcast_sides", kind],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.process = psutil.Process(self._child.pid)
        self.port = int(self._read())

    def ask(self, line: str) -> str:
        """Tells the server something and returns its answer."""
        assert self._child.stdin is not None
        self._child.stdin.write(line + "\n")
        self._child.stdin.flush()
        return self._read()

    def _read(self) -> str:
        assert self._child.stdout is not None
        return self._child.stdout.readline().strip()

    def cpu_s(self) -> float:
        """The processor time it has used so far."""
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def memory_kb(self) -> float:
        """Its resident memory."""
        return float(self.process.memory_info().rss / 1_024)

    def close(self) -> None:
        """Ends it."""
        assert self._child.stdin is not None and self._child.stdout is not None
        self._child.stdin.close()
        self._child.stdout.close()
        self._child.terminate()
        self._child.wait()


async def connect(side: Side, count: int) -> list[RawClient]:
    """So many clients that have joined."""
    loop = asyncio.get_running_loop()
    clients: list[RawClient] = []
    while len(clients) < count:
        batch = []
        for _ in range(min(JOINING_AT_ONCE, count - len(clients))):
            token = side.ask("invite")
            raw = socket.create_connection(("127.0.0.1", side.port))
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
            _, client = await loop.create_connection(partial(RawClient, side.port, token), sock=raw)
            batch.append(client)
        await asyncio.gather(*(client.joined for client in batch))
        clients += batch
    return clients


class Audience:
    """One server and its clients, and what was seen of them second by second."""

    def __init__(self, kind: str) -> None:
        self.side = Side(kind)
        self.clients: list[RawClient] = []
        self.kb_per_client = 0.0
        self.windows: list[npt.NDArray[np.float64]] = []
        self.cpu_s = 0.0
        self.sending_s = 0.0
        self.peak_kb = 0.0
        self.cut_off = 0
        self._stalls = False

    async def gather(self, count: int) -> None:
        """Has so many clients join."""
        self.clients = await connect(self.side, 1)
        empty_kb = self.side.memory_kb()
        self.clients += await connect(self.side, count - 1)
        self.kb_per_client = (self.side.memory_kb() - empty_kb) / max(1, count - 1)
        for _ in range(FIRST_BURSTS):
            for client in self.clients:
                client.burst_within(SPREAD_S)
            await asyncio.sleep(SPREAD_S + SETTLE_S)

    def begin(self, *, stalls: bool = False) -> None:
        """Forgets what was seen; from now on one client does not read, if it ``stalls``."""
        self.windows.clear()
        self.cpu_s = self.sending_s = self.peak_kb = 0.0
        self._stalls = stalls
        if stalls:
            self.clients[-1].read(False)

    async def window(self) -> None:
        """Sends for a second and notes what came of it."""
        clock = asyncio.get_running_loop().time
        for client in self.clients:
            client.behave_as_page(True)
        cpu_before_s, began_s = self.side.cpu_s(), clock()
        self.side.ask("start")
        while clock() - began_s < WINDOW_S:
            self.peak_kb = max(self.peak_kb, self.side.memory_kb())
            await asyncio.sleep(MEMORY_EVERY_S)
        self.side.ask("stop")
        self.cpu_s += self.side.cpu_s() - cpu_before_s
        self.sending_s += clock() - began_s
        for client in self.clients:
            client.behave_as_page(False)
        await asyncio.sleep(SETTLE_S)
        self._note()

    def _note(self) -> None:
        reading = self.clients[:-1] if self._stalls else self.clients
        ages = np.array([age for client in reading for age in client.ages_ms])
        for client in self.clients:
            client.ages_ms.clear()
        if self._stalls and int(self.side.ask("present")) < len(self.clients):
            self.cut_off += 1
            self.clients.pop().abort()
            self.clients[-1].read(False)
        else:
            self.windows.append(ages)

    def share(self, percent: float) -> list[float]:
        """A percentile of each window since ``begin``."""
        return [float(np.percentile(window, percent)) for window in self.windows if len(window)]

    def close(self) -> None:
        """Ends the clients and the server."""
        for client in self.clients:
            client.abort()
        self.side.close()
