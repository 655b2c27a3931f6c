"""One test for each threat that the room was built against: who comes in, what a role may, what gets out."""

import asyncio
import json
from typing import Any, get_args

import pytest

from engine.broadcast import messages as m
from engine.broadcast.options import RoomOptions
from engine.events import NO_TURN, BackendState, BackendStateChanged, Port
from tests.fakes.room import RecordedCommands, http, join, knock, origin, refused_status, served


@pytest.mark.parametrize(
    "foreign",
    [None, "null", "http://evil.example", "http://127.0.0.1", "http://127.0.0.1.evil.example:{port}",
     "https://127.0.0.1:{port}", "http://127.0.0.1:{port}.evil.example", "http://127.0.0.1:{port}/"],
)  # fmt: skip
async def test_cross_site_sockets_are_refused(foreign: str | None) -> None:
    async with served() as server:
        value = foreign.format(port=server.port) if foreign else None
        assert await refused_status(knock(server, origin=value)) == 403


@pytest.mark.parametrize(
    "host",
    ["evil.example:{port}", "127.0.0.1:1", "127.0.0.1", "127.evil.com:{port}", "127.0.0.1:{port}@evil.com",
     "192.168.1.7:{port}", "2130706433:{port}", "127.1:{port}", "localhost.:{port}", "[::1]:{port}", "", " "],
)  # fmt: skip
async def test_dns_rebinding_is_refused_for_pages_and_sockets(host: str) -> None:
    async with served() as server:
        name = host.format(port=server.port)
        upgrade = ("Upgrade: websocket", "Connection: Upgrade", f"Origin: http://{name}")
        assert (await http(server, "GET /", host=name or " "))[0] == 421
        assert (await http(server, "GET /socket", *upgrade, host=name or " "))[0] == 421


async def test_a_token_is_needed_on_loopback_too() -> None:
    async with served() as server:
        for hello in (m.Hello(), m.Hello(token="0" * 32), m.Hello(session="0" * 32)):
            socket = await knock(server)
            await socket.send(m.encode(hello), text=True)
            error = m.decode_server(await socket.recv())
            assert isinstance(error, m.Error) and error.code == "unauthorised"
            await socket.wait_closed()
            assert socket.close_code == 4401


async def test_a_join_token_lets_one_client_in() -> None:
    async with served() as server:
        token = server.invite("listener").token
        client = await join(server, token=token)
        socket = await knock(server)
        await socket.send(m.encode(m.Hello(token=token)), text=True)
        error = m.decode_server(await socket.recv())
        assert isinstance(error, m.Error) and error.code == "unauthorised"
        await client.socket.close()


async def test_a_client_can_not_name_its_own_role() -> None:
    async with served() as server:
        token = server.invite("listener").token
        socket = await knock(server)
        await socket.send(json.dumps({"type": "hello", "token": token, "role": "owner"}))
        error = m.decode_server(await socket.recv())
        assert isinstance(error, m.Error) and error.code == "malformed"
        await socket.close()


@pytest.mark.parametrize(
    ("role", "message"),
    [("listener", m.Ask("x")), ("listener", m.Stop()), ("listener", m.Press()), ("typist", m.Press()),
     ("talker", m.Mute(True)), ("talker", m.Invite("owner")), ("talker", m.Promote("x", "owner")),
     ("talker", m.Hush("x", True)), ("talker", m.Remove("x"))],
)  # fmt: skip
async def test_a_role_does_no_more_than_it_may(role: m.RoleName, message: m.ClientMessage) -> None:
    async with served() as server:
        commands = server.commands = RecordedCommands()
        client = await join(server, role)
        for _ in range(3):
            await client.send(message)
            assert (await client.until(m.Error)).code == "forbidden"
        assert await client.closed() == 1008
        assert not commands.calls


async def test_revoking_closes_at_once_and_for_good() -> None:
    async with served() as server:
        commands = server.commands = RecordedCommands()
        client = await join(server, "talker")
        await client.send(m.Press())
        await client.until(m.Talker)
        assert await asyncio.to_thread(server.remove, client.welcome.listener)
        assert await client.closed() == 4403
        await commands.made("stop")
        socket = await knock(server)
        await socket.send(m.encode(m.Hello(session=client.welcome.session)), text=True)
        error = m.decode_server(await socket.recv())
        assert isinstance(error, m.Error) and error.code == "unauthorised"


