"""What is done for a reply while the key is held: one connection, the latest partial, nothing left behind."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

from engine.audio.capture import Capture
from engine.events import Outcome, PartialTranscript, Port, ReplyDelta, TurnEnded
from engine.llm.foreseeing import Foreseeing
from engine.llm.openai_model import OpenAICompatible
from engine.ports import LanguageModel, Message
from tests.fakes.chat_server import ChatServer, Request, chat_server
from tests.fakes.clock import StillClock
from tests.fakes.stage import WATCHDOG_S, HummingSource, QuietDetector, ScriptedBrain, Stage


class Server:
    """A chat server that answers when a test lets it."""

    def __init__(self) -> None:
        self.let_list, self.let_reply = asyncio.Event(), asyncio.Event()
        self.asked, self.gone = asyncio.Event(), asyncio.Event()

    async def answer(self, request: Request) -> None:
        if request.path == "/v1/models":
            await self.let_list.wait()
            return await request.json(200, {"object": "list", "data": []})
        if not request.body["stream"]:
            return await request.json(200, {"id": "1", "object": "chat.completion", "choices": []})
        self.asked.set()
        if not self.let_reply.is_set():
            await request.begin_stream()
            await request.delta("Foreseen.")
            await request.gone.wait()
            self.gone.set()
            return None
        return await request.reply("Said.")


class Talk:
    """A stage whose brain is asked over HTTP and whose microphone hears what the clock lets it."""

    def __init__(self, server: ChatServer, at: Server, *, foresees: bool) -> None:
        client = OpenAICompatible("m", server.base_url, lambda: "a-key", prefill=foresees)
        model: LanguageModel = Foreseeing(client) if foresees else client
        self.stage, self.clock, self.at, self.server = Stage(), StillClock(), at, server
        self.talk = self.stage.talk
        self.talk.brain = self.stage.supervised(
            Port.LANGUAGE_MODEL, lambda: model, release=lambda model: model.close()
        )
        source = HummingSource(clock=self.clock)
        self.talk.capture = Capture(source, QuietDetector(), clock=self.clock)

    async def say(self, partials: int) -> None:
        """Speaks on until that many partials were understood."""
        for count in range(1, partials + 1):
            self.clock.go(0.3)
            await self.stage.until(PartialTranscript, count)


@contextlib.asynccontextmanager
async def talking(*, foresees: bool) -> AsyncIterator[Talk]:
    at = Server()
    async with chat_server(at.answer) as server:
        talk = Talk(server, at, foresees=foresees)
        talk.talk.start()
        for backend in (talk.talk.ears, talk.talk.brain, talk.talk.voice):
            await backend.worker()
        try:
            yield talk
        finally:
            at.let_list.set()
            await talk.talk.close()


async def test_a_server_that_costs_money_is_connected_to_once_whatever_is_said_meanwhile() -> None:
    async with talking(foresees=False) as here:
        here.talk.press()
        await here.say(8)
        assert [request.path for request in here.server.requests] == ["/v1/models"]
        here.at.let_list.set()
        here.at.let_reply.set()
        await here.say(9)
        here.talk.release()
        ended = await here.stage.until(TurnEnded)
        assert (ended.outcome, ended.reply) == (Outcome.COMPLETED, "Said.")
        assert [request.path for request in here.server.requests] == ["/v1/models", "/v1/chat/completions"]
        assert here.server.connections == 1


async def test_a_brain_that_loads_while_the_key_is_held_is_still_prepared() -> None:
    async with talking(foresees=False) as here:
        ready, late = here.talk.brain, ScriptedBrain()
        here.talk.brain = here.stage.supervised(Port.LANGUAGE_MODEL, lambda: late)
        here.talk.press()
        await here.say(1)
        assert late.prepared == []
        here.talk.brain.start()
        async with asyncio.timeout(WATCHDOG_S):
            while not late.prepared:  # noqa: ASYNC110 - preparing is told to nobody
                await asyncio.sleep(0)
        here.talk.stop()
        await ready.close()


class SlowToLeave(ScriptedBrain):
    """Takes many rounds of the loop to give up what it prepared; ``left`` tells what was done when."""

    def __init__(self) -> None:
        super().__init__()
        self.preparing, self.left = asyncio.Event(), list[str]()

    async def prepare(self, messages: Sequence[Message], *, likely: bool = False) -> None:
        self.preparing.set()
        try:
            await asyncio.Event().wait()
        finally:
            await self._take_time("prepared")

    async def forget(self) -> None:
        await self._take_time("forgotten")

    async def close(self) -> None:
        self.left.append("closed")

    async def _take_time(self, done: str) -> None:
        for _ in range(1_000):
            await asyncio.sleep(0)
        self.left.append(done)


async def test_a_brain_is_closed_after_all_that_was_prepared_is_given_up() -> None:
    stage, brain = Stage(), SlowToLeave()
    talk, clock = stage.talk, StillClock()
    talk.brain = stage.supervised(Port.LANGUAGE_MODEL, lambda: brain, release=lambda brain: brain.close())
    talk.capture = Capture(HummingSource(clock=clock), QuietDetector(), clock=clock)
    talk.start()
    talk.press()
    async with asyncio.timeout(WATCHDOG_S):
        await brain.preparing.wait()
        await talk.close()
    assert sorted(brain.left[:-1]) == ["forgotten", "prepared"]
    assert brain.left[-1] == "closed"


async def foreseen(here: Talk) -> None:
    """Returns once a reply has been begun that nobody has asked for yet."""
    here.talk.press()
    await here.say(1)
    await asyncio.wait_for(here.at.asked.wait(), WATCHDOG_S)


async def test_stopping_gives_a_foreseen_reply_up_for_good() -> None:
    async with talking(foresees=True) as here:
        await foreseen(here)
        here.talk.stop()
        await asyncio.wait_for(here.at.gone.wait(), WATCHDOG_S)


async def test_a_typed_question_in_mid_utterance_gives_it_up_too() -> None:
    async with talking(foresees=True) as here:
        await foreseen(here)
        here.at.let_reply.set()
        here.talk.ask("Why?")
        await asyncio.wait_for(here.at.gone.wait(), WATCHDOG_S)
        assert (await here.stage.until(TurnEnded, 2)).reply == "Said."


async def test_an_utterance_that_is_no_question_gives_it_up_too() -> None:
    async with talking(foresees=True) as here:
        await foreseen(here)
        here.stage.ears.heard = ""
        here.clock.go(0.3)
        here.talk.release()
        assert (await here.stage.until(TurnEnded)).outcome is Outcome.DISCARDED
        await asyncio.wait_for(here.at.gone.wait(), WATCHDOG_S)


async def test_the_foreseen_reply_is_gone_on_with_where_it_is_asked_for() -> None:
    async with talking(foresees=True) as here:
        await foreseen(here)
        here.talk.release()
        assert (await here.stage.until(ReplyDelta)).text == "Foreseen."
        asked = [request for request in here.server.requests if request.body and request.body["stream"]]
        assert len(asked) == 1
        here.talk.stop()
        await asyncio.wait_for(here.at.gone.wait(), WATCHDOG_S)
