"""Who may knock: hosts and origins are compared whole, addresses as addresses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.broadcast.gate import Gate, HostPort, is_loopback, parse_host

GATE = Gate(
    "http", 3000, names=frozenset({"Kitchen.local"}), legacy_origins=frozenset({"http://localhost:5173"})
)


@pytest.mark.parametrize(
    ("header", "parsed"),
    [
        ("localhost:3000", HostPort("localhost", 3000)),
        ("LocalHost", HostPort("localhost", None)),
        ("[::1]:3000", HostPort("::1", 3000)),
        ("[fe80::1]", HostPort("fe80::1", None)),
        ("[127.0.0.1]:3000", None),
        ("::1", None),
        ("[::1]x", None),
        ("[::1", None),
        ("a:b:3000", None),
        ("user@localhost:3000", None),
        ("localhost:", None),
        ("localhost:0", None),
        ("localhost:65536", None),
        ("localhost:３000", None),
        (" localhost", None),
        ("-a", None),
        ("", None),
    ],
)
def test_a_host_header_is_parsed_exactly_or_not_at_all(header: str, parsed: HostPort | None) -> None:
    assert parse_host(header) == parsed


@given(st.text(max_size=40))
def test_any_host_header_can_be_judged(header: str) -> None:
    assert GATE.host_allowed(header, "127.0.0.1") == (
        header.lower() in ("127.0.0.1:3000", "localhost:3000", "kitchen.local:3000")
    )


@pytest.mark.parametrize(
    ("header", "local_address", "allowed"),
    [
        ("localhost:3000", "127.0.0.1", True),
        ("localhost:3000", "::1", True),
        ("localhost:3000", "192.168.1.5", False),
        ("192.168.1.5:3000", "192.168.1.5", True),
        ("192.168.1.6:3000", "192.168.1.5", False),
        ("192.168.1.5:3000", "::ffff:192.168.1.5", True),
        ("[fe80::1]:3000", "fe80::1%eth0", True),
        ("kitchen.local:3000", "192.168.1.5", True),
        ("KITCHEN.LOCAL:3000", "192.168.1.5", True),
        ("kitchen.local.:3000", "192.168.1.5", False),
        ("kitchen.local", "192.168.1.5", False),
        ("kitchen.local:3001", "192.168.1.5", False),
        ("xkitchen.local:3000", "192.168.1.5", False),
        (None, "127.0.0.1", False),
    ],
)
def test_a_host_is_known_or_not(header: str | None, local_address: str, allowed: bool) -> None:
    assert GATE.host_allowed(header, local_address) == allowed


def test_the_default_port_may_be_left_out() -> None:
    assert Gate("http", 80).host_allowed("localhost", "127.0.0.1")
    assert not Gate("http", 80).host_allowed("localhost:443", "127.0.0.1")
    assert Gate("https", 443).host_allowed("localhost", "127.0.0.1")


def test_only_its_own_page_and_public_origins_may_connect() -> None:
    gate = Gate("http", 3000, public_origins=frozenset({"https://room.example"}))
    assert gate.origin_allowed("http://localhost:3000", "localhost:3000")
    assert gate.origin_allowed("http://localhost:3000", "LOCALHOST:3000")
    assert gate.origin_allowed("https://room.example", "room.example")
    strangers = (
        *(None, "", "null", "https://localhost:3000", "http://localhost:3000.evil.example"),
        *("http://evil.example", "https://room.example:443", "https://sub.room.example"),
    )
    for foreign in strangers:
        assert not gate.origin_allowed(foreign, "localhost:3000")


def test_listed_origins_may_be_written_as_people_do() -> None:
    gate = Gate(
        "http",
        3000,
        public_origins=frozenset({" https://Room.Example/"}),
        legacy_origins=frozenset({"http://localhost:5173/"}),
    )
    assert gate.origin_allowed("https://room.example", "room.example")
    assert gate.host_allowed("room.example", "127.0.0.1")
    assert gate.legacy_origin_allowed("http://localhost:5173")


def test_origins_of_the_original_protocol_are_listed() -> None:
    assert GATE.legacy_origin_allowed("http://localhost:5173")
    for foreign in (None, "null", "http://localhost:51730", "http://LOCALHOST:5173"):
        assert not GATE.legacy_origin_allowed(foreign)


@pytest.mark.parametrize(
    ("text", "loopback"),
    [("127.0.0.1", True), ("127.8.9.1", True), ("::1", True), ("::ffff:127.0.0.1", True),
     ("127.evil.com", False), ("127.0.0.1.evil.com", False), ("localhost", False), ("10.0.0.1", False),
     ("127.1", False), ("0x7f000001", False), ("", False)],
)  # fmt: skip
def test_loopback_is_an_address_not_a_prefix(text: str, loopback: bool) -> None:
    assert is_loopback(text) == loopback


def test_a_port_that_is_published_elsewhere_is_known_by_its_public_origin() -> None:
    """A container's own address is not the one that the browser sees."""
    gate = Gate("http", 3_000, public_origins=frozenset({"http://localhost:8080"}))
    for host, allowed in (("localhost:8080", True), ("localhost:8081", False), ("127.0.0.1:8080", False)):
        assert gate.host_allowed(host, "172.17.0.2") is allowed
    assert gate.origin_allowed("http://localhost:8080", "localhost:8080")
    assert not gate.origin_allowed("http://localhost:8081", "localhost:8080")


def test_another_website_may_connect_and_is_no_name_of_this_server() -> None:
    gate = Gate("http", 3_000, other_origins=frozenset({"https://friend.example"}))
    assert gate.origin_allowed("https://friend.example", "localhost:3000")
    assert not gate.host_allowed("friend.example", "127.0.0.1")
