"""Drives the real window: one qasync loop a test, real clicks and keys, nothing left behind."""

import asyncio
import gc
import sys
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest
import qasync
import shiboken6
from PySide6.QtCore import QEvent, QThread, QTimer
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.bridge import Bridge
from app.theme import Theme, use_readable_font
from app.tray.menu import TrayMenu
from app.window.main_window import MainWindow
from tests.fakes.apple import Install, installer
from tests.fakes.conversation import FakeConversation
from tests.watchdog import WATCHDOG_S

Run = Callable[[Coroutine[Any, Any, Any]], Any]

WATCHDOG_MS = round(WATCHDOG_S * 1000)


class PatientBot(QtBot):
    """Waits as long as a busy machine may take; what is there already is not waited for."""

    def waitUntil(self, callback: Callable[[], bool | None], *, timeout: int = WATCHDOG_MS) -> None:
        super().waitUntil(callback, timeout=timeout)

    def waitSignal(self, signal: Any, *, timeout: int = WATCHDOG_MS, **more: Any) -> Any:
        return super().waitSignal(signal, timeout=timeout, **more)

    def waitExposed(self, widget: QWidget, *, timeout: int = WATCHDOG_MS) -> Any:
        return super().waitExposed(widget, timeout=timeout)


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> QtBot:
    return PatientBot(request)


@pytest.fixture(autouse=True)
def patient_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the app ends is tested, not how quick this machine is just now."""
    for place in ("app.composition", "app.running"):
        monkeypatch.setattr(f"{place}.CLOSING_AT_MOST_S", WATCHDOG_S)


@pytest.fixture(scope="session", autouse=True)
def font(qapp: QApplication) -> Iterator[None]:
    use_readable_font(qapp)
    gc.freeze()  # what is imported by now need not be looked at after each test
    yield
    gc.unfreeze()
    qapp.setQuitOnLastWindowClosed(False)


class Running:
    """Threads and timers that ran when a test ended; what they were begun by is not the next test's fault."""

    def __init__(self) -> None:
        self.known = _running()

    def begun(self) -> list[Any]:
        """Those that run now and did not at the last look."""
        before, self.known = self.known, _running()
        return [thing for thing in self.known if not any(thing is one for one in before)]


@pytest.fixture(scope="session")
def running(qapp: QApplication) -> Running:
    return Running()


@pytest.fixture(autouse=True)
def nothing_left(qapp: QApplication, running: Running) -> Iterator[None]:
    """A thread or a timer that the test has begun, and nobody has stopped, fails the test."""
    gc.disable()  # see app.garbage: widgets must not be collected on another thread
    yield
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    gc.collect()
    gc.enable()
    left = running.begun()
    gc.freeze()  # what is still there stays, modules above all, and need not be looked at after each test
    assert not left, f"left running: {left}"


def _running() -> list[Any]:
    return [
        thing
        for thing in gc.get_objects()
        if isinstance(thing, QThread | QTimer)
        and shiboken6.isValid(thing)
        and (thing.isRunning() if isinstance(thing, QThread) else thing.isActive())
    ]


@pytest.fixture
def run(qapp: QApplication) -> Iterator[Run]:
    """Runs a coroutine to its end on a loop of this test."""
    loop = qasync.QEventLoop(qapp)
    asyncio.set_event_loop(loop)
    hooks = sys.get_asyncgen_hooks()
    sys.set_asyncgen_hooks(loop._asyncgen_firstiter_hook, loop._asyncgen_finalizer_hook)
    yield lambda coroutine: loop.run_until_complete(asyncio.wait_for(coroutine, WATCHDOG_S))
    loop.run_until_complete(loop.shutdown_asyncgens())
    sys.set_asyncgen_hooks(*hooks)
    loop.close()
    asyncio.set_event_loop(None)


async def until(true: Callable[[], object]) -> None:
    """Returns once ``true`` is; the watchdog of ``run`` ends a wait in vain."""
    while not true():  # noqa: ASYNC110  # what is waited for is on the screen and tells nobody
        await asyncio.sleep(0.002)


@pytest.fixture
def conversation() -> FakeConversation:
    return FakeConversation()


@pytest.fixture
def theme(qapp: QApplication) -> Theme:
    return Theme("light")


@pytest.fixture
def window(qtbot: QtBot, theme: Theme, conversation: FakeConversation) -> MainWindow:
    """The window on the screen, showing the fake conversation."""
    bridge = Bridge()
    shown = MainWindow(bridge, theme)
    bridge.setParent(shown)
    qtbot.addWidget(shown)
    bridge.connect_to(conversation)
    shown.show()
    qtbot.waitExposed(shown)
    conversation.calls.clear()
    return shown


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Install:
    """Puts fakes in the place of Apple's modules."""
    return installer(monkeypatch)


@pytest.fixture
def bridge(qtbot: QtBot, conversation: FakeConversation) -> Bridge:
    """The screen's side of the fake conversation, which has not been asked for anything yet."""
    made = Bridge()
    made.connect_to(conversation)
    conversation.calls.clear()
    return made


@pytest.fixture
def menu(qtbot: QtBot) -> TrayMenu:
    made = TrayMenu()
    qtbot.addWidget(made)
    return made
