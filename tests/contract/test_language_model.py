"""What every language model keeps: the fake, a scripted server, llama.cpp in process."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager

import pytest

from engine.llm.embedded import EmbeddedModel
from engine.llm.openai_model import OpenAICompatible
from engine.ports import LanguageModel, Message
from tests.fakes.chat_server import Request, chat_server
from tests.fakes.language_model import FakeLanguageModel

WATCHDOG_S = 60.0
QUESTION = [
    Message("system", "Answer in one short sentence."),
    Message("user", "What is the capital of France?"),
]
STORY = [Message("user", "Tell me a very long story about a dragon.")]


@asynccontextmanager
async def fake() -> AsyncIterator[LanguageModel]:
    yield FakeLanguageModel()


@asynccontextmanager
async def scripted() -> AsyncIterator[LanguageModel]:
    async def answer(request: Request) -> None:
        if not request.body or not request.body.get("stream"):
            return await request.json(200, {"object": "list", "data": []})
        return await request.reply("Par", "is", " it is.")

    async with chat_server(answer) as server:
        yield OpenAICompatible("m", server.base_url)


@asynccontextmanager
async def embedded() -> AsyncIterator[LanguageModel]:
    yield await asyncio.to_thread(lambda: EmbeddedModel(temperature=0.0, longest_reply_tokens=60))


@pytest.fixture(params=[fake, scripted, embedded], ids=lambda kind: kind.__name__)
async def brain(request: pytest.FixtureRequest) -> AsyncGenerator[LanguageModel, None]:
    async with request.param() as model, asyncio.timeout(WATCHDOG_S):
        yield model
        await model.close()


async def said(brain: LanguageModel, messages: list[Message]) -> list[str]:
    async with aclosing(brain.reply(messages)) as reply:
        return [fragment async for fragment in reply]


async def test_a_reply_comes_in_fragments_that_are_never_empty(brain: LanguageModel) -> None:
    fragments = await said(brain, QUESTION)
    assert len(fragments) > 1
    assert all(fragments)


async def test_prepare_says_nothing_may_be_cancelled_and_changes_no_reply(brain: LanguageModel) -> None:
    before = await said(brain, QUESTION)
    assert await brain.prepare([]) is None  # type: ignore[func-returns-value]
    await brain.prepare(QUESTION[:1])
    await brain.prepare([*QUESTION[:1], Message("user", "What is the")])
    preparing = asyncio.create_task(brain.prepare(STORY * 3))
    await asyncio.sleep(0)
    preparing.cancel()
    await asyncio.gather(preparing, return_exceptions=True)
    assert await said(brain, QUESTION) == before


async def test_a_reply_can_be_left_after_any_fragment_and_another_begun(brain: LanguageModel) -> None:
    for count in (1, 2):
        async with aclosing(brain.reply(STORY)) as reply:
            for _ in range(count):
                await anext(reply)
    assert "".join(await said(brain, QUESTION))


async def test_cancelling_whoever_reads_ends_the_reply(brain: LanguageModel) -> None:
    begun = asyncio.Event()

    async def read() -> None:
        async with aclosing(brain.reply(STORY)) as reply:
            async for _ in reply:
                begun.set()
        await asyncio.Event().wait()  # the short replies end before they are cancelled

    task = asyncio.create_task(read())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert "".join(await said(brain, QUESTION))


async def test_the_messages_are_left_as_they_were(brain: LanguageModel) -> None:
    messages = list(QUESTION)
    await said(brain, messages)
    assert messages == QUESTION
