"""How many can follow the room: ``python -m benchmarks.broadcast [--json] [--counts 50,200] [--busy]``.

For each number of clients, all on this machine and in another process than the servers, frames of 80 ms
in f32le (7,704 bytes) are sent in real time, by this project's server and by one that uses the library's
own ``broadcast``. The two take turns, second by second, so that what else the machine does strikes both.
Then one client of each stops reading, and they go on taking turns.

cpu_percent     of one core, of the server's process, while it sends
p50_ms, p99_ms  from the voice's thread handing a frame over to a client having it: of each second, and
                of those the median
worst_p99_ms    of the worst second
kb_per_client   resident memory that a client adds
stalled_p99_ms  the others' p99, as above, while one client does not read
stalled_growth_kb   by how much the server's memory grows meanwhile
"""

import argparse
import asyncio
import json
import resource
import socket
import subprocess
import sys
from dataclasses import asdict, dataclass
from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt
import psutil

from benchmarks.broadcast_sides import RawClient
from benchmarks.machine import describe_machine, print_machine

COUNTS: Final = (50, 200, 500, 1_000)
JOINING_AT_ONCE: Final = 16
WINDOW_S: Final = 1.0
SETTLE_S: Final = 0.2
STALLED_WINDOWS: Final = 12
"""The kernel takes several seconds of sound before a stall shows."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What one server did with one number of clients."""

    kind: str
    clients: int
    cpu_percent: float
    p50_ms: float
    p99_ms: float
    worst_p99_ms: float
    kb_per_client: float
    stalled_p99_ms: float
    stalled_growth_kb: float
    stalled_client_cut_off: bool


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

    def __init__(self, side: Side) -> None:
        self.side = side
        self.clients: list[RawClient] = []
        self.kb_per_client = 0.0
        self.windows: list[npt.NDArray[np.float64]] = []
        self.cpu_s = 0.0
        self.sending_s = 0.0

    async def gather(self, count: int) -> None:
        """Has so many clients join."""
        self.clients = await connect(self.side, 1)
        empty_kb = self.side.memory_kb()
        self.clients += await connect(self.side, count - 1)
        self.kb_per_client = (self.side.memory_kb() - empty_kb) / max(1, count - 1)

    async def window(self) -> None:
        """Sends for a second and notes what came of it."""
        clock = asyncio.get_running_loop().time
        cpu_before_s, began_s = self.side.cpu_s(), clock()
        self.side.ask("start")
        await asyncio.sleep(WINDOW_S)
        self.side.ask("stop")
        self.cpu_s += self.side.cpu_s() - cpu_before_s
        self.sending_s += clock() - began_s
        await asyncio.sleep(SETTLE_S)
        ages = np.array([age for client in self.clients[1:] for age in client.ages_ms])
        self.windows.append(ages)
        for client in self.clients:
            client.ages_ms.clear()

    def share(self, percent: float) -> list[float]:
        """A percentile of each window since the last ``forget``."""
        return [float(np.percentile(window, percent)) for window in self.windows if len(window)]

    def close(self) -> None:
        """Ends the clients and the server."""
        for client in self.clients:
            if client.transport is not None:
                client.transport.abort()
        self.side.close()


async def measure(count: int, windows: int, busy: bool) -> list[Figures]:
    """Both servers with one number of clients each."""
    audiences = [Audience(Side(kind)) for kind in ("aloud", "plain")]
    try:
        for audience in audiences:
            await audience.gather(count)
            if busy:
                audience.side.ask("busy")
        await take_turns(audiences, windows)
        healthy = [(audience.share(50), audience.share(99)) for audience in audiences]
        cpu_percents = [100.0 * audience.cpu_s / audience.sending_s for audience in audiences]
        before_kb = [audience.side.memory_kb() for audience in audiences]
        for audience in audiences:
            audience.windows.clear()
            reads_no_more(audience.clients[0])
        await take_turns(audiences, STALLED_WINDOWS)
        after_kb = [audience.side.memory_kb() for audience in audiences]
        for audience in audiences:
            reads_again(audience.clients[0])
        await asyncio.sleep(0.5)
        return [
            Figures(
                kind=audience.side.kind,
                clients=count,
                cpu_percent=round(cpu_percent, 2),
                p50_ms=round(float(np.median(p50s)), 2),
                p99_ms=round(float(np.median(p99s)), 2),
                worst_p99_ms=round(max(p99s), 2),
                kb_per_client=round(audience.kb_per_client, 1),
                stalled_p99_ms=round(float(np.median(audience.share(99))), 2),
                stalled_growth_kb=round(after - before),
                stalled_client_cut_off=audience.clients[0].lost,
            )
            for audience, cpu_percent, (p50s, p99s), before, after in zip(
                audiences, cpu_percents, healthy, before_kb, after_kb, strict=True
            )
        ]
    finally:
        for audience in audiences:
            audience.close()


async def take_turns(audiences: list[Audience], windows: int) -> None:
    """So many windows of each, in turn."""
    for _ in range(windows):
        for audience in audiences:
            await audience.window()


def reads_no_more(client: RawClient) -> None:
    """The client goes on being connected and takes nothing in."""
    assert client.transport is not None
    client.transport.pause_reading()


def reads_again(client: RawClient) -> None:
    """The client takes in what waits, and learns so whether it was cut off."""
    assert client.transport is not None
    client.transport.resume_reading()


def main() -> None:
    """Runs the benchmark and prints its figures."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--json", action="store_true", help="the last line is one JSON object")
    parser.add_argument("--counts", default=",".join(map(str, COUNTS)))
    parser.add_argument("--seconds", type=int, default=10, help="how long each server sends")
    parser.add_argument("--busy", action="store_true", help="beside a thread that computes in Python")
    arguments = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(16_384, hard) if hard > 0 else 16_384, hard))
    print_machine()
    results: list[Figures] = []
    for count in map(int, arguments.counts.split(",")):
        for figures in asyncio.run(measure(count, arguments.seconds, arguments.busy)):
            results.append(figures)
            print(" ".join(f"{name}={value}" for name, value in asdict(figures).items()), flush=True)
    ratios = {
        str(ours.clients): {
            "cpu_ratio": round(ours.cpu_percent / max(plain.cpu_percent, 1e-9), 3),
            "p99_ratio": round(ours.p99_ms / max(plain.p99_ms, 1e-9), 3),
            "stall_ratio": round(ours.stalled_p99_ms / max(ours.p99_ms, 1e-9), 3),
        }
        for ours, plain in zip(results[::2], results[1::2], strict=True)
    }
    for clients, ratio in ratios.items():
        print(f"{clients} clients, against the plain server: {ratio}")
    if arguments.json:
        line = {"machine": describe_machine(), "figures": [asdict(one) for one in results], "ratios": ratios}
        print(json.dumps(line))


if __name__ == "__main__":
    main()
