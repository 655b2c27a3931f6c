"""Backends exchanged in a running conversation: no question is lost, whatever the turn was doing."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from engine.audio.capture import Capture
from engine.build import exchange
from engine.errors import ModelMissing
from engine.events import (
    Outcome,
    Port,
    ReplyDelta,
    SpeechStarted,
    TranscriptReady,
    TurnEnded,
    UtteranceCaptured,
)
from engine.supervise import Supervisor
from engine.turn import TurnState
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

NEW_QUESTION = "what is new"


class Swaps:
    """A stage with a microphone that hums, and successors for each of its backends."""

    def __init__(self) -> None:
        self.stage = Stage()
        self.talk = self.stage.talk
        self.clock = StillClock()
        self.talk.capture = Capture(HummingSource(clock=self.clock), QuietDetector(), clock=self.clock)
        self.go_on = asyncio.Event()
        self.stage.brain.script = ["Because ", "of ", self.go_on, "scattering."]
        self.ears = ScriptedEars(NEW_QUESTION)
        self.brain, self.voice = ScriptedBrain(), ScriptedVoice()
        self.brain.script = ["New."]

    def successor(self, port: Port) -> Supervisor[Any]:
        if port is Port.LANGUAGE_MODEL:
            return self.stage.supervised(port, lambda: self.brain, release=lambda brain: brain.close())
        if port is Port.TRANSCRIBER:
            return self.stage.supervised(port, lambda: self.ears, close)
        return self.stage.supervised(port, lambda: self.voice, close)

    def formers_closed(self, port: Port) -> int:
        if port is Port.TRANSCRIBER:
            return self.stage.ears.closed
        return self.stage.brain.closed if port is Port.LANGUAGE_MODEL else self.stage.voice.closed

    async def listen(self) -> None:
        self.talk.press()
        await self.hold()
        await self.until_heard()

    async def until_heard(self) -> None:
        """Returns once the recogniser has been given something."""
        await asyncio.to_thread(self.stage.ears.working.wait, WATCHDOG_S)

    async def transcribe(self) -> None:
        self.talk.choices = replace(self.talk.choices, partials=False)
        self.stage.ears.let.clear()
        self.talk.press()
        await self.hold()
        self.talk.release()
        await self.stage.until(UtteranceCaptured)
        await self.until_heard()

    async def hold(self) -> None:
        """Returns once the key has been held for long enough."""
        await asyncio.sleep(0)
        self.clock.go(0.5)

    async def think(self) -> None:
        self.talk.choices = replace(self.talk.choices, muted=True)
        self.talk.ask("Why?")
        await self.stage.until(ReplyDelta, 2)

    async def speak(self) -> None:
        self.talk.ask("Why?")
        await self.stage.until(SpeechStarted)

    def finish(self) -> None:
        """Lets the turn go on to its end, whatever it waits for."""
        self.talk.release()
        self.stage.ears.let.set()
        self.go_on.set()

    async def ended(self, count: int = 1) -> TurnEnded:
        return await self.stage.until(TurnEnded, count)


@pytest.fixture
async def swaps() -> AsyncIterator[Swaps]:
    swaps = Swaps()
    yield swaps
    swaps.finish()
    await swaps.talk.close()


STATES: dict[TurnState, Callable[[Swaps], Awaitable[None]]] = {
    TurnState.LISTENING: Swaps.listen,
    TurnState.TRANSCRIBING: Swaps.transcribe,
    TurnState.THINKING: Swaps.think,
    TurnState.SPEAKING: Swaps.speak,
}
PORTS = [Port.TRANSCRIBER, Port.LANGUAGE_MODEL, Port.SYNTHESIZER]


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.value)
@pytest.mark.parametrize("port", PORTS, ids=lambda port: port.value)
async def test_a_swap_in_mid_turn_ends_that_turn_well_and_serves_the_next(
    swaps: Swaps, port: Port, state: TurnState
) -> None:
    swaps.talk.start()
    for backend in (swaps.talk.ears, swaps.talk.brain, swaps.talk.voice):
        await backend.worker()
    await STATES[state](swaps)
    assert swaps.talk.turn is not None
    assert swaps.talk.turn.state is state
    swapping = await put_in_place(swaps, port)
    assert swaps.formers_closed(port) == 0, "the turn in flight may still need it"
    swaps.finish()
    ended = await swaps.ended()
    assert ended.outcome is Outcome.COMPLETED
    assert ended.question
    assert ended.reply
    await asyncio.wait_for(swapping, WATCHDOG_S)
    assert swaps.formers_closed(port) == 1
    swaps.talk.choices = replace(swaps.talk.choices, muted=False)
    swaps.talk.press()
    await swaps.hold()
    swaps.talk.release()
    ended = await swaps.ended(2)
    assert ended.outcome is Outcome.COMPLETED
    assert (ended.question == NEW_QUESTION) == (port is Port.TRANSCRIBER)
    assert (ended.reply == "New.") == (port is Port.LANGUAGE_MODEL)
    assert (swaps.voice.ended > 0) == (port is Port.SYNTHESIZER)


@pytest.mark.parametrize("port", PORTS, ids=lambda port: port.value)
async def test_what_waits_for_a_backend_that_still_loads_is_served_by_its_successor(
    swaps: Swaps, port: Port
) -> None:
    never, loading = threading.Event(), threading.Event()

    def load() -> object:
        loading.set()
        assert never.wait(WATCHDOG_S)
        raise ModelMissing("Nothing on disk.", "Download it.")

    slow = swaps.stage.supervised(port, load)
    name = {Port.TRANSCRIBER: "ears", Port.LANGUAGE_MODEL: "brain", Port.SYNTHESIZER: "voice"}[port]
    setattr(swaps.talk, name, slow)
    swaps.go_on.set()
    swaps.talk.start()
    swaps.talk.press()
    await swaps.hold()
    swaps.talk.release()
    await asyncio.to_thread(loading.wait, WATCHDOG_S)
    await swaps.stage.until(UtteranceCaptured)
    swapping = asyncio.ensure_future(exchange(swaps.talk, swaps.successor(port)))
    ended = await swaps.ended()
    assert ended.outcome is Outcome.COMPLETED
    assert (ended.question == NEW_QUESTION) == (port is Port.TRANSCRIBER)
    assert (ended.reply == "New.") == (port is Port.LANGUAGE_MODEL)
    assert (swaps.voice.ended > 0) == (port is Port.SYNTHESIZER)
    never.set()
    await asyncio.wait_for(swapping, WATCHDOG_S)


async def test_ears_that_failed_are_replaced_while_the_key_is_held(swaps: Swaps) -> None:
    def missing() -> ScriptedEars:
        raise ModelMissing("Nothing on disk.", "Download it.")

    swaps.talk.ears = swaps.stage.supervised(Port.TRANSCRIBER, missing)
    swaps.go_on.set()
    swaps.talk.start()
    with pytest.raises(ModelMissing):
        await swaps.talk.ears.worker()
    swaps.talk.press()
    await swaps.hold()
    await asyncio.wait_for(put_in_place(swaps, Port.TRANSCRIBER), WATCHDOG_S)
    swaps.talk.release()
    assert (await swaps.stage.until(TranscriptReady)).text == NEW_QUESTION
    await swaps.ended()


async def put_in_place(swaps: Swaps, port: Port) -> asyncio.Task[None]:
    """Returns once the successor is in its place; the task goes on until the former is closed."""
    successor = swaps.successor(port)
    swapping = asyncio.ensure_future(exchange(swaps.talk, successor))
    await successor.worker()
    await asyncio.sleep(0)
    assert successor in (swaps.talk.ears, swaps.talk.brain, swaps.talk.voice)
    return swapping


async def test_of_two_swaps_at_once_the_last_serves_and_nothing_is_lost(swaps: Swaps) -> None:
    swaps.talk.start()
    await swaps.talk.ears.worker()
    swaps.talk.choices = replace(swaps.talk.choices, partials=False)
    swaps.talk.press()
    await swaps.hold()
    first, last = swaps.successor(Port.TRANSCRIBER), swaps.successor(Port.TRANSCRIBER)
    both = [asyncio.ensure_future(exchange(swaps.talk, successor)) for successor in (first, last)]
    await first.worker()
    await last.worker()
    swaps.finish()
    ended = await swaps.ended()
    assert (ended.outcome, ended.question) == (Outcome.COMPLETED, NEW_QUESTION)
    await asyncio.wait_for(asyncio.gather(*both), WATCHDOG_S)
    assert swaps.talk.ears is last
    assert (swaps.stage.ears.closed, swaps.ears.closed) == (1, 1)


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.value)
async def test_closing_in_the_middle_of_a_swap_leaves_nothing_behind(swaps: Swaps, state: TurnState) -> None:
    swaps.talk.start()
    for backend in (swaps.talk.ears, swaps.talk.brain, swaps.talk.voice):
        await backend.worker()
    await STATES[state](swaps)
    swapping = [asyncio.ensure_future(exchange(swaps.talk, swaps.successor(port))) for port in PORTS]
    await asyncio.sleep(0)
    swaps.stage.ears.let.set()
    await asyncio.wait_for(swaps.talk.close(), WATCHDOG_S)
    await asyncio.wait_for(asyncio.gather(*swapping), WATCHDOG_S)
    assert (await swaps.ended()).outcome is Outcome.INTERRUPTED
    assert swaps.stage.ears.closed == swaps.ears.closed == 1
    assert swaps.stage.voice.closed == swaps.voice.closed == 1


async def test_a_swap_that_is_called_off_closes_what_it_was_loading(swaps: Swaps) -> None:
    swaps.talk.start()
    loading, let = threading.Event(), threading.Event()

    def load() -> ScriptedEars:
        loading.set()
        assert let.wait(WATCHDOG_S)
        return swaps.ears

    swapping = asyncio.ensure_future(
        exchange(swaps.talk, swaps.stage.supervised(Port.TRANSCRIBER, load, close))
    )
    await asyncio.to_thread(loading.wait, WATCHDOG_S)
    swapping.cancel()
    await asyncio.sleep(0)
    let.set()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(swapping, WATCHDOG_S)
    assert swaps.ears.closed == 1
    assert swaps.talk.ears.ready
