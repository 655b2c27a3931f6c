"""How many can follow the room: ``python -m benchmarks.broadcast [--json] [--counts 50,200] [--busy]``.

For each number of clients, all on this machine and in another process than the server, frames of 80 ms
in f32le (7,704 bytes) are sent in real time, to this project's server and to one that uses the library's
own ``broadcast``, in turn. Then one client of each stops reading.

cpu_percent     of one core, of the server's process
p50_ms, p99_ms  from the voice's thread handing a frame over to a client having it
kb_per_client   resident memory that a client adds
stalled_p99_ms  the others' p99 while one client does not read
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
SETTLE_S: Final = 1.0
LEFT_BEHIND_S: Final = 20.0
"""The stalled phase is at least so long: the kernel takes several seconds of sound before a stall shows."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What one server did with one number of clients."""

    kind: str
    clients: int
    cpu_percent: float
    p50_ms: float
    p99_ms: float
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


async def ages(clients: list[RawClient], seconds: float) -> npt.NDArray[np.float64]:
    """How old every packet was that the clients had within so many seconds."""
    await asyncio.sleep(SETTLE_S)
    for client in clients:
        client.ages_ms.clear()
    await asyncio.sleep(seconds)
    return np.array([age for client in clients for age in client.ages_ms])


async def measure(kind: str, count: int, seconds: float, busy: bool) -> Figures:
    """One server with one number of clients."""
    side = Side(kind)
    try:
        warm = await connect(side, 1)
        empty_kb = side.memory_kb()
        clients = await connect(side, count - 1) + warm
        kb_per_client = (side.memory_kb() - empty_kb) / max(1, count - 1)
        if busy:
            side.ask("busy")
        side.ask("start")
        cpu_before_s, began_s = side.cpu_s(), asyncio.get_running_loop().time()
        healthy = await ages(clients, seconds)
        took_s = asyncio.get_running_loop().time() - began_s
        cpu_percent = 100.0 * (side.cpu_s() - cpu_before_s) / took_s
        stalled, others = clients[0], clients[1:]
        before_kb = side.memory_kb()
        assert stalled.transport is not None
        stalled.transport.pause_reading()
        behind = await ages(others, max(seconds, LEFT_BEHIND_S))
        growth_kb = side.memory_kb() - before_kb
        stalled.transport.resume_reading()
        await asyncio.sleep(0.5)
        side.ask("stop")
        figures = Figures(
            kind=kind,
            clients=count,
            cpu_percent=round(cpu_percent, 2),
            p50_ms=round(float(np.percentile(healthy, 50)), 2),
            p99_ms=round(float(np.percentile(healthy, 99)), 2),
            kb_per_client=round(kb_per_client, 1),
            stalled_p99_ms=round(float(np.percentile(behind, 99)), 2),
            stalled_growth_kb=round(growth_kb),
            stalled_client_cut_off=stalled.lost,
        )
        for client in clients:
            if client.transport is not None:
                client.transport.abort()
        return figures
    finally:
        side.close()


def main() -> None:
    """Runs the benchmark and prints its figures."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--json", action="store_true", help="the last line is one JSON object")
    parser.add_argument("--counts", default=",".join(map(str, COUNTS)))
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--busy", action="store_true", help="beside a thread that computes in Python")
    arguments = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(16_384, hard) if hard > 0 else 16_384, hard))
    print_machine()
    results: list[Figures] = []
    for count in map(int, arguments.counts.split(",")):
        for kind in ("aloud", "plain"):
            figures = asyncio.run(measure(kind, count, arguments.seconds, arguments.busy))
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
