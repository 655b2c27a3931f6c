"""``aloud serve`` as a process of its own, followed by the original demo's client and by an invited one."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from websockets.asyncio.client import connect

from engine.broadcast import messages as m
from engine.paths import settings_file
from engine.settings import Brain, Settings, save
from engine.units import SPEECH_RATE_HZ
from tests.child import child
from tests.fakes.ports import free_port
from tests.speech_check import transcribe, word_error_rate

WATCHDOG_S = 90.0


@dataclass(frozen=True, slots=True)
class Served:
    """A server that is up: its port, and what it has printed."""

    port: int
    said: list[str]
    process: subprocess.Popen[str]

    def read(self, until: str) -> list[str]:
        """Reads on until a line holds ``until``, and gives the links that were printed."""
        assert self.process.stderr is not None
        links: list[str] = []
        for line in self.process.stderr:
            self.said.append(line)
            if line.startswith("Open "):
                links.append(line.removeprefix("Open ").strip())
            if until in line:
                break
        return links


@pytest.fixture
def served(home: Path) -> Iterator[Served]:
    save(settings_file(), Settings(brain=Brain(temperature=0.0, longest_reply_tokens=30)))
    port = free_port()
    command = [sys.executable, "-c", "from engine.cli import main; raise SystemExit(main())", "serve"]
    options = ["--port", str(port), "--original", "--origin", "https://room.example.org"]
    with child(
        [*command, *options], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, longest_s=2 * WATCHDOG_S
    ) as process:
        yield Served(port, [], process)
        process.terminate()
        assert process.wait(20) == 0


async def test_the_original_demo_works_unchanged(served: Served) -> None:
    served.read("Control-C")
    text, sound = "", bytearray()
    async with asyncio.timeout(WATCHDOG_S), connect(
        f"ws://localhost:{served.port}", origin="http://localhost:5173"  # type: ignore[arg-type]  # a str is one
    ) as socket_:  # fmt: skip
        hello = json.loads(await socket_.recv())
        assert hello["type"] == "connected"
        assert hello["audioFormat"]["format"] == "f32le"
        assert hello["audioFormat"]["sampleRate"] == SPEECH_RATE_HZ
        await socket_.send(json.dumps({"type": "chat", "prompt": "What is the capital of France?"}))
        complete = False
        while not complete or len(sound) < 4 * SPEECH_RATE_HZ:
            message = await socket_.recv()
            if isinstance(message, bytes):
                assert len(message) % 4 == 0
                sound += message
                continue
            told = json.loads(message)
            if told["type"] == "text_chunk":
                text += told["text"]
            complete = complete or told["type"] == "text_complete"
            assert told["type"] != "error"
        try:
            while True:
                rest = await asyncio.wait_for(socket_.recv(), 2.0)
                sound += rest if isinstance(rest, bytes) else b""
        except TimeoutError:
            pass
    assert "Paris" in text
    heard = transcribe(np.frombuffer(bytes(sound), "<f4").astype(np.float32), SPEECH_RATE_HZ)
    assert word_error_rate(text, heard) <= 0.3


async def test_the_page_is_served_and_a_stranger_is_not_let_in(served: Served) -> None:
    served.read("Control-C")
    async with asyncio.timeout(WATCHDOG_S):
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(f"GET / HTTP/1.1\r\nHost: localhost:{served.port}\r\nConnection: close\r\n\r\n".encode())
        answer = (await reader.read()).decode(errors="replace")
        writer.close()
        await writer.wait_closed()
    assert answer.startswith("HTTP/1.1 200")
    assert "default-src 'none'" in answer
    with pytest.raises(Exception, match="403"):
        await connect(f"ws://localhost:{served.port}", origin="http://evil.example").__aenter__()  # type: ignore[arg-type]


async def test_a_link_that_was_used_is_followed_by_another(served: Served) -> None:
    (link,) = served.read("Control-C")
    assert link.startswith("https://room.example.org/#join=")  # where a proxy serves it
    for _ in range(2):
        token = link.partition("#join=")[2]
        async with asyncio.timeout(WATCHDOG_S), connect(
            f"ws://localhost:{served.port}", origin="https://room.example.org",  # type: ignore[arg-type]  # a str is one
            subprotocols=[m.SUBPROTOCOL],  # type: ignore[list-item]  # a str is one
        ) as socket_:  # fmt: skip
            await socket_.send(m.encode(m.Hello(token)), text=True)
            welcome = m.decode_server(await socket_.recv(decode=True))
            assert isinstance(welcome, m.Welcome) and welcome.role == "owner"
        (next_link,) = await asyncio.to_thread(served.read, "Control-C")
        assert next_link != link
        link = next_link
