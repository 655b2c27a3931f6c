"""Settings that are changed are in force, and so is a model or a key that has come."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from app.bridge import Bridge
from app.composition import App
from app.running import run_app
from app.settings.sample import SAMPLE
from app.settings.store import SettingsStore
from app.theme import DARK, Theme
from app.threads import Threads
from app.wiring import Wiring
from engine.audio.null import NullSink, NullSource
from engine.build import build
from engine.conversation import Conversation
from engine.errors import BackendUnavailable
from engine.events import BackendStateChanged, Event, Failed, Port
from engine.history import History, Recorder
from engine.models import Models
from engine.pcm import level_dbfs
from engine.settings import General, Settings, Voice
from engine.workers import Host
from tests.fakes.conversation import FakeConversation
from tests.fakes.mlx_thread import PATIENCE_S, hub_in
from tests.gui.conftest import Run, until
from tests.gui.settings_world import SPECS
from tests.watchdog import WATCHDOG_S


@dataclass
class Applied:
    """An ``apply`` that remembers, and waits while it is held."""

    calls: list[tuple[Settings, Settings]] = field(default_factory=list)
    held: asyncio.Event = field(default_factory=asyncio.Event)
    fails: bool = False

    async def __call__(
        self, conversation: Any, old: Settings, new: Settings, host: Host, *, running: Any
    ) -> None:
        self.calls.append((old, new))
        await self.held.wait()
        if self.fails:
            raise BackendUnavailable("It can't run.", "Choose another.")


class Talk(FakeConversation):
    choices: object = None


@dataclass
class Wired:
    store: SettingsStore
    bridge: Bridge
    wiring: Wiring
    applied: Applied
    talk: Talk
    names: dict[Port, object]


@pytest.fixture
def make(tmp_path: Path, qapp: QApplication) -> Callable[[], Wired]:
    def make() -> Wired:
        store = SettingsStore(tmp_path / "settings.toml", Settings())
        bridge, applied = Bridge(), Applied()
        applied.held.set()
        names: dict[Port, object] = dict.fromkeys(Port, "first")
        wiring = Wiring(
            store,
            bridge,
            Theme("light"),
            Threads(),
            models=Models(SPECS, state_folder=tmp_path / "models", cache=tmp_path / "cache"),
            apply=applied,
            backends=lambda settings: dict(names),
        )
        talk = Talk()
        bridge.connect_to(talk)
        return Wired(store, bridge, wiring, applied, talk, names)

    return make


def test_changes_come_into_force_one_after_the_other_and_the_last_counts(
    make: Callable[[], Wired], run: Run
) -> None:
    async def body() -> None:
        wired = make()
        wired.wiring.connect_to(wired.talk)
        await until(lambda: not wired.wiring.work.busy)
        assert wired.applied.calls == []
        wired.applied.held.clear()
        wired.store.change("brain", temperature=0.1)
        await until(lambda: wired.applied.calls)
        for temperature in (0.2, 0.3, 0.4):
            wired.store.change("brain", temperature=temperature)
        wired.applied.held.set()
        await until(lambda: not wired.wiring.work.busy)
        steps = [(old.brain.temperature, new.brain.temperature) for old, new in wired.applied.calls]
        assert steps == [(0.7, 0.1), (0.1, 0.4)]
        await wired.wiring.close()

    run(body())


def test_what_can_not_be_taken_is_told_in_the_window(make: Callable[[], Wired], run: Run) -> None:
    async def body() -> None:
        wired = make()
        told: list[Failed] = []
        wired.bridge.failed.connect(told.append)
        wired.wiring.connect_to(wired.talk)
        wired.applied.fails = True
        await until(lambda: not wired.wiring.work.busy)
        wired.store.change("voice", engine="system")
        await until(lambda: told)
        assert str(told[0].error) == "It can't run."
        await wired.wiring.close()

    run(body())


def test_a_model_that_has_come_is_taken(make: Callable[[], Wired], tmp_path: Path, run: Run) -> None:
    async def body() -> None:
        wired = make()
        wired.wiring.connect_to(wired.talk)
        await until(lambda: not wired.wiring.work.busy)
        (tmp_path / "mine").mkdir()
        (tmp_path / "mine" / "config.json").write_text("{}")
        await asyncio.to_thread(wired.wiring.models.use_folder, "ears", tmp_path / "mine")
        await until(lambda: wired.applied.calls)
        await wired.wiring.close()

    run(body())


def test_the_header_s_mute_and_the_page_s_are_one(make: Callable[[], Wired], run: Run) -> None:
    async def body() -> None:
        wired = make()
        wired.bridge.mute(True)
        assert wired.store.settings.voice.muted
        wired.store.change("voice", muted=False)
        assert not wired.bridge.muted
        assert not wired.talk.muted
        await wired.wiring.close()

    run(body())


def test_history_is_switched_off_and_deleted(make: Callable[[], Wired], tmp_path: Path, run: Run) -> None:
    async def body() -> None:
        wired = make()
        history = History(tmp_path / "history.sqlite3")
        recorder = Recorder(history)
        begun: list[bool] = []
        wired.wiring.history, wired.wiring.recorder = history, recorder
        wired.wiring.forget_shown = lambda: begun.append(True)
        wired.talk.bus.subscribe(recorder)
        wired.talk.ask("Why?")
        wired.talk.write("So.")
        wired.talk.stop()
        await asyncio.to_thread(recorder.flush)
        assert len(history.conversations()) == 1
        await wired.wiring.delete_history()
        assert history.conversations() == []
        assert begun
        wired.store.change("privacy", history=False)
        assert recorder.enabled is False
        recorder.close()
        history.close()
        await wired.wiring.close()

    run(body())


def test_the_look_follows(make: Callable[[], Wired], run: Run) -> None:
    async def body() -> None:
        wired = make()
        wired.store.change("general", appearance="dark")
        assert wired.wiring._theme.colours is DARK
        await wired.wiring.close()

    run(body())


# With the real conversation -------------------------------------------------------------------


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


@pytest.mark.timeout(PATIENCE_S)
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


# In the app -----------------------------------------------------------------------------------


def played(qapp: QApplication, body: Callable[[App], Any]) -> None:
    """Runs the whole app over the fake conversation until ``body`` has returned."""
    tasks: list[asyncio.Task[Any]] = []

    async def drive() -> None:
        try:
            await until(lambda: app.conversation is not None and app.wiring is not None)
            await body(app)
        finally:
            app.quit()

    def make(settings: Settings, host: Host) -> Talk:
        tasks.append(asyncio.get_running_loop().create_task(drive()))
        return Talk()

    app = App(qapp, make)
    assert run_app(qapp, app) == []
    app.window.deleteLater()
    tasks[0].result()


def test_the_settings_open_from_the_window_and_speak_another_language_at_once(qapp: QApplication) -> None:
    async def body(app: App) -> None:
        app.window.header._settings.click()
        window = app.side.settings
        assert window is not None
        assert window.isVisible()
        assert window.windowTitle() == "Settings"
        app.store.change("general", language="fr")
        again = app.side.settings
        assert again is not None
        assert again.windowTitle() == "Réglages"
        assert again.section == "general"
        assert app.window.header._settings.accessibleName() == "Réglages"
        app.store.change("general", language="en")
        assert app.window.header._settings.accessibleName() == "Settings"

    played(qapp, body)


def test_the_demo_notice_leads_to_the_brain(qapp: QApplication) -> None:
    async def body(app: App) -> None:
        app.window.notices.demo.acted.emit()
        assert app.side.settings is not None
        assert app.side.settings.section == "brain"

    played(qapp, body)


def test_the_first_run_is_shown_once(qapp: QApplication) -> None:
    async def body(app: App) -> None:
        await until(lambda: app.side.onboarding is not None)
        assert app.side.onboarding is not None
        app.side.onboarding.close()
        assert app.store.settings.general.onboarded

    async def again(app: App) -> None:
        assert app.store.settings == Settings(general=General(onboarded=True))
        await asyncio.sleep(0)
        assert app.side.onboarding is None

    played(qapp, body)
    played(qapp, again)
