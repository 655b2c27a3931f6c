"""Whatever a person does in whatever order, in one tick of the loop or in many: every turn ends once."""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.audio.capture import Capture
from engine.audio.null import NullSink
from engine.audio.playout import Playout
from engine.errors import DeviceLost
from engine.events import BackendStateChanged, Failed, TurnEnded
from tests.fakes.clock import StillClock
from tests.fakes.stage import WATCHDOG_S, HummingSource, QuietDetector, Stage

STEPS = ("press", "release", "stop", "ask", "mute", "unmute", "slow device", "device lost", "tick", "while")


class World:
    """A stage in still time, whose microphone may be slow or be pulled out."""

    def __init__(self) -> None:
        self.stage, self.clock = Stage(), StillClock()
        self.talk = self.stage.talk
        self.source = HummingSource(clock=self.clock)
        self.talk.capture = Capture(self.source, QuietDetector(), clock=self.clock)
        self.talk.playout = Playout(NullSink(clock=self.clock), clock=self.clock)
        self.begun = 0

    async def do(self, step: str) -> None:
        talk = self.talk
        match step:
            case "press":
                self.source.lost, self.source.opening = None, False
                talk.press()
                self.begun += 1
            case "ask":
                talk.ask("Why?")
                self.begun += 1
            case "release":
                talk.release()
            case "stop":
                talk.stop()
            case "mute" | "unmute":
                talk.mute(step == "mute")
            case "slow device":
                self.source.opening = True
            case "device lost":
                self.source.lost = DeviceLost("gone", "plug it in")
            case "tick":
                await asyncio.sleep(0)
            case "while":
                await self.pass_a_while()

    async def pass_a_while(self) -> None:
        """Lets the clock run on, and everybody, threads too, do what is to be done."""
        for _ in range(5):
            self.clock.go(0.1)
            await asyncio.to_thread(lambda: None)

    async def comes_to_an_end(self) -> None:
        """Nobody does anything any more but let go of the key."""
        self.talk.release()
        async with asyncio.timeout(WATCHDOG_S):
            while self.talk.busy:
                await self.pass_a_while()

    def check(self) -> None:
        ended = [event.turn_id for event in self.stage.all(TurnEnded)]
        assert ended == list(range(1, self.begun + 1))
        for turn_id in ended:
            of_turn = [event for event in self.stage.events if event.turn_id == turn_id]
            assert isinstance(of_turn[-1], TurnEnded)
        assert not self.talk.capture.in_use
        assert not self.talk.capture.open
        assert not self.source.live
        broken = [event.error for event in self.stage.all(Failed) if "inside" in str(event.error)]
        assert broken == []
        states = [event.detail for event in self.stage.all(BackendStateChanged) if "restart" in event.detail]
        assert states == [], "no backend was harmed"


@asynccontextmanager
async def world() -> AsyncIterator[World]:
    world = World()
    world.talk.start()
    for backend in (world.talk.ears, world.talk.brain, world.talk.voice):
        await backend.worker()
    try:
        yield world
    finally:
        await asyncio.wait_for(world.talk.close(), WATCHDOG_S)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing waits for real time: the pump and the playout are looked after as often as can be."""
    monkeypatch.setattr("engine.listening.PUMP_EVERY_S", 0.0)
    monkeypatch.setattr("engine.speaking.POLL_EVERY_S", 0.0)


@given(st.lists(st.sampled_from(STEPS), max_size=14))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_every_turn_ends_exactly_once_and_the_microphone_is_closed(steps: Sequence[str]) -> None:
    async with world() as here:
        for step in steps:
            await here.do(step)
        await here.comes_to_an_end()
        here.check()
    here.check()


@given(st.lists(st.sampled_from(STEPS), max_size=8), st.booleans())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_closing_at_any_moment_ends_every_turn_and_leaves_no_thread(
    steps: Sequence[str], at_once: bool
) -> None:
    before = set(threading.enumerate())
    async with world() as here:
        for step in steps:
            await here.do(step)
        if not at_once:
            await asyncio.sleep(0)
    here.check()
    left = [thread for thread in set(threading.enumerate()) - before if thread.name in PORT_NAMES]
    for thread in left:
        thread.join(WATCHDOG_S)
        assert not thread.is_alive()


PORT_NAMES = ("transcriber", "language model", "synthesizer")


@pytest.mark.parametrize("first", ["press", "ask"])
@pytest.mark.parametrize("second", ["press", "ask", "stop", "release"])
async def test_two_in_one_tick(first: str, second: str) -> None:
    async with world() as here:
        await here.do(first)
        await here.do(second)
        await here.comes_to_an_end()
        here.check()
