"""Sockets that say nothing: how many, whose, and which one goes first."""

from dataclasses import dataclass

from engine.broadcast.connection import HANDSHAKES_PER_ADDRESS, MAX_HANDSHAKES, Handshakes


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
