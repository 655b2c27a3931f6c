"""The app from its start to its end: it opens before any model, and quits cleanly in any state."""

import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.composition import App
from app.garbage import GarbageCollector
from app.macos.launch import ToldLaunch
from app.running import WORK, run_app
from app.shell import Shell
from app.threads import Threads
from engine import paths
from engine.build import build
from engine.errors import BackendUnavailable
from engine.history import History
from engine.settings import Settings
from engine.workers import Host, Worker
from tests.child import child
from tests.fakes.conversation import FakeConversation
from tests.gui.conftest import until
from tests.watchdog import WATCHDOG_S


class Slow(FakeConversation):
    """A conversation whose model loads on the app's thread until it is let go."""

    def __init__(self, host: Host) -> None:
        super().__init__()
        self.host = host
        self.loading = threading.Event()
        self.worker: Worker[str] = Worker("slow", self._load)

    def _load(self, progress: object) -> str:
        self.loading.wait(WATCHDOG_S)
        return "loaded"

    def start(self) -> None:
        super().start()
        self.host("slow", self.worker.run)

    async def close(self) -> None:
        await super().close()
        self.worker.stop()
        self.loading.set()


def played(
    qapp: QApplication, body: Callable[[App, Slow], object], *, hidden: bool = False
) -> tuple[Slow, list[str]]:
    """Runs the app until ``body`` has been called behind the open window, and quits it."""
    made: list[Slow] = []
    driving: list[asyncio.Task[None]] = []

    async def drive() -> None:
        try:
            await until(lambda: app.conversation is not None)
            waiting = body(app, made[0])
            if isinstance(waiting, Coroutine):
                await waiting
        finally:
            app.quit()

    def build_slow(settings: Settings, host: Host) -> Slow:
        made.append(Slow(host))
        driving.append(asyncio.get_running_loop().create_task(drive()))
        return made[0]

    app = App(qapp, build_slow, launch=ToldLaunch(hidden))
    left = run_app(qapp, app)
    driving[0].result()
    app.window.deleteLater()
    return made[0], left


def test_the_window_is_painted_before_anything_is_loaded(qapp: QApplication) -> None:
    def body(app: App, conversation: Slow) -> None:
        assert app.window.isVisible()
        assert not conversation.worker.loaded.done()

    conversation, left = played(qapp, body)
    assert conversation.closed
    assert left == []


def listen(conversation: Slow) -> None:
    conversation.press()


def transcribe(conversation: Slow) -> None:
    conversation.press()
    conversation.release()


def think(conversation: Slow) -> None:
    conversation.ask("Why?")


def speak(conversation: Slow) -> None:
    conversation.ask("Why?")
    conversation.write("Because it is so.")
    conversation.start_speaking()
    conversation.speak("Because")


