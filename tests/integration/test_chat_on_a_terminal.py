"""``aloud chat`` on a real pty: what a person sees while answers stream and while they type."""

import asyncio
import sys
from pathlib import Path

import pytest

from engine.paths import settings_file
from engine.pcm import write_wav
from engine.settings import Brain, Settings, save
from engine.units import HEARING_RATE_HZ
from tests.fakes.chat_server import ChatServer, Request, chat_server
from tests.recorded_speech import RecordedUtterance
from tests.speech_check import word_error_rate
from tests.terminal import Screen, Terminal

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no ptys")

NO_SOUND = "import engine.headless as h; h.inputs = h.outputs = list; from engine.cli import main; "


def chat(*arguments: str) -> Terminal:
    """``aloud chat`` on a machine without sound devices."""
    return Terminal([sys.executable, "-c", f"{NO_SOUND}raise SystemExit(main({['chat', *arguments]!r}))"])


class Author:
    """A language model that begins each answer with ``opening``; the test writes the rest, delta by delta."""

    def __init__(self, opening: str = "") -> None:
        self.asked: asyncio.Queue[Request] = asyncio.Queue()
        self._opening = opening
        self._over = asyncio.Event()

    async def answer(self, request: Request) -> None:
        if request.method == "GET":
            await request.json(200, {"object": "list", "data": [{"id": "m", "object": "model"}]})
            return
        await request.begin_stream()
        await request.delta(self._opening)
        await self.asked.put(request)
        self._over.clear()
        await self._over.wait()

    async def finish(self, request: Request) -> None:
        await request.delta(finish_reason="stop")
        await request.end_stream()
        self._over.set()


def use(server: ChatServer) -> None:
    save(settings_file(), Settings(brain=Brain(provider="compatible", base_url=server.base_url, model="m")))


async def test_answers_stream_above_what_is_being_typed(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home)
    author = Author()
    async with chat_server(author.answer) as server:
        use(server)
        async with chat("--out", "voice.wav") as terminal:
            await terminal.until(lambda screen: screen.prompt == "»")
            shown = "\n".join(terminal.screen.lines)
            assert "The voice is written to voice.wav." in shown
            assert "There is no speaker" not in shown
            terminal.type("/mute\r")
            await terminal.until(lambda screen: "/mute" in screen.lines)

            terminal.type("Tell me of the sea.\r")
            request = await author.asked.get()
            await terminal.until(lambda screen: "> Tell me of the sea." in screen.lines)
            await request.delta("The sea is wide")
            await terminal.until(lambda screen: screen.lines[-2:] == ["The sea is wide", "»"])
            terminal.type("And of")
            await terminal.until(lambda screen: screen.prompt == "» And of")
            await request.delta(" and deep, and nobody has ever seen the whole of it")
            await request.delta(" at once.\n\nIt is")
            expected = [
                "The sea is wide and deep, and nobody has ever seen the",
                "whole of it at once.",
                "",
                "It is",
            ]
            await terminal.until(lambda screen: screen.lines[-5:] == [*expected, "» And of"])
            terminal.type(" land?\r")
            request = await author.asked.get()
            await request.delta("Land is dry.")
            await author.finish(request)
            cut = [*expected[:3], "It is [interrupted]", "> And of land?", "Land is dry.", "»"]
            await terminal.until(lambda screen: screen.lines[-7:] == cut)
            assert "\n".join(terminal.screen.lines).count("whole of it at once.") == 1

            terminal.type("/quit\r")
            assert await terminal.end() == 0
            assert terminal.screen.lines[-1] == "Land is dry."


async def test_a_recording_is_heard_over_the_prompt_and_escape_ends_its_answer(
    home: Path, monkeypatch: pytest.MonkeyPatch, recorded_speech: tuple[RecordedUtterance, ...]
) -> None:
    monkeypatch.chdir(home)
    write_wav(home / "speech.wav", recorded_speech[0].samples, HEARING_RATE_HZ)
    author = Author("It was, was it not")

    def question(screen: Screen) -> str:
        return [line for line in screen.lines if line.startswith("> ")][-1]

    def understood(screen: Screen) -> bool:
        """Whether a part of the question stands over the prompt."""
        return screen.lines[-2].startswith("It was") and screen.lines[-2].endswith("…")

    async with chat_server(author.answer) as server:
        use(server)
        async with chat() as terminal:
            await terminal.until(lambda screen: screen.prompt == "»")
            assert "There is no speaker to use, so the voice is written to" in terminal.screen.lines
            terminal.type("/wav speech.wav\r")
            await terminal.until(lambda screen: screen.lines[-2:] == ["listening…", "»"])
            await terminal.until(lambda screen: screen.lines[-2:] == ["It was, was it not", "»"])
            assert word_error_rate(recorded_speech[0].text, question(terminal.screen)) <= 0.2

            terminal.type("/wav speech.wav\rnot yet")  # the recogniser is loaded by now
            await terminal.until(lambda screen: understood(screen) and screen.prompt == "» not yet")
            await terminal.until(lambda screen: screen.lines[-2:] == ["It was, was it not", "» not yet"])
            assert "…" not in "".join(terminal.screen.lines[-3:])
            terminal.type("\x1b")
            await terminal.until(
                lambda screen: screen.lines[-2:] == ["It was, was it not [interrupted]", "» not yet"]
            )
            terminal.type("\x15\x04")
            assert await terminal.end() == 0
