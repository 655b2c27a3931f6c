"""One test for each threat that the room was built against."""

import asyncio
import contextlib
import json
from typing import Any, get_args

import numpy as np
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from engine.broadcast import messages as m
from engine.broadcast.options import RoomOptions
from engine.broadcast.packets import SoundPacket, TalkPacket, encode_talk
from engine.broadcast.server import RoomServer
from engine.events import NO_TURN, BackendState, BackendStateChanged, Port
from tests.fakes.clock import StillClock
from tests.fakes.room import Listening, RecordedCommands, in_us, join, knock, origin, served


async def http(
    server: RoomServer, request: str, *headers: str, host: str | None = None
) -> tuple[int, dict[str, str], bytes]:
    """The status, headers and body that a raw request gets."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    lines = [f"{request} HTTP/1.1", f"Host: {host or f'127.0.0.1:{server.port}'}", *headers, "", ""]
    writer.write("\r\n".join(lines).encode())
    async with asyncio.timeout(20.0):
        answer = await reader.read()
    writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    fields = {name.lower(): value for name, _, value in (line.partition(": ") for line in rest)}
    return int(first.split()[1]), fields, body


async def refused_status(attempt: connect) -> int:
    with pytest.raises(InvalidStatus) as refused:
        await attempt
    return refused.value.response.status_code


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


async def test_too_large_a_message_closes() -> None:
    async with served() as server:
        client = await join(server)
        await client.socket.send("x" * 65_537)
        assert await client.closed() == 1009


async def test_three_faults_close() -> None:
    async with served() as server:
        client = await join(server)
        for _ in range(3):
            await client.socket.send('{"type":"shout"}')
        assert await client.closed() == 1008


async def test_a_flood_of_messages_closes_and_harms_nobody() -> None:
    async with served() as server:
        flooder, other = await join(server), await join(server)
        for number in range(400):
            await flooder.send(m.Probe(number, 0))
        assert await flooder.closed() == 1008
        await other.send(m.Probe(1, 1))
        assert (await other.until(m.ProbeReply)).sent_us <= in_us(0.0)
        await other.socket.close()


async def test_questions_are_limited_for_a_client_and_for_an_address() -> None:
    async with served(clock=StillClock()) as server:
        commands = server.commands = RecordedCommands()
        clients = [await join(server, "typist") for _ in range(5)]
        refused = 0
        for client in clients:
            for _ in range(4):
                await client.send(m.Ask("Again?"))
            await client.send(m.Probe(1, 1))
            while not isinstance(answer := await client.receive(), m.ProbeReply):
                assert isinstance(answer, m.Error) and answer.code == "rate_limited"
                assert answer.retry_after_s > 0
                refused += 1
        assert len(commands.calls) == 10  # of the address; each client alone may have 3 at once
        assert refused == 10
        for client in clients:
            await client.socket.close()


async def answered(client: Listening) -> list[m.ServerMessage]:
    """What the client is told until all that it has sent was taken in."""
    await client.send(m.Probe(1, 1))
    told: list[m.ServerMessage] = []
    while not (told and isinstance(told[-1], m.ProbeReply)):
        received = await client.receive()
        assert not isinstance(received, SoundPacket)
        told.append(received)
    return told


async def talk_for_a_minute(server: RoomServer, clock: StillClock) -> list[m.ServerMessage]:
    """What a new talker is told who says something as long as may be."""
    talker = await join(server, "talker")
    await talker.send(m.Press())
    told: list[m.ServerMessage] = []
    for sequence in range(59):
        await talker.socket.send(encode_talk(TalkPacket(sequence, np.zeros(16_000, np.float32))))
        if sequence % 20 == 18:
            told += await answered(talker)
            clock.go(8.0)  # else these are too many bytes
    await talker.send(m.Release())
    told += await answered(talker)
    await talker.leave()
    return told


async def test_talk_is_limited_for_an_address() -> None:
    """Nobody here talks more than a client may; their address has three minutes and 3/4 of the time."""
    clock = StillClock()
    async with served(clock=clock) as server:
        commands = server.commands = RecordedCommands()
        refused = [
            [one.code for one in await talk_for_a_minute(server, clock) if isinstance(one, m.Error)]
            for _ in range(5)
        ]
        assert refused == [[], [], [], [], ["rate_limited"]]
        assert commands.calls.count(("release",)) == 5  # the last is cut short and answered


async def test_bytes_are_limited_for_an_address() -> None:
    clock = StillClock()
    async with served(clock=clock) as server:
        ended = 0
        for _ in range(5):
            talker = await join(server, "talker")
            for at in range(28):  # 0.9 MB, less than one client may send at once
                await talker.socket.send(encode_talk(TalkPacket(at, np.zeros(16_000, np.float32))))
            await talker.send(m.Probe(1, 1))
            try:
                await talker.until(m.ProbeReply)
                await talker.leave()
            except ConnectionClosed:
                assert talker.socket.close_code == 1008
                ended += 1
        assert ended == 2


async def test_too_long_a_question_is_refused() -> None:
    async with served() as server:
        commands = server.commands = RecordedCommands()
        client = await join(server, "typist")
        await client.send(m.Ask("ä" * 1_025))
        assert (await client.until(m.Error)).code == "too_long"
        await client.send(m.Ask("ä" * 1_024))
        await commands.made("ask", "ä" * 1_024)
        await client.socket.close()


async def test_an_address_has_so_many_connections() -> None:
    async with served(RoomOptions(port=0, per_address=2)) as server:
        clients = [await join(server), await join(server)]
        assert await refused_status(knock(server)) == 429
        await clients[0].socket.close()
        clients.append(await join(server))
        for client in clients[1:]:
            await client.socket.close()


async def test_knocking_all_at_once_lets_no_more_in() -> None:
    async with served(RoomOptions(port=0, per_address=3)) as server:
        attempts = await asyncio.gather(*(knock(server) for _ in range(9)), return_exceptions=True)
        sockets = [attempt for attempt in attempts if isinstance(attempt, ClientConnection)]
        for socket in sockets:  # those above the number are closed, the others answer
            await socket.send(m.encode(m.Probe(1, 1)), text=True)
        open_ones = 0
        for socket in sockets:
            try:
                await socket.recv()
                open_ones += 1
            except ConnectionClosed:
                assert socket.close_code == 1013
        assert open_ones == 3
        for socket in sockets:
            await socket.close()


async def test_the_room_is_full_at_some_point() -> None:
    async with served(RoomOptions(port=0, max_clients=1)) as server:
        client = await join(server)
        assert await refused_status(knock(server)) == 503
        await client.socket.close()


async def test_handshakes_that_never_end_do_not_keep_others_out() -> None:
    async with served() as server:
        idle = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(80)]
        client = await join(server)  # from the same address, while all of them are there
        for reader, _ in idle[:64]:  # the newest 16 may go on waiting, and one of them made room for us
            async with asyncio.timeout(20.0):
                with contextlib.suppress(ConnectionResetError):
                    assert await reader.read(1) == b""
        await client.socket.close()
        for _, writer in idle:
            writer.close()


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