async def test_a_demoted_talker_loses_the_floor_at_once() -> None:
    async with served() as server:
        commands = server.commands = RecordedCommands()
        client = await join(server, "talker")
        await client.send(m.Press())
        await client.until(m.Talker)
        assert await asyncio.to_thread(server.promote, client.welcome.listener, "listener")
        await client.until(m.RoleChanged)
        await commands.made("stop")
        await client.send(m.Ask("Still?"))
        assert (await client.until(m.Error)).code == "forbidden"
        await client.socket.close()


async def test_the_page_may_do_nothing_but_talk_to_its_server(tmp_path: Any) -> None:
    (tmp_path / "index.html").write_text("<!doctype html>")
    (tmp_path / "secret.pem").write_text("key")
    (tmp_path.parent / "outside.html").write_text("outside")
    async with served(RoomOptions(port=0, page=tmp_path)) as server:
        status, headers, body = await http(server, "GET /?x=1")
        assert (status, body) == (200, b"<!doctype html>")
        policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
        assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == "'self'"
        host = f"127.0.0.1:{server.port}"
        assert policy["connect-src"] == f"'self' ws://{host} wss://{host}"
        assert policy["img-src"] == "'self' data:"
        assert headers["x-content-type-options"] == "nosniff"
        assert "server" not in headers
        for path in ("/secret.pem", "/../outside.html", "/%2e%2e/outside.html", "/nothing", "//index.html"):
            assert (await http(server, f"GET {path}"))[0] == 404
        for method in ("POST", "HEAD", "OPTIONS"):
            assert (await http(server, f"{method} /"))[0] == 405


async def test_an_odd_path_is_no_page() -> None:
    async with served() as server:
        for path in ("//[", "http://[/", "/\\", "*"):
            assert (await http(server, f"GET {path}"))[0] == 404


async def test_a_filter_decides_what_is_asked() -> None:
    options = RoomOptions(port=0, question_filter=lambda text: "rude" not in text)
    async with served(options) as server:
        commands = server.commands = RecordedCommands()
        client = await join(server, "typist")
        await client.send(m.Ask("something rude"))
        assert (await client.until(m.Error)).code == "refused_text"
        await client.send(m.Ask("something kind"))
        await commands.made("ask", "something kind")
        assert commands.calls == [("ask", "something kind")]
        await client.socket.close()


async def test_a_proxys_word_counts_only_where_it_is_trusted() -> None:
    header = {"additional_headers": {"X-Forwarded-For": "198.51.100.7, 203.0.113.9"}}
    for proxies, address in ((frozenset[str](), "127.0.0.1"), (frozenset({"127.0.0.1"}), "203.0.113.9")):
        async with served(RoomOptions(port=0, proxies=proxies)) as server:
            owner = await join(server, "owner", name="direct")
            token = server.invite("listener").token
            socket = await knock(server, **header)
            await socket.send(m.encode(m.Hello(token=token, name="forwarded")), text=True)
            seen = await owner.until(
                m.Listeners, lambda told: any(one.name == "forwarded" for one in told.listeners)
            )
            assert next(one.address for one in seen.listeners if one.name == "forwarded") == address
            await socket.close()
            await owner.socket.close()


async def test_a_public_origin_is_served_behind_a_proxy() -> None:
    options = RoomOptions(port=0, public_origins=frozenset({"https://room.example"}))
    async with served(options) as server:
        assert (await http(server, "GET /", host="room.example"))[0] == 404  # known by this name; no page
        assert (await http(server, "GET /", host="room.example:81"))[0] == 421
        upgrade = ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Protocol: aloud.2")
        key = ("Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Version: 13")
        assert (
            await http(server, "GET /", *upgrade, *key, "Origin: https://evil.example", host="room.example")
        )[0] == 403
        socket = await knock(server, origin="https://room.example")
        await socket.close()
        assert origin(server).startswith("http://127.0.0.1")


def test_nothing_a_client_says_names_a_place_to_fetch_from() -> None:
    fields = {field for kind in get_args(m.ClientMessage) for field in kind.__struct_fields__}
    allowed = {"token", "session", "format", "delay_ms", "name", "id", "client_us", "text", "muted"}
    allowed |= {"round_trip_ms", "buffer_ms", "sync_error_ms", "late_packets", "role", "listener", "hushed"}
    assert fields == allowed


async def test_what_a_backend_says_about_itself_stays_here() -> None:
    async with served() as server:
        client = await join(server)
        server.publish(
            BackendStateChanged(
                NO_TURN, 1.0, Port.LANGUAGE_MODEL, "openai", BackendState.FAILED, None, "sk-1234", "x"
            )
        )
        assert await client.receive() == m.Backend("language model", "failed")
        await client.leave()
