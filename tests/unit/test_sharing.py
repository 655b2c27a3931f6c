"""The settings of the room as its server's options, and where guests are sent."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.broadcast import tailscale
from engine.settings import Sharing
from engine.sharing import SharedRoom, room_options
from tests.fakes.ports import free_port
from tests.fakes.tailscale import NAME, FakeTailscale


@pytest.fixture(autouse=True)
def no_tailscale(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, home: Path) -> Iterator[None]:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(tailscale, "MAC_PROGRAM", str(tmp_path / "none"))
    return iter([None])


def test_a_proxy_is_named_with_its_origin() -> None:
    options = room_options(Sharing(public_origins=("https://room.example.org",), proxies=("127.0.0.1",)))
    assert options.public_origins == {"https://room.example.org"}
    assert options.proxies == {"127.0.0.1"}
    assert (options.host, options.names) == ("127.0.0.1", frozenset())


def test_another_website_is_no_address_of_the_room() -> None:
    options = room_options(Sharing(allowed_origins=("https://friend.example",), original_protocol=True))
    assert options.public_origins == frozenset()
    assert options.other_origins == {"https://friend.example"}
    assert options.legacy_origins == {"https://friend.example", "http://localhost:5173"}


def test_in_a_container_it_listens_everywhere_and_tells_no_network() -> None:
    options = room_options(Sharing(public_origins=("http://localhost:3000",)), listen="0.0.0.0")
    assert (options.host, options.names) == ("0.0.0.0", frozenset())


def test_tailscale_may_pass_the_room_on_as_soon_as_it_likes(tmp_path: Path) -> None:
    FakeTailscale(tmp_path)
    options = room_options(Sharing())
    assert options.public_origins == {f"https://{NAME}"}
    assert options.proxies == {"127.0.0.1", "::1"}


def test_guests_are_sent_to_the_proxy_with_one_token_for_all_addresses() -> None:
    used: list[str] = []
    choice = Sharing(port=free_port(), public_origins=("https://room.example.org",))
    room = SharedRoom(choice, on_used=used.append)
    room.open()
    try:
        assert room.urls == ("https://room.example.org/",)
        invitation = room.invite("talker")
        assert invitation.url == f"https://room.example.org/#join={invitation.token}"
        assert (invitation.role, invitation.lasts_s) == ("talker", 600.0)
        assert not room.refresh()
        assert used == []
    finally:
        room.close()
        room.close()
