"""How many can follow the room: ``python -m benchmarks.broadcast [--json] [--counts 50,200] [--busy]``.

For each number of clients, all on this machine and in another process than the servers, frames of 80 ms
in f32le (7,704 bytes) are sent in real time, by this project's server and by one that uses the library's
own ``broadcast``. The clients send what the page sends: every 10 s a report and a burst of clock probes, as
many as it takes to get a quick answer; the plain server answers with what it was sent. One of ours is an
owner, who is told of the others.

The servers take turns, second by second, so that what else the machine does strikes all. Then, of each
kind, one client of a server stops reading while another server of the same kind with as many clients, the
control, has no such client; all four take turns. A client that was cut off is replaced by the next that
stops reading, and a second in which that happened does not count.

cpu_percent     of one core, of the server's process, while it sends and answers
p50_ms, p99_ms  from the voice's thread handing a frame over to a client having it: of each second, and
                of those the median
worst_p99_ms    of the worst second
kb_per_client   resident memory that a client adds
stalled_p99_ms  the others' p99, as above, while one client does not read
control_p99_ms  the control's, in the same minute
stalled_growth_kb, control_growth_kb   by how much the server's memory grew meanwhile, at its peak
cut_off         how many clients that did not read were cut off
"""

import argparse
import asyncio
import json
import resource
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np

from benchmarks.broadcast_audience import Audience
from benchmarks.machine import describe_machine, print_machine

COUNTS: Final = (50, 200, 500, 1_000)
STALLED_WINDOWS: Final = 20
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
    control_p99_ms: float
    stalled_growth_kb: float
    control_growth_kb: float
    cut_off: int


async def measure(count: int, windows: int, busy: bool) -> list[Figures]:
    """Both servers with one number of clients each."""
    kinds = ("aloud", "plain")
    audiences = [Audience(kind) for kind in kinds]
    controls = [Audience(kind) for kind in kinds]
    everybody = [*audiences, *controls]
    try:
        for audience in everybody:
            await audience.gather(count)
            if busy:
                audience.side.ask("busy")
        await take_turns(audiences, windows)
        healthy = [Healthy.of(audience) for audience in audiences]
        before_kb = [audience.side.memory_kb() for audience in everybody]
        for audience in audiences:
            audience.begin(stalls=True)
        await take_turns(everybody, STALLED_WINDOWS)
        growth_kb = [
            round(audience.peak_kb - before) for audience, before in zip(everybody, before_kb, strict=True)
        ]
        return [
            Figures(
                kind=kind,
                clients=count,
                **asdict(healthy[index]),
                kb_per_client=round(audiences[index].kb_per_client, 1),
                stalled_p99_ms=median(audiences[index].share(99)),
                control_p99_ms=median(controls[index].share(99)),
                stalled_growth_kb=growth_kb[index],
                control_growth_kb=growth_kb[index + len(kinds)],
                cut_off=audiences[index].cut_off,
            )
            for index, kind in enumerate(kinds)
        ]
    finally:
        for audience in everybody:
            audience.close()


@dataclass(frozen=True, slots=True)
class Healthy:
    """What a server did while everybody read."""

    cpu_percent: float
    p50_ms: float
    p99_ms: float
    worst_p99_ms: float

    @classmethod
    def of(cls, audience: Audience) -> "Healthy":
        """From the windows so far."""
        p99s = audience.share(99)
        cpu_percent = round(100.0 * audience.cpu_s / audience.sending_s, 2)
        return cls(cpu_percent, median(audience.share(50)), median(p99s), round(max(p99s), 2))


def median(values: list[float]) -> float:
    """The median, as it is shown."""
    return round(float(np.median(values)), 2) if values else float("nan")


async def take_turns(audiences: list[Audience], windows: int) -> None:
    """So many windows of each, in turn."""
    for _ in range(windows):
        for audience in audiences:
            await audience.window()


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
            "stall_ratio": round(ours.stalled_p99_ms / max(ours.control_p99_ms, 1e-9), 3),
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
