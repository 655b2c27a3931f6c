"""Sockets that say nothing: how many, whose, and which one goes first."""

from dataclasses import dataclass

from websockets.datastructures import Headers
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

from engine.broadcast.connection import (
    HANDSHAKES_PER_ADDRESS,
    MAX_HANDSHAKES,
    PING,
    PING_S,
    Handshakes,
    RoomConnection,
)


@dataclass(eq=False)
class Idle:
    """A transport of which only the end counts."""

    aborted: bool = False

    def abort(self) -> None:
        self.aborted = True


def begin(handshakes: Handshakes, address: str, count: int) -> list[Idle]:
    made = [Idle() for _ in range(count)]
    for one in made:
        handshakes.begin(one, address)
    return made


def test_an_address_has_so_many_and_the_oldest_goes() -> None:
    handshakes = Handshakes()
    idle = begin(handshakes, "10.0.0.1", HANDSHAKES_PER_ADDRESS + 3)
    assert [one.aborted for one in idle] == [True] * 3 + [False] * HANDSHAKES_PER_ADDRESS


def test_one_that_has_spoken_makes_room() -> None:
    handshakes = Handshakes()
    idle = begin(handshakes, "10.0.0.1", HANDSHAKES_PER_ADDRESS)
    handshakes.end(idle[3])
    handshakes.end(idle[3])
    begin(handshakes, "10.0.0.1", 1)
    assert not any(one.aborted for one in idle)


def test_many_addresses_together_do_not_keep_another_out() -> None:
    handshakes = Handshakes()
    crowds = [begin(handshakes, f"10.0.0.{number}", 16) for number in range(4)]
    assert sum(map(len, crowds)) == MAX_HANDSHAKES
    (honest,) = begin(handshakes, "10.0.0.9", 1)
    assert not honest.aborted
    assert [sum(one.aborted for one in crowd) for crowd in crowds] == [1, 0, 0, 0]
    begin(handshakes, "10.0.0.8", 1)
    assert not honest.aborted  # its address has the fewest


def test_a_proxy_brings_everybody() -> None:
    handshakes = Handshakes(proxies=frozenset({"10.0.0.1"}))
    idle = begin(handshakes, "10.0.0.1", MAX_HANDSHAKES)
    assert not any(one.aborted for one in idle)
    begin(handshakes, "10.0.0.1", 1)
    assert [one.aborted for one in idle].count(True) == 1


def test_all_are_dropped_when_the_room_closes() -> None:
    handshakes = Handshakes()
    idle = begin(handshakes, "10.0.0.1", 3)
    handshakes.drop_all()
    assert all(one.aborted for one in idle)


class Line:
    """A transport that notes what is written."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.aborted = False

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def abort(self) -> None:
        self.aborted = True


class SilentClient:
    """A connection that is open and of which nothing comes but what the test says."""

    def __init__(self) -> None:
        self.line = Line()
        self.clock_s = 100.0
        self.connection = RoomConnection(ServerProtocol(), None)
        self.connection.loop = self  # type: ignore[assignment]  # of the loop only its time is asked
        self.connection.transport = self.line  # type: ignore[assignment]  # a fake
        self.connection.protocol.state = State.OPEN
        self.connection.request = Request("/socket", Headers())
        self.connection.hand_to(lambda data, is_text: None)
        self.says(b"hello")

    def time(self) -> float:
        return self.clock_s

    def says(self, data: bytes) -> None:
        self.connection.process_event(Frame(Opcode.TEXT, data))

    def passes(self, seconds: float) -> None:
        self.clock_s += seconds
        self.connection.ask_if_silent(self.clock_s)


async def test_a_client_that_says_nothing_is_asked_once_and_then_let_go_of() -> None:
    client = SilentClient()
    client.passes(PING_S - 0.1)
    assert client.line.written == []
    client.passes(0.2)
    client.passes(PING_S - 0.1)
    assert (client.line.written, client.line.aborted) == ([PING], False)
    client.passes(0.2)
    assert client.line.aborted


async def test_a_client_that_is_heard_is_not_asked_and_an_answer_is_enough() -> None:
    client = SilentClient()
    for _ in range(5):
        client.passes(PING_S - 0.1)
        client.says(b"I am here")
    assert client.line.written == []
    client.passes(PING_S + 0.1)
    client.connection.process_event(Frame(Opcode.PONG, b""))
    client.passes(PING_S - 0.1)
    assert (client.line.written, client.line.aborted) == ([PING], False)
    client.passes(0.2)
    assert (client.line.written, client.line.aborted) == ([PING, PING], False)


async def test_a_machine_that_slept_lets_nobody_go_unasked() -> None:
    client = SilentClient()
    client.passes(10 * PING_S)
    assert (client.line.written, client.line.aborted) == ([PING], False)
    client.says(b"still here")
    client.passes(0.1)
    assert not client.line.aborted


async def test_who_has_not_joined_or_is_leaving_is_not_asked() -> None:
    for state in (State.CONNECTING, State.CLOSING, State.CLOSED):
        client = SilentClient()
        client.connection.protocol.state = state
        client.passes(3 * PING_S)
        assert (client.line.written, client.line.aborted) == ([], False)
