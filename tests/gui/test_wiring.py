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
from app.settings.store import SettingsStore
from app.theme import DARK, Theme
from app.threads import Threads
from app.wiring import Wiring
from engine.errors import BackendUnavailable
from engine.events import Failed, Port
from engine.history import History, Recorder
from engine.models import Models
from engine.settings import General, Settings
from engine.workers import Host
from tests.fakes.conversation import FakeConversation
from tests.gui.conftest import Run, until
from tests.gui.settings_world import SPECS


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


# In the app ----------------------------------------------------------------------------------


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
