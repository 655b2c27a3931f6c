"""The nginx example, in the real nginx: TLS in front of a room, its checks and limits intact."""

import asyncio
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from engine.broadcast import messages as m
from engine.broadcast.authority import ensure_certificate
from engine.broadcast.packets import SoundPacket
from engine.broadcast.server import RoomServer
from engine.settings import Sharing
from engine.sharing import ORIGINAL_ORIGIN, room_options
from tests.fakes.ports import free_port
from tests.fakes.room import WAIT_S, Listening, frame, in_us, served

EXAMPLE = Path(__file__).parents[2] / "packaging" / "nginx" / "aloud.conf"
NAME = "room.example.org"


@contextmanager
def nginx(folder: Path, room_port: int) -> Iterator[tuple[int, ssl.SSLContext]]:
    """The example with its ports, names of files and upstreams replaced; gives the TLS port."""
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    made = ensure_certificate(folder, ["localhost"], ["127.0.0.1"])
    tls_port, plain_port = free_port(), free_port()
    text = EXAMPLE.read_text()
    text = re.sub(r"server 127\.0\.0\.1:300\d;", f"server 127.0.0.1:{room_port};", text)
    text = text.replace("listen 443 ssl", f"listen 127.0.0.1:{tls_port} ssl")
    text = text.replace("listen 80;", f"listen 127.0.0.1:{plain_port};")
    text = re.sub(r"/etc/\S+fullchain\.pem", str(made.leaf), text)
    text = re.sub(r"/etc/\S+privkey\.pem", str(made.key), text)
    own = folder / "aloud.conf"
    own.write_text(text)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in kinds)
    main = folder / "nginx.conf"
    main.write_text(
        f"daemon off;\nmaster_process off;\npid {folder}/nginx.pid;\nerror_log {folder}/error.log;\n"
        f"events {{}}\nhttp {{\naccess_log off;\n{paths}include {own};\n}}\n"
    )
    process = subprocess.Popen([program, "-e", str(folder / "error.log"), "-c", str(main)])
    try:
        give_up_at_s = time.monotonic() + WAIT_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", tls_port), 1.0).close()
                break
            except OSError:
                assert process.poll() is None and time.monotonic() < give_up_at_s
                time.sleep(0.02)
        context = ssl.create_default_context(cafile=made.authority)
        context.check_hostname = False  # the certificate here is for localhost, the name is the example's
        yield tls_port, context
    finally:
        process.terminate()
        try:
            process.wait(WAIT_S)
        finally:
            process.kill()


def through(
    port: int,
    context: ssl.SSLContext,
    origin: str = f"https://{NAME}",
    subprotocols: list[str] | None = [m.SUBPROTOCOL],  # noqa: B006 - read only
) -> connect:
    return connect(
        f"wss://{NAME}/socket",
        host="127.0.0.1",
        port=port,
        ssl=context,
        origin=origin,  # type: ignore[arg-type]  # a NewType of str
        subprotocols=subprotocols,  # type: ignore[arg-type]  # a NewType of str
        proxy=None,
    )


async def joined(socket: ClientConnection, server: RoomServer, role: m.RoleName = "listener") -> Listening:
    token = (await asyncio.to_thread(server.invite, role)).token
    await socket.send(m.encode(m.Hello(token=token)), text=True)
    async with asyncio.timeout(WAIT_S):
        welcome = m.decode_server(await socket.recv())
    assert isinstance(welcome, m.Welcome)
    return Listening(socket, welcome)


async def test_the_example_serves_the_room_over_tls(tmp_path: Path, home: Path) -> None:
    """As ``aloud serve --origin https://room.example.org --proxy 127.0.0.1`` would be."""
    options = room_options(
        Sharing(
            port=free_port(), public_origins=(f"https://{NAME}",), proxies=("127.0.0.1",),
            original_protocol=True,
        )
    )  # fmt: skip
    async with served(options) as server:
        with nginx(tmp_path, server.port) as (port, context):
            client = await joined(await through(port, context), server, "owner")
            seen = await client.until(m.Listeners, lambda message: bool(message.listeners))
            assert seen.listeners[0].address == "127.0.0.1"
            server.audio(frame(1, 0), in_us(0.1))
            assert (await client.until(SoundPacket)).sequence == 0
            with pytest.raises(InvalidStatus, match="403"):
                await through(port, context, "https://evil.example")
            with pytest.raises(InvalidStatus, match="403"):  # the original protocol knows no tokens
                await through(port, context, ORIGINAL_ORIGIN, subprotocols=None)
            await client.leave()
