"""The original protocol, as a plain client without a subprotocol speaks it."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from engine.broadcast.options import RoomOptions
from engine.broadcast.server import RoomServer
from engine.errors import BrainUnreachable
from engine.events import Failed, Outcome, ReplyCompleted, ReplyDelta, TranscriptReady, TurnEnded
from engine.units import TurnId
from tests.fakes.room import WAIT_S, RecordedCommands, frame, in_us, join, served

ORIGINAL = "http://localhost:5173"
ALLOWED = RoomOptions(port=0, legacy_origins=frozenset({ORIGINAL}))


def original_client(server: RoomServer, path: str = "/", origin: str | None = ORIGINAL) -> connect:
    return connect(f"ws://localhost:{server.port}{path}", origin=origin)  # type: ignore[arg-type]  # NewType


async def text(socket: ClientConnection) -> dict[str, Any]:
    """The next text message; sound before it is dropped."""
    async with asyncio.timeout(WAIT_S):
        while isinstance(data := await socket.recv(), bytes):
            pass
    message: dict[str, Any] = json.loads(data)
    return message


async def sound(socket: ClientConnection) -> bytes:
    async with asyncio.timeout(WAIT_S):
        while isinstance(data := await socket.recv(), str):
            pass
    return data


@pytest.mark.parametrize("path", ["/", "/ws", "/socket?x=1"])
async def test_a_question_is_answered_in_text_and_sound(path: str) -> None:
    async with served(ALLOWED) as server:
        commands = server.commands = RecordedCommands()
        async with original_client(server, path) as socket:
            connected = await text(socket)
            assert connected["type"] == "connected"
            assert connected["message"] and connected["clientId"]
            audio_format = {"format": "f32le", "sampleRate": 24_000, "channels": 1, "bitDepth": 32}
            assert connected["audioFormat"] == audio_format

            await socket.send(json.dumps({"type": "chat", "prompt": "What is it?", "model": "any"}))
            await commands.made("ask", "What is it?")
            server.publish(TranscriptReady(TurnId(1), 1.0, "What is it?", typed=True))
            server.publish(ReplyDelta(TurnId(1), 1.1, "It is "))
            server.publish(ReplyDelta(TurnId(1), 1.2, "a voice."))
            server.audio(frame(1, 0), in_us(0.1))
            server.audio(frame(1, 1, samples=777), in_us(0.18))
            server.publish(ReplyCompleted(TurnId(1), 1.3, "It is a voice."))
            server.publish(TurnEnded(TurnId(1), 2.0, Outcome.COMPLETED, "What is it?", "It is a voice.", ""))

            assert await text(socket) == {"type": "text_chunk", "text": "It is "}
            assert await text(socket) == {"type": "text_chunk", "text": "a voice."}
            assert np.array_equal(np.frombuffer(await sound(socket), "<f4"), frame(1, 0).samples)
            second = await sound(socket)
            assert len(second) == 4 * 777
            assert await text(socket) == {"type": "text_complete"}
            server.publish(ReplyDelta(TurnId(2), 3.0, "next"))  # and no second text_complete
            assert await text(socket) == {"type": "text_chunk", "text": "next"}


async def test_a_new_question_silences_the_old_answer() -> None:
    async with served(ALLOWED) as server, original_client(server) as socket:
        await text(socket)
        server.publish(ReplyDelta(TurnId(1), 1.0, "old"))
        server.audio(frame(1, 0), in_us(0.1))
        server.audio(frame(1, 1), in_us(600.0))
        server.publish(TurnEnded(TurnId(1), 1.5, Outcome.INTERRUPTED, "old", "old", ""))
        server.audio(frame(1, 2), in_us(0.1))
        server.publish(ReplyDelta(TurnId(2), 2.0, "new"))
        server.audio(frame(2, 0), in_us(0.2))
        assert await text(socket) == {"type": "text_chunk", "text": "old"}
        assert np.array_equal(np.frombuffer(await sound(socket), "<f4"), frame(1, 0).samples)
        assert await text(socket) == {"type": "text_complete"}
        assert await text(socket) == {"type": "text_chunk", "text": "new"}
        assert np.array_equal(np.frombuffer(await sound(socket), "<f4"), frame(2, 0).samples)


async def test_errors_are_told_in_words() -> None:
    async with served(ALLOWED) as server, original_client(server) as socket:
        await text(socket)
        server.publish(Failed(TurnId(1), 1.0, BrainUnreachable("No answer.", "Check the network.")))
        assert await text(socket) == {"type": "error", "message": "No answer. Check the network."}
        await socket.send("no json")
        assert (await text(socket))["type"] == "error"


async def test_a_refused_question_is_told_in_its_own_words() -> None:
    refusing = replace(ALLOWED, question_filter=lambda text: False)
    async with served(refusing) as server, original_client(server) as socket:
        await text(socket)
        await socket.send(json.dumps({"type": "chat", "prompt": "Rude?"}))
        assert await text(socket) == {"type": "error", "message": "This question is not asked here."}


@pytest.mark.parametrize("origin", [None, "http://localhost:5174", "https://localhost:5173", "null"])
async def test_other_origins_are_refused(origin: str | None) -> None:
    async with served(ALLOWED) as server:
        with pytest.raises(InvalidStatus, match="403"):
            await original_client(server, origin=origin)


async def test_it_is_off_unless_allowed() -> None:
    async with served() as server:
        with pytest.raises(InvalidStatus, match="400"):
            await original_client(server)


async def test_both_protocols_follow_the_same_turn() -> None:
    async with served(ALLOWED) as server, original_client(server) as socket:
        await text(socket)
        client = await join(server)
        server.publish(ReplyDelta(TurnId(1), 1.0, "Hello"))
        assert await text(socket) == {"type": "text_chunk", "text": "Hello"}
        assert getattr(await client.receive(), "text", "") == "Hello"
        await client.socket.close()


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
@pytest.mark.parametrize("proxies", [frozenset[str](), frozenset({"127.0.0.1"})])
async def test_guests_of_a_proxy_on_this_machine_are_not_this_machine(
    header: str, proxies: frozenset[str]
) -> None:
    async with served(replace(ALLOWED, proxies=proxies)) as server:
        with pytest.raises(InvalidStatus, match="403"):
            await connect(
                f"ws://localhost:{server.port}/",
                origin=ORIGINAL,  # type: ignore[arg-type]  # NewType
                additional_headers={header: "127.0.0.1"},
            )