@pytest.mark.parametrize("bring", [lambda conversation: None, listen, transcribe, think, speak])
def test_quitting_in_any_state_is_clean(
    qapp: QApplication, bring: Callable[[Slow], None], caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is left, and nothing was given up waiting for."""
    conversation, left = played(qapp, lambda app, conversation: bring(conversation))
    assert left == []
    assert conversation.closed
    assert conversation.turn is None or not conversation.turn.live
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_quitting_does_not_wait_for_a_call_that_never_returns(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.running.CLOSING_AT_MOST_S", 0.5)
    asked, answered = threading.Event(), threading.Event()

    def ask_for_a_password() -> None:
        threading.current_thread().name = f"{WORK}_of_the_keyring"
        asked.set()
        answered.wait()

    async def body(app: App, conversation: Slow) -> None:
        unlocking = asyncio.ensure_future(asyncio.to_thread(ask_for_a_password))
        await until(asked.is_set)
        unlocking.cancel()

    _, left = played(qapp, body)
    answered.set()
    assert left == [f"{WORK}_of_the_keyring"]


def test_the_system_may_ask_to_quit(qapp: QApplication) -> None:
    accepted: list[bool] = []

    def none(settings: Settings, host: Host) -> Slow:
        asyncio.get_running_loop().create_task(ask())
        raise BackendUnavailable("none")

    async def ask() -> None:
        event = QEvent(QEvent.Type.Quit)
        event.ignore()
        QCoreApplication.sendEvent(qapp, event)
        accepted.append(event.isAccepted())

    app = App(qapp, none)
    assert run_app(qapp, app) == []
    assert accepted == [True]  # a logout is not held up
    app.window.deleteLater()


def test_what_was_heard_before_quitting_is_in_the_history(qapp: QApplication) -> None:
    played(qapp, lambda app, conversation: speak(conversation))
    history = History(paths.history_file())
    (summary,) = history.conversations()
    (turn,) = history.conversation(summary.conversation_id).turns
    history.close()
    assert (turn.reply, turn.heard_text) == ("Because it is so.", "Because")


def test_a_conversation_that_can_not_be_built_is_told_in_the_window(qapp: QApplication) -> None:
    def fail(settings: Settings, host: Host) -> Slow:
        asyncio.get_running_loop().create_task(quit_when_told())
        raise BackendUnavailable("This machine can't.", "Use another.")

    async def quit_when_told() -> None:
        await until(lambda: app.window.notices.error.isVisible())
        app.quit()

    app = App(qapp, fail)
    run_app(qapp, app)
    assert app.window.notices.error.remedy == "Use another."
    app.window.deleteLater()


def test_opened_at_login_it_waits_for_a_person(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a menu bar nothing opens; what a person does then opens the window, and the first run with it."""
    monkeypatch.setattr(Shell, "in_menu_bar", True)
    seen: list[tuple[bool, bool]] = []

    def look(app: App) -> None:
        seen.append((app.window.isVisible(), app.side.onboarding is not None))

    async def body(app: App, conversation: Slow) -> None:
        await asyncio.sleep(0)
        look(app)
        assert app.shell is not None
        app.shell.show_window()
        look(app)

    played(qapp, body, hidden=True)
    assert seen == [(False, False), (True, True)]


def test_opened_at_login_where_nothing_shows_it_the_window_opens(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.composition.TRAY_COMES_WITHIN_S", 0.0)

    async def body(app: App, conversation: Slow) -> None:
        await until(app.window.isVisible)

    played(qapp, body, hidden=True)


def test_the_window_opens_as_it_was_left(qapp: QApplication) -> None:
    def leave(app: App, conversation: Slow) -> None:
        app.window.resize(777, 555)
        app.window.header.sidebar.setChecked(True)

    played(qapp, leave)
    found: list[tuple[int, int, bool]] = []

    def look(app: App, conversation: Slow) -> None:
        found.append((app.window.width(), app.window.height(), app.window.sidebar.isVisible()))

    played(qapp, look)
    assert found == [(777, 555, True)]


def test_a_settings_file_with_a_typo_is_told_with_its_line(qapp: QApplication) -> None:
    paths.settings_file().parent.mkdir(parents=True)
    paths.settings_file().write_text("[voice]\nspeeed = 2\n")
    seen: list[str] = []
    played(qapp, lambda app, conversation: seen.append(app.window.notices.error.message))
    assert "line 2" in seen[0]


def test_a_thread_that_hangs_is_named_and_not_destroyed(qapp: QApplication) -> None:
    threads, going_on = Threads(), threading.Event()

    def hang() -> None:
        going_on.wait(WATCHDOG_S)

    threads("stuck", hang)
    assert threads.join(0.01) == ["stuck"]
    going_on.set()
    assert threads.join(WATCHDOG_S) == []


def test_widgets_in_cycles_are_destroyed_on_the_main_thread(qapp: QApplication) -> None:
    collector = GarbageCollector(lambda: False)
    destroyed_on: list[int] = []
    for _ in range(20):
        widget = QTimer(interval=1000)
        widget.start()
        widget.destroyed.connect(lambda: destroyed_on.append(threading.get_ident()))
        widget.itself = widget  # type: ignore[attr-defined]
    del widget

    def allocate() -> None:
        for _ in range(50_000):
            cycle: list[object] = []
            cycle.append(cycle)

    thread = threading.Thread(target=allocate)
    thread.start()
    thread.join()
    assert destroyed_on == []
    collector.collect_some()
    assert destroyed_on == [threading.get_ident()] * 20
    collector.stop()


def test_a_body_runs_on_its_own_thread(qapp: QApplication) -> None:
    threads, seen = Threads(), []
    threads("own", lambda: seen.append(threading.get_ident()))
    threads.join(WATCHDOG_S)
    assert seen != [threading.get_ident()]


@pytest.mark.skipif(sys.platform == "win32", reason="there are no POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_quits_the_real_app(tmp_path: Path, number: signal.Signals) -> None:
    code = (
        "import sys\n"
        "from app.application import make_application\n"
        "from app.composition import App\n"
        "from app.running import run_app\n"
        "from engine.errors import AloudError\n"
        "def none(settings, host): raise AloudError('none')\n"
        "application = make_application(sys.argv); app = App(application, none)\n"
        "app.bridge.told.connect(lambda event: print('told', flush=True))\n"
        "print('left', run_app(application, app), flush=True)\n"
    )
    environment = os.environ | {"ALOUD_HOME": str(tmp_path), "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-W", "error", "-c", code]
    with child(command, env=environment) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "told\n"
        program.send_signal(number)
        assert program.stdout.read() == "left []\n"
        assert program.wait(WATCHDOG_S) == 0


def test_the_real_conversation_can_stand_behind_the_window(qapp: QApplication) -> None:
    """``build`` takes the app's threads as its host; nothing is started here, so nothing is loaded."""
    conversation = build(Settings(), host=Threads())
    app = App(qapp, lambda settings, host: conversation)
    app.bridge.connect_to(conversation)
    app.bridge.mute(True)
    QTest.keyClicks(app.window.dock.composer.field, " ")
    assert conversation.choices.muted
    app.bridge.disconnect_from_conversation()
    app.window.deleteLater()
