"""The real openai client against a real llama.cpp server in this process."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

import httpx2
import pytest

from engine.context import DEMO_SYSTEM_PROMPT, messages
from engine.errors import KeyMissing, ModelDamaged, ModelMissing
from engine.events import Outcome
from engine.llm.embedded import EmbeddedModel, packaged_gguf
from engine.llm.foreseeing import Foreseeing
from engine.llm.openai_model import OpenAICompatible
from engine.ports import Message
from engine.registry import DEMO_TEMPERATURE
from engine.turn import Turn, TurnState
from engine.units import TurnId

WATCHDOG_S = 60.0
MOST = 1_000
"""Tokens of a reply that would take seconds to end by itself."""
BRIEF = Message("system", "Answer in one short sentence.")


@pytest.fixture
async def brain() -> AsyncGenerator[EmbeddedModel, None]:
    model = await asyncio.to_thread(lambda: EmbeddedModel(temperature=0.0))
    async with asyncio.timeout(WATCHDOG_S):
        yield model
        await model.close()


async def said(brain: EmbeddedModel, *messages: Message) -> str:
    async with aclosing(brain.reply(messages)) as reply:
        return "".join([fragment async for fragment in reply])


async def test_it_answers_and_knows_what_was_said_before(brain: EmbeddedModel) -> None:
    question = Message("user", "What is the capital of France?")
    first = await said(brain, BRIEF, question)
    assert "Paris" in first
    told = Message("user", "My name is Ferdinand.")
    reply = Message("assistant", "Nice to meet you, Ferdinand.")
    second = await said(brain, BRIEF, told, reply, Message("user", "What is my name?"))
    assert "Ferdinand" in second


async def test_cancelling_stops_the_model_itself() -> None:
    brain = await asyncio.to_thread(lambda: EmbeddedModel(temperature=0.0, longest_reply_tokens=MOST))
    begun, decoded = asyncio.Event(), 0

    async def read() -> None:
        async with aclosing(brain.reply([Message("user", "Count from one to one thousand.")])) as reply:
            async for _ in reply:
                begun.set()

    async with asyncio.timeout(WATCHDOG_S):
        task = asyncio.create_task(read())
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        while now := await tokens_under_way(brain):
            decoded = now
        assert decoded < MOST // 2, "it was stopped, and did not just come to its end"
        assert await said(brain, BRIEF, Message("user", "Hello."))
        await brain.close()


async def test_a_foreseen_reply_that_nobody_wants_frees_the_server() -> None:
    brain = await asyncio.to_thread(lambda: EmbeddedModel(temperature=0.0, longest_reply_tokens=MOST))
    foreseeing, decoded = Foreseeing(brain), 0
    await foreseeing.prepare([Message("user", "Count from one to one thousand.")], likely=True)
    async with asyncio.timeout(WATCHDOG_S):
        while not (decoded := await tokens_under_way(brain)):  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.01)
        await foreseeing.forget()
        while now := await tokens_under_way(brain):
            decoded = now
        assert decoded < MOST // 2, "it was stopped, and did not just come to its end"
        assert await said(brain, BRIEF, Message("user", "Hello."))
        await foreseeing.close()


async def tokens_under_way(brain: EmbeddedModel) -> int:
    """How many tokens of a reply llama.cpp's one slot has written, as it says itself; 0 while it is idle."""
    headers = {"Authorization": f"Bearer {await brain._client._found_key()}"}
    async with httpx2.AsyncClient(trust_env=False) as client:
        answer = await client.get(brain.base_url.removesuffix("/v1") + "/slots", headers=headers)
    (slot,) = answer.json()
    return int(slot["next_token"][0]["n_decoded"]) if slot["is_processing"] else 0


async def test_a_conversation_longer_than_the_context_goes_on() -> None:
    brain = await asyncio.to_thread(lambda: EmbeddedModel(context_tokens=512, longest_reply_tokens=12))
    turns = [BRIEF]
    for number in range(60):
        turns += [Message("user", f"Say {number}. " * 10), Message("assistant", f"{number}. " * 30)]
    async with asyncio.timeout(WATCHDOG_S):
        assert await said(brain, *turns, Message("user", "What is the capital of France?"))
        await brain.close()


CUT = [
    ("Tell me about cats.", "Cats are", "What is the capital of France?"),
    ("Who are you?", "I'm", "What can you do?"),
    ("What is the capital of Italy?", "The capital of Italy is Rome.", "And of Spain?"),
    ("Tell me a story.", "", "What is the moon?"),
]


async def test_the_small_model_does_not_copy_what_marks_an_interruption() -> None:
    brain = await asyncio.to_thread(
        lambda: EmbeddedModel(temperature=DEMO_TEMPERATURE, longest_reply_tokens=12)
    )
    async with asyncio.timeout(WATCHDOG_S):
        for question, heard, following in CUT:
            turn = Turn(
                TurnId(1), TurnState.ENDED, question=question, heard_text=heard, outcome=Outcome.INTERRUPTED
            )
            prompt = messages(DEMO_SYSTEM_PROMPT, [turn, turn], following)
            reply = await said(brain, *prompt)
            assert reply.strip()
            assert not any(mark in reply for mark in ("interrupted", "(I ", "[", "…")), reply
        await brain.close()


async def test_the_server_wants_the_key_that_only_this_process_has(brain: EmbeddedModel) -> None:
    stranger = OpenAICompatible("m", brain.base_url)
    assert brain.base_url.startswith("http://127.0.0.1:")
    with pytest.raises(KeyMissing):
        await anext(stranger.reply([Message("user", "Hello.")]))
    await stranger.close()


async def test_what_is_not_there_and_what_is_no_model_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing):
        EmbeddedModel(tmp_path / "none.gguf")
    file = tmp_path / "half.gguf"
    file.write_bytes(b"not a model, surely not")
    with pytest.raises(ModelDamaged):
        EmbeddedModel(file)
    with packaged_gguf().open("rb") as whole:
        file.write_bytes(whole.read(4_000_000))
    with pytest.raises(ModelDamaged) as raised:
        EmbeddedModel(file)
    assert raised.value.remedy


@pytest.mark.parametrize("end", ["asyncio.run(brain.close())", "pass", "raise SystemExit(0)"])
def test_the_process_ends_at_once_and_nothing_is_printed(end: str) -> None:
    script = (
        f"import asyncio\nfrom engine.llm.embedded import EmbeddedModel\nbrain = EmbeddedModel()\n{end}\n"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, timeout=60, check=True)
    assert (ended.stdout, ended.stderr) == (b"", b"")


CLOSED_WHILE_CONNECTING = """
import asyncio
from engine.llm import embedded
from engine.ports import Message

async def main():
    brain = await asyncio.to_thread(embedded.EmbeddedModel)
    loop = asyncio.get_running_loop()
    connect, connecting, let = loop.create_connection, asyncio.Event(), asyncio.Event()

    async def connect_slowly(*arguments, **options):
        made = await connect(*arguments, **options)
        connecting.set()
        await let.wait()
        return made

    loop.create_connection = connect_slowly
    preparing = asyncio.create_task(brain.prepare([Message("user", "Hello. " * 20)]))
    await connecting.wait()
    {then}
    await brain.close()

asyncio.run(main())
"""


@pytest.mark.parametrize("then", ["let.set()", "embedded.LEAVING_WAIT_S = 0.01"])
def test_closing_while_a_call_is_connecting_freezes_nothing(then: str) -> None:
    script = CLOSED_WHILE_CONNECTING.replace("{then}", then)
    subprocess.run([sys.executable, "-c", script], timeout=WATCHDOG_S, check=True)
