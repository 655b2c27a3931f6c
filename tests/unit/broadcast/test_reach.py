"""Guests are sent only to addresses that answer, and to new ones when the network changes."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from engine.broadcast import discovery, tailscale
from engine.broadcast.options import RoomOptions
from engine.broadcast.reach import Reach
from tests.fakes.tailscale import NAME, FakeTailscale


class Network:
    """What this machine has of one."""

    def __init__(self) -> None:
        self.addresses: list[str] = ["192.168.1.20"]
        self.may_announce = True
        self.announced: list[Sequence[str]] = []

    def announce(
        self, name: str, port: int, scheme: str, addresses: Sequence[str]
    ) -> Callable[[], None] | None:
        if not self.may_announce:
            return None
        self.announced.append(addresses)
        return lambda: self.announced.remove(addresses)


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Network]:
    network = Network()
    monkeypatch.setattr(discovery, "own_addresses", lambda: list(network.addresses))
    monkeypatch.setattr(discovery, "local_name", lambda: "aloud-mac.local")
    monkeypatch.setattr(discovery, "announce", network.announce)
    monkeypatch.setattr(tailscale, "MAC_PROGRAM", str(tmp_path / "none"))
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    yield network
    assert network.announced == []


def test_on_the_network_it_is_found_by_name_and_address(network: Network) -> None:
    reach = Reach(RoomOptions(), 3_000, on_network=True)
    assert reach.look()
    assert reach.urls == ("http://aloud-mac.local:3000/", "http://192.168.1.20:3000/")
    assert not reach.look()
    reach.close()


def test_a_name_that_could_not_be_announced_is_not_given_out(network: Network) -> None:
    network.may_announce = False
    reach = Reach(RoomOptions(), 3_000, on_network=True)
    reach.look()
    assert reach.urls == ("http://192.168.1.20:3000/",)
    network.addresses = []
    assert reach.look()
    assert reach.urls == ("http://localhost:3000/",)


def test_another_network_is_announced_to(network: Network) -> None:
    reach = Reach(RoomOptions(), 3_000, on_network=True)
    reach.look()
    network.addresses = ["10.0.0.5"]
    assert reach.look()
    assert reach.urls == ("http://aloud-mac.local:3000/", "http://10.0.0.5:3000/")
    assert network.announced == [["10.0.0.5"]]
    reach.close()


def test_on_this_machine_only_nothing_is_announced(network: Network) -> None:
    reach = Reach(RoomOptions(), 3_000, on_network=False)
    reach.look()
    assert reach.urls == ("http://localhost:3000/",)
    assert network.announced == []


def test_a_proxy_s_address_comes_first(network: Network) -> None:
    options = RoomOptions(public_origins=frozenset({"https://room.example.org"}))
    alone, shared = Reach(options, 3_000, on_network=False), Reach(options, 3_000, on_network=True)
    alone.look()
    shared.look()
    assert alone.urls == ("https://room.example.org/",)
    assert shared.urls[:2] == ("https://room.example.org/", "http://aloud-mac.local:3000/")
    shared.close()


def test_tailscale_s_address_is_given_out_once_it_serves(network: Network, tmp_path: Path) -> None:
    own = FakeTailscale(tmp_path)
    reach = Reach(RoomOptions(public_origins=frozenset({f"https://{NAME}"})), 3_000, on_network=False)
    reach.look()
    assert reach.urls == ("http://localhost:3000/",)
    assert reach.tailscale is not None and not reach.tailscale.serves
    own.serves(3_000)
    assert reach.look()
    assert reach.urls == (f"https://{NAME}/",)
