"""Names, addresses and invitations as people meet them."""

import ipaddress
import socket

import pytest

from engine.broadcast.discovery import local_name, own_addresses
from engine.broadcast.invitations import base_urls, qr_svg, qr_text


@pytest.mark.parametrize(
    ("host", "name"),
    [("Kitchen", "aloud-kitchen.local"), ("Anna's Mac.lan", "aloud-anna-s-mac.local"),
     ("---", "aloud-room.local"), ("x" * 80, "aloud-" + "x" * 57 + ".local")],
)  # fmt: skip
def test_a_host_name_becomes_a_name_on_the_network(
    monkeypatch: pytest.MonkeyPatch, host: str, name: str
) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: host)
    assert local_name() == name


def test_own_addresses_are_private_and_not_loopback() -> None:
    for text in own_addresses():
        address = ipaddress.ip_address(text)
        assert address.is_private
        assert not address.is_loopback


def test_urls_name_the_room_by_name_and_address() -> None:
    urls = base_urls("https", 3000, "aloud-kitchen.local", ["192.168.1.20", "fd00::2"])
    assert urls == (
        "https://aloud-kitchen.local:3000/",
        "https://192.168.1.20:3000/",
        "https://[fd00::2]:3000/",
    )


URL = "http://aloud-kitchen.local:3000/#join=tW0nC7oR1vB2xZ9qL4kJ6hG8fD3sA5pY"


def test_a_picture_of_a_url_is_svg_without_anything_to_run() -> None:
    svg = qr_svg(URL)
    assert svg.startswith("<svg") and "#fff" in svg
    assert "script" not in svg and "http://aloud" not in svg


def test_a_terminal_picture_is_a_square_with_a_quiet_zone() -> None:
    rows = qr_text(URL).splitlines()
    width = len(rows[0])
    assert {len(row) for row in rows} == {width}
    assert len(rows) == (width + 1) // 2
    assert set(rows[0]) == {"█"}
