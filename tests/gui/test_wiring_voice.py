"""Changes as the real conversation takes them, with its own voice on the app's threads."""

import asyncio
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from app.bridge import Bridge
from app.settings.sample import SAMPLE
from app.settings.store import SettingsStore
from app.theme import Theme
from app.threads import Threads
from app.wiring import Wiring
from engine.audio.null import NullSink, NullSource
from engine.build import build
from engine.conversation import Conversation
from engine.events import BackendStateChanged, Event, Port
from engine.pcm import level_dbfs
from engine.settings import Settings, Voice
from tests.fakes.mlx_thread import PATIENCE_S, hub_in
from tests.gui.conftest import Run, until
from tests.watchdog import WATCHDOG_S


class Talking:
    """The real conversation with its embedded voice, on the app's threads."""

    def __init__(self, tmp_path: Path, settings: Settings) -> None:
        self.store = SettingsStore(tmp_path / "settings.toml", settings)
        self.bridge, self.threads = Bridge(), Threads()
        self.sink = NullSink(keep=True)
        self.talk: Conversation = build(settings, host=self.threads, source=NullSource(), sink=self.sink)
        self.talk.voice._stuck_after_s = WATCHDOG_S  # a busy machine is not a voice that hangs
        self.wiring = Wiring(self.store, self.bridge, Theme("light"), self.threads)
        self.bridge.connect_to(self.talk)
        self.wiring.connect_to(self.talk)
        self.talk.voice.start()

    async def close(self) -> None:
        await self.wiring.close()
        self.bridge.disconnect_from_conversation()
        await self.talk.close()
        assert self.threads.join(WATCHDOG_S) == []


def test_a_sample_is_heard_in_the_chosen_voice_and_gives_way_to_a_turn(
    tmp_path: Path, qapp: QApplication, run: Run
) -> None:
    async def body() -> None:
        talking = Talking(tmp_path, Settings())
        voices = await talking.wiring.voices()
        assert voices[0] == "heart"
        await talking.wiring.say("Hello.")
        assert level_dbfs(talking.sink.played()) > -40
        heard = len(talking.sink.played())
        sample = asyncio.ensure_future(talking.wiring.say(SAMPLE))
        await until(lambda: len(talking.sink.played()) > heard + 5_000)
        talking.talk.press()
        await asyncio.wait_for(sample, WATCHDOG_S)
        assert talking.talk._idle is not None, "the speaker is let go of in time, as after a turn"
        assert talking.talk.turn is not None
        assert talking.talk.turn.live, "the sample's end must not end the turn"
        talking.talk.stop()
        await talking.close()

    run(body())


@pytest.mark.may_take(PATIENCE_S)
def test_the_codebooks_are_measured_again_and_the_voice_tells_of_itself(
    tmp_path: Path, qapp: QApplication, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.gui.conftest.WATCHDOG_S", PATIENCE_S)  # it loads a voice, twice
    hub = hub_in(tmp_path / "kyutai")
    measured: list[str] = []

    def hear(event: Event) -> None:
        if isinstance(event, BackendStateChanged) and event.detail.startswith("Measuring"):
            measured.append(event.detail)

    async def body() -> None:
        voice = Voice(engine="kyutai", kyutai_folder=str(hub), voice="alice/calm.wav+bob.wav")
        talking = Talking(tmp_path, Settings(voice=voice))
        talking.talk.bus.subscribe(hear)
        facts = await talking.wiring.speech_facts()
        assert (facts.most_speakers, facts.codebooks) == (5, 4)
        assert facts.real_time_factor > 0
        await until(lambda: not talking.wiring.work.busy)
        before = talking.talk.voice
        assert len(measured) == 1
        await talking.wiring.measure_again()
        assert talking.talk.voice is not before
        assert len(measured) == 2
        assert talking.store.settings.voice.voice == voice.voice, "both speakers are known to it"
        await talking.close()

    run(body())


def test_another_device_and_speed_are_taken_without_a_restart(
    tmp_path: Path, qapp: QApplication, run: Run
) -> None:
    async def body() -> None:
        talking = Talking(tmp_path, Settings())
        await talking.talk.voice.worker()
        voice = talking.talk.voice
        talking.store.change("voice", speed=1.5, output_device="ALSA: none such")
        assert talking.talk.choices.voice.speed == 1.5, "at once"
        await until(lambda: not talking.wiring.work.busy)
        assert talking.talk.playout._sink is not talking.sink
        assert talking.talk.voice is voice, "the voice itself is not loaded anew"
        await talking.close()

    run(body())


def test_a_voice_that_another_engine_does_not_know_is_let_go(
    tmp_path: Path, qapp: QApplication, run: Run
) -> None:
    async def body() -> None:
        talking = Talking(tmp_path, Settings())
        await talking.talk.voice.worker()
        await until(lambda: not talking.wiring.work.busy)
        talking.store.change("voice", voice="nobody")
        running = talking.wiring._running
        assert running is not None
        talking.wiring._running = running | {Port.SYNTHESIZER: "as if another engine had run"}
        talking.wiring.reconsider()
        await until(lambda: talking.store.settings.voice.voice == "")
        await until(lambda: not talking.wiring.work.busy)
        await talking.close()

    run(body())
