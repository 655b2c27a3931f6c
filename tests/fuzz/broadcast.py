"""A fuzz target for what clients may send: ``python -m tests.fuzz.broadcast [--seconds 60] [--seed 1]``.

``one_input`` takes any bytes, reads them as a client's messages with pauses and decisions of the server
between, and raises where the codec or the session machine does. Here it is driven by mutations of the
golden files; a coverage-guided fuzzer can drive the same function.
"""

import argparse
import contextlib
import json
import random
import time
from pathlib import Path

from engine.broadcast.effects import Admit, Close
from engine.broadcast.packets import MalformedPacket, decode_sound
from engine.broadcast.session import ClientSession

GOLDEN = Path(__file__).parents[1] / "golden"
ROLES = ("listener", "typist", "talker", "owner")


class _Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def one_input(data: bytes) -> None:
    """Plays ``data`` as one connection: records of a kind, a length in two bytes, and so many bytes."""
    clock = _Clock()
    session = ClientSession(legacy=bool(data[:1] and data[0] & 1), now_us=lambda: 1, clock=clock)
    rest = data[1:]
    while len(rest) >= 3:
        kind, length = rest[0] % 8, int.from_bytes(rest[1:3], "big")
        body, rest = rest[3 : 3 + length], rest[3 + length :]
        closed = session.closed
        effects = []
        match kind:
            case 0 | 1 | 2 | 3:
                effects = session.receive_text(body.decode("utf-8", "replace"))
            case 4 | 5:
                effects = session.receive_binary(body)
                _decode(body)
            case 6:
                clock.now_s += length / 100
            case _:
                (session.give_floor if length % 2 else session.take_floor)()
        assert not (closed and effects), "it speaks after its end"
        for effect in effects:
            if isinstance(effect, Admit):
                session.admit(ROLES[length % 4])  # type: ignore[arg-type]  # one of the roles' names
            assert not isinstance(effect, Close) or session.closed


def _decode(body: bytes) -> None:
    with contextlib.suppress(MalformedPacket):
        decode_sound(body)


def seeds() -> list[bytes]:
    """Records that hold the golden files' messages and packets."""
    found = []
    for name in ("client_messages.json", "malformed_client_messages.json"):
        for entry in json.loads((GOLDEN / name).read_text("utf-8")):
            found.append(_record(0, entry["text"].encode()))
    for name in ("talk_packets.json", "malformed_talk_packets.json", "sound_packets.json"):
        for entry in json.loads((GOLDEN / name).read_text("utf-8")):
            found.append(_record(4, bytes.fromhex(entry["hex"])))
    return [*found, _record(6, bytes(300)), _record(7, b"x")]


def _record(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + len(body).to_bytes(2, "big") + body


def mutated(dice: random.Random, records: list[bytes]) -> bytes:
    """A connection of some records, with some of its bytes changed, added or taken away."""
    data = bytearray([dice.randrange(4)])
    data += records[0]  # a hello, mostly
    for _ in range(dice.randrange(12)):
        data += dice.choice(records)
    for _ in range(dice.choice((0, 0, 1, 4, 16))):
        at = dice.randrange(1, len(data) + 1)
        data[at : at + dice.randrange(3)] = dice.randbytes(dice.randrange(3))
    return bytes(data)


def main() -> None:
    """Fuzzes for so many seconds; prints the input that failed, in hex."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    dice, records, tried = random.Random(arguments.seed), seeds(), 0
    end_s = time.monotonic() + arguments.seconds
    while time.monotonic() < end_s:
        data = mutated(dice, records)
        try:
            one_input(data)
        except BaseException:
            print(f"failed on {data.hex()}")
            raise
        tried += 1
    print(f"{tried} connections, none raised")


if __name__ == "__main__":
    main()
