"""Whatever happens in whatever order, in one tick of the loop or in many: every turn ends once, and well."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.audio.capture import Capture
from engine.audio.null import NullSink
from engine.audio.playout import Playout
from engine.build import exchange
from engine.errors import BrainUnreachable, DeviceLost, SpeakerUnavailable
from engine.events import Failed, Outcome, Port, TurnEnded
from engine.pcm import Pcm
from tests.fakes.clock import StillClock
from tests.fakes.stage import (
    WATCHDOG_S,
    HummingSource,
    QuietDetector,
    ScriptedBrain,
    ScriptedEars,
    ScriptedVoice,
    Stage,
    close,
)
from tests.watchdog import WATCHDOG_S as LONGEST_EXAMPLE_S


class Speaker(NullSink):
    """A speaker that may be pulled out, missing, or slow to open (until ``let`` is set)."""

    def __init__(self, clock: StillClock) -> None:
        super().__init__(clock=clock)
        self.lost = self.missing = False
        self.let = threading.Event()
        self.let.set()

    def open(self) -> None:
        assert self.let.wait(WATCHDOG_S)
        if self.missing:
            raise SpeakerUnavailable("none", "get one")
        self.lost = False

    def start(self) -> None:
        self._there()
        super().start()

    def write(self, samples: Pcm) -> int:
        self._there()
        return super().write(samples)

    def position_samples(self) -> int:
        self._there()
        return super().position_samples()

    def _there(self) -> None:
        if self.lost:
            raise DeviceLost("gone", "plug it in")


class World:
    """A stage in still time, and everything that people and devices may do to it."""

    def __init__(self) -> None:
        self.stage, self.clock = Stage(), StillClock()
        self.talk = self.stage.talk
        self.source, self.speaker = HummingSource(clock=self.clock), Speaker(self.clock)
        self.talk.capture = Capture(self.source, QuietDetector(), clock=self.clock)
        self.talk.playout = Playout(self.speaker, clock=self.clock)
        self.begun = 0
        self.go_on = asyncio.Event()
        self.swapping: list[asyncio.Task[None]] = []
        self.successors: list[ScriptedEars | ScriptedBrain | ScriptedVoice] = []
        self.steps: dict[str, Callable[[], object]] = {
            "press": self.press,
            "ask": self.ask,
            "release": self.talk.release,
            "stop": self.talk.stop,
            "mute": lambda: self.talk.mute(True),
            "unmute": lambda: self.talk.mute(False),
            "other ears": self.other_ears,
            "another brain": self.another_brain,
            "another voice": self.another_voice,
            "slow microphone": lambda: setattr(self.source, "opening", True),
            "lost microphone": self.lose_microphone,
            "slow speaker": self.speaker.let.clear,
            "lost speaker": lambda: setattr(self.speaker, "lost", True),
            "no speaker": lambda: setattr(self.speaker, "missing", True),
            "slow ears": self.stage.ears.let.clear,
            "slow brain": self.write_slowly,
            "broken brain": self.break_off,
            "broken voice": self.crash_once,
            "go on": self.let_go_on,
        }

    async def do(self, step: str) -> None:
        if step == "tick":
            await asyncio.sleep(0)
        elif step == "while":
            await self.pass_a_while()
        else:
            self.steps[step]()

    def press(self) -> None:
        self.source.lost, self.source.opening = None, False
        self.talk.press()
        self.begun += 1

    def ask(self) -> None:
        self.talk.ask("Why?")
        self.begun += 1

    def other_ears(self) -> None:
        ears = ScriptedEars("what is new")
        self.successors.append(ears)
        successor = self.stage.supervised(Port.TRANSCRIBER, lambda: ears, close)
        self.swapping.append(asyncio.ensure_future(exchange(self.talk, successor)))

    def another_brain(self) -> None:
        brain = ScriptedBrain()
        self.successors.append(brain)
        successor = self.stage.supervised(Port.LANGUAGE_MODEL, lambda: brain, release=lambda it: it.close())
        self.swapping.append(asyncio.ensure_future(exchange(self.talk, successor)))

    def another_voice(self) -> None:
        voice = ScriptedVoice()
        self.successors.append(voice)
        successor = self.stage.supervised(Port.SYNTHESIZER, lambda: voice, close)
        self.swapping.append(asyncio.ensure_future(exchange(self.talk, successor)))

    def lose_microphone(self) -> None:
        self.source.lost = DeviceLost("gone", "plug it in")

    def write_slowly(self) -> None:
        self.stage.brain.script = ["Because ", "of ", self.go_on, "scattering."]

    def break_off(self) -> None:
        self.stage.brain.script = ["Because ", BrainUnreachable("No network.", "Ask again.")]

    def crash_once(self) -> None:
        def crash(word: str) -> None:
            self.stage.voice.at_word = lambda word: None
            raise RuntimeError("out of memory")

        self.stage.voice.at_word = crash

    def let_go_on(self) -> None:
        """Whatever is slow goes on."""
        self.speaker.let.set()
        self.stage.ears.let.set()
        self.go_on.set()

    def mend(self) -> None:
        """Everything is as it should be again."""
        self.speaker.missing = False
        self.stage.voice.at_word = lambda word: None
        self.stage.brain.script = ["Because."]
        self.talk.mute(False)

    async def pass_a_while(self) -> None:
        """Lets the clock run on, and everybody, threads too, do what is to be done."""
        for _ in range(5):
            self.clock.go(0.1)
            await asyncio.to_thread(lambda: None)

    async def comes_to_an_end(self) -> None:
        """Nobody does anything any more but let go of the key."""
        self.talk.release()
        self.let_go_on()
        async with asyncio.timeout(WATCHDOG_S):
            while self.talk.busy:
                await self.pass_a_while()

    def check(self) -> None:
        ended = [event.turn_id for event in self.stage.all(TurnEnded)]
        assert ended == list(range(1, self.begun + 1))
        for turn_id in ended:
            of_turn = [event for event in self.stage.events if event.turn_id == turn_id]
            assert isinstance(of_turn[-1], TurnEnded), "nothing of a turn is told after its end"
        assert not self.talk.capture.in_use
        assert not self.talk.capture.open
        assert not self.source.live
        broken = [event.error for event in self.stage.all(Failed) if "inside" in str(event.error)]
        assert broken == []


@asynccontextmanager
async def world() -> AsyncIterator[World]:
    """One example, with a limit of its own: Hypothesis takes the whole test's for one more failure."""
    async with asyncio.timeout(LONGEST_EXAMPLE_S):
        world = World()
        world.talk.start()
        for backend in (world.talk.ears, world.talk.brain, world.talk.voice):
            await backend.worker()
        try:
            yield world
        finally:
            world.let_go_on()
            await asyncio.wait_for(world.talk.close(), WATCHDOG_S)
            await asyncio.wait_for(asyncio.gather(*world.swapping), WATCHDOG_S)
    assert [successor.closed for successor in world.successors] == [1] * len(world.successors)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing waits for real time: the pump and the playout are looked after as often as can be."""
    monkeypatch.setattr("engine.listening.PUMP_EVERY_S", 0.0)
    monkeypatch.setattr("engine.speaking.POLL_EVERY_S", 0.0)


STEPS = ("tick", "while", *World().steps)
PEOPLE = ("press", "release", "stop", "ask", "tick", "while")
anything = st.sampled_from(PEOPLE) | st.sampled_from(STEPS)
in_any_order = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@given(st.lists(st.sampled_from(PEOPLE), max_size=14))
@in_any_order
async def test_every_turn_ends_exactly_once_and_the_microphone_is_closed(steps: Sequence[str]) -> None:
    async with world() as here:
        for step in steps:
            await here.do(step)
        await here.comes_to_an_end()
        here.check()


@given(st.lists(anything, max_size=20))
@in_any_order
async def test_whatever_breaks_or_changes_the_next_turn_works(steps: Sequence[str]) -> None:
    async with world() as here:
        for step in steps:
            await here.do(step)
        here.mend()
        await here.comes_to_an_end()
        here.check()
        here.press()
        for _ in range(3):
            await here.pass_a_while()
        await here.comes_to_an_end()
        here.check()
        assert here.stage.all(TurnEnded)[-1].outcome is Outcome.COMPLETED


@given(st.lists(anything, max_size=12))
@in_any_order
async def test_closing_at_any_moment_ends_every_turn_and_closes_every_backend(steps: Sequence[str]) -> None:
    async with world() as here:
        for step in steps:
            await here.do(step)
    here.check()


@pytest.mark.parametrize("first", ["press", "ask"])
@pytest.mark.parametrize("second", ["press", "ask", "stop", "release"])
async def test_two_in_one_tick(first: str, second: str) -> None:
    async with world() as here:
        await here.do(first)
        await here.do(second)
        await here.comes_to_an_end()
        here.check()
