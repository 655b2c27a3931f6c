"""Replies begun ahead: used when the question is the foreseen one, and never seen when it is not."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

import pytest

from engine.errors import BrainUnreachable
from engine.llm.foreseeing import FORESEEN_DELTAS, Foreseeing
from engine.ports import Message

WATCHDOG_S = 10.0
ONE = [Message("user", "one?")]
OTHER = [Message("user", "other?")]


class CountingModel:
    """Writes the question's words back, slowly enough to be watched."""

    reads_ahead = True

    def __init__(self, words: int = 3, error: Exception | None = None) -> None:
        self.asked: list[str] = []
        self.prepared = 0
        self.written = 0
        self.stopped = 0
        self.closed = False
        self._words = words
        self._error = error

    async def reply(self, messages: Sequence[Message]) -> AsyncGenerator[str, None]:
        self.asked.append(messages[-1].text)
        try:
            if self._error is not None:
                raise self._error
            for number in range(self._words):
                await asyncio.sleep(0)
                self.written += 1
                yield f"{messages[-1].text}{number} "
        except (asyncio.CancelledError, GeneratorExit):
            self.stopped += 1
            raise

    async def prepare(self, messages: Sequence[Message], *, likely: bool = False) -> None:
        self.prepared += 1

    async def forget(self) -> None: ...

    async def close(self) -> None:
        self.closed = True


async def text(model: Foreseeing, messages: Sequence[Message]) -> str:
    return "".join([delta async for delta in model.reply(messages)])


async def settle() -> None:
    for _ in range(200):
        await asyncio.sleep(0)


async def test_a_foreseen_reply_is_used_whole_and_asked_for_once() -> None:
    inner = CountingModel()
    model = Foreseeing(inner)
    await model.prepare(ONE, likely=True)
    await settle()
    assert inner.written == 3
    assert await text(model, ONE) == "one?0 one?1 one?2 "
    assert inner.asked == ["one?"]


async def test_another_question_stops_the_foreseen_reply_and_never_sees_it() -> None:
    inner = CountingModel(words=1_000)
    model = Foreseeing(inner)
    await model.prepare(ONE, likely=True)
    await settle()
    first = await anext(model.reply(OTHER))
    assert first == "other?0 "
    assert inner.stopped >= 1


async def test_a_longer_question_replaces_the_foreseen_one() -> None:
    inner = CountingModel(words=1_000)
    model = Foreseeing(inner)
    await model.prepare(ONE, likely=True)
    await settle()
    await model.prepare(OTHER, likely=True)
    await settle()
    assert (inner.asked, inner.stopped) == (["one?", "other?"], 1)
    await model.close()
    assert (inner.stopped, inner.closed) == (2, True)


async def test_the_same_guess_twice_goes_on_with_the_first() -> None:
    inner = CountingModel()
    model = Foreseeing(inner)
    await model.prepare(ONE, likely=True)
    await model.prepare(ONE, likely=True)
    assert await text(model, ONE) == "one?0 one?1 one?2 "
    assert inner.asked == ["one?"]


async def test_an_unlikely_question_is_only_read() -> None:
    inner = CountingModel()
    model = Foreseeing(inner)
    await model.prepare(ONE)
    await settle()
    assert (inner.asked, inner.prepared) == ([], 1)


async def test_not_more_is_written_ahead_than_may_be_needed() -> None:
    inner = CountingModel(words=10_000)
    model = Foreseeing(inner)
    await model.prepare(ONE, likely=True)
    await settle()
    assert inner.written <= FORESEEN_DELTAS + 1
    await model.close()


async def test_a_guess_that_failed_is_asked_again() -> None:
    inner = CountingModel(error=BrainUnreachable("No network."))
    model = Foreseeing(inner)
    await model.prepare(ONE, likely=True)
    await settle()
    with pytest.raises(BrainUnreachable):
        await text(model, ONE)
    assert inner.asked == ["one?", "one?"]


async def test_leaving_a_foreseen_reply_stops_the_model() -> None:
    inner = CountingModel(words=1_000)
    model = Foreseeing(inner)
    await model.prepare(ONE, likely=True)
    deltas = model.reply(ONE)
    assert await anext(deltas) == "one?0 "
    await asyncio.wait_for(deltas.aclose(), WATCHDOG_S)
    assert inner.stopped == 1


async def test_a_foreseen_reply_that_nobody_wants_is_stopped() -> None:
    inner = CountingModel(words=1_000)
    model = Foreseeing(inner)
    await model.prepare(ONE, likely=True)
    await settle()
    await model.forget()
    assert inner.stopped == 1
    await model.forget()
    assert await anext(model.reply(ONE)) == "one?0 "
    assert inner.asked == ["one?", "one?"]


async def test_whatever_breaks_a_foreseen_reply_is_told_and_never_taken_for_its_end() -> None:
    inner = CountingModel(error=RuntimeError("a fault of the model's own"))
    model = Foreseeing(inner)
    await model.prepare(ONE, likely=True)
    await settle()
    with pytest.raises(RuntimeError):
        await text(model, ONE)
