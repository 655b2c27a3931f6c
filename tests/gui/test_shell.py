"""What is left of Aloud when its window is closed, and what the system asks of it."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.bridge import Bridge
from app.device_changes import DeviceChanges
from app.forms import Switch
from app.hotkey.choose import Keyboard, open_keyboard
from app.hotkey.chord import parse
from app.hotkey.machine import deadline_s
from app.presence import Doing
from app.settings.general import GeneralPage
from app.settings.services import Services
from app.settings.store import SettingsStore
from app.sharing import Room
from app.shell import Shell
from app.sounds import DONE, LISTEN, Sounds
from app.system import System
from app.theme import Theme
from app.window.main_window import MainWindow
from app.windows import OpenWindows
from engine import paths
from engine.audio.null import NullSink
from engine.audio.wav_file import WavFileSink
from engine.errors import SpeakerUnavailable, UtteranceTooShort
from engine.events import NO_TURN, Failed
from engine.models import Models
from engine.pcm import read_wav
from engine.ports import AudioSink
from engine.settings import General, Settings
from engine.turn import TurnState
from engine.units import SPEECH_RATE_HZ
from tests.fakes.conversation import FakeConversation
from tests.fakes.keys import FakeKeys, FakeModifierKeys
from tests.fakes.status_item import FakeStatusItem
from tests.fakes.system import FakeActivation, FakeLoginItem
from tests.gui.conftest import Run, until


class World:
    """A shell around a window, with a system that the test plays."""

    def __init__(
        self, conversation: FakeConversation, theme: Theme, general: General, keyboard: Keyboard | None
    ) -> None:
        self.bridge = Bridge()
        self.window = MainWindow(self.bridge, theme)
        self.bridge.connect_to(conversation)
        self.store = SettingsStore(paths.settings_file(), Settings(general=general))
        self.keys, self.modifiers = FakeKeys(), FakeModifierKeys()
        self.item, self.activation, self.login = FakeStatusItem(), FakeActivation(), FakeLoginItem()
        self.quits = 0
        self.windows = OpenWindows()
        self.system = System(
            keyboard=keyboard or Keyboard(self.keys, self.modifiers),
            status_item=self.item,
            activation=self.activation,
            login_item=self.login,
        )
        self.shell = Shell(
            self.bridge,
            theme,
            self.window,
            self.store,
            self._quit,
            windows=self.windows,
            system=self.system,
            speaker=NullSink,
        )

    def _quit(self) -> None:
        self.quits += 1


Make = Callable[..., World]


@pytest.fixture
def make(conversation: FakeConversation, theme: Theme, qtbot: QtBot) -> Iterator[Make]:
    made: list[World] = []

    def build(general: General | None = None, keyboard: Keyboard | None = None) -> World:
        world = World(conversation, theme, general or General(sounds=False), keyboard)
        made.append(world)
        qtbot.addWidget(world.window)
        world.shell.start()
        conversation.calls.clear()
        return world

    yield build
    for world in made:
        world.windows.close()
        world.shell.close()
        world.shell.deleteLater()


@pytest.fixture
def world(make: Make) -> World:
    return make()


# The window and the menu bar -----------------------------------------------------------------


def test_closing_the_window_keeps_the_app(world: World, qtbot: QtBot) -> None:
    world.item.clicked()
    assert world.window.isVisible() and world.activation.now == "regular"
    world.window.close()
    assert not world.window.isVisible() and world.quits == 0
    assert world.activation.now == "accessory"
    world.item.clicked()
    assert world.window.isVisible()


def test_each_change_of_policy_puts_the_item_back_twice(world: World, qtbot: QtBot) -> None:
    installed = world.item.installed
    for change in (world.item.clicked, world.window.close):
        change()
        installed += 2
        qtbot.waitUntil(lambda: world.item.installed == installed)  # noqa: B023 - waited for at once


def test_a_window_that_is_open_already_leaves_the_item_where_it_is(world: World, qtbot: QtBot) -> None:
    world.item.clicked()
    installed = world.item.installed
    qtbot.waitUntil(lambda: world.item.installed == installed + 2)
    for _ in range(3):
        world.item.clicked()
    assert not any(timer.isActive() for timer in world.shell._reinstalling)


def test_only_what_no_window_shows_is_told_by_a_notification(world: World, qtbot: QtBot) -> None:
    told: list[str] = []
    world.system.notifications = SimpleNamespace(tell=lambda title, text: told.append(title))
    failed = Failed(NO_TURN, 0.0, SpeakerUnavailable("There is no speaker."))
    world.bridge.tell(failed)
    world.bridge.tell(Failed(NO_TURN, 0.0, UtteranceTooShort("The key was held too briefly.")))
    assert told == ["There is no speaker."]  # the pill says the other
    world.item.clicked()
    world.bridge.tell(failed)
    assert len(told) == 1


def test_without_a_menu_bar_closing_the_last_window_quits(world: World, qtbot: QtBot) -> None:
    settings = QWidget()
    qtbot.addWidget(settings)
    world.item.shown = False
    world.windows.bring(settings)
    world.item.clicked()
    world.window.close()
    assert world.quits == 0
    settings.close()
    assert world.quits == 1


def test_the_icon_follows_the_conversation(world: World, conversation: FakeConversation) -> None:
    conversation.ready()
    conversation.press()
    conversation.stop()
    assert world.item.told == [Doing.LOADING, Doing.IDLE, Doing.LISTENING, Doing.IDLE]


def test_the_menu_talks_stops_and_mutes(world: World, conversation: FakeConversation) -> None:
    menu = world.shell.menu
    menu.talk.trigger()
    menu.talk.trigger()
    assert [call for call in conversation.calls if call in ("press", "release")] == ["press", "release"]
    menu.stop.trigger()
    assert conversation.turn and not conversation.turn.live
    menu.mute.trigger()
    assert conversation.muted and world.window.header.mute.isChecked()
    world.bridge.mute(False)
    assert not menu.mute.isChecked()


def test_the_menu_opens_quits_and_shows_the_settings(world: World, qtbot: QtBot) -> None:
    with qtbot.waitSignal(world.window.settings_wanted):
        world.shell.menu.settings.trigger()
    world.shell.menu.open.trigger()
    assert world.window.isVisible()
    world.shell.menu.quit.trigger()
    assert world.quits == 1


# The key -------------------------------------------------------------------------------------


def test_the_key_talks_and_is_named(world: World, conversation: FakeConversation) -> None:
    world.keys.press("ctrl+alt+space")
    assert conversation.calls[-1] == "press"
    assert world.shell.menu.talk.text().startswith("Ask what I said\t")
    conversation.stop()
    assert "Space anywhere" in world.window.dock.hint


PRESS_AGAIN = "Press again to ask"


def hints(world: World) -> tuple[bool, bool, bool]:
    """Whether the window, the pill and the icon say that the next press asks."""
    return (
        world.window.dock.hint.startswith(PRESS_AGAIN),
        world.shell.hud.pill.accessibleName().endswith(PRESS_AGAIN),
        world.item.hint == PRESS_AGAIN,
    )


def test_a_tapped_key_says_that_the_next_press_asks(world: World, conversation: FakeConversation) -> None:
    world.keys.press("ctrl+alt+space")
    assert world.window.dock.hint.startswith("Let go to ask") and hints(world) == (False, False, False)
    world.keys.release("ctrl+alt+space")
    assert hints(world) == (True, True, True)
    conversation.stop()
    assert hints(world) == (False, False, False)


def test_a_locked_key_says_so_while_it_is_still_down(world: World, conversation: FakeConversation) -> None:
    world.keys.press("ctrl+alt+space")
    world.keys.press("ctrl+alt+return")
    assert hints(world) == (True, True, True)
    conversation.stop()


def test_what_the_menu_began_ends_at_the_next_press(world: World, conversation: FakeConversation) -> None:
    world.shell.menu.talk.trigger()
    assert hints(world) == (True, True, True)
    world.keys.press("ctrl+alt+space")
    assert talking(conversation) == ["press", "release"] and hints(world) == (False, False, False)


def test_the_button_asks_too(world: World, conversation: FakeConversation, qtbot: QtBot) -> None:
    world.shell.menu.talk.trigger()
    world.item.clicked()
    QTest.mousePress(world.window.dock.talk, Qt.MouseButton.LeftButton)
    QTest.mouseRelease(world.window.dock.talk, Qt.MouseButton.LeftButton)
    assert talking(conversation)[:2] == ["press", "release"]
    assert conversation.turn and conversation.turn.state is TurnState.TRANSCRIBING


def test_without_a_key_the_menu_still_talks(
    theme: Theme, conversation: FakeConversation, qtbot: QtBot, make: Make
) -> None:
    world = make(keyboard=Keyboard(None, missing="There is no hotkey here."))
    world.shell.menu.talk.trigger()
    assert hints(world) == (True, True, True)
    world.shell.menu.talk.trigger()
    assert talking(conversation) == ["press", "release"] and hints(world) == (False, False, False)


def talking(conversation: FakeConversation) -> list[str]:
    return [call for call in conversation.calls if call in ("press", "release")]


def test_another_key_in_the_settings_is_taken_at_once(world: World) -> None:
    world.store.change("general", hotkey="ctrl+f5")
    assert set(world.keys.grabbed) == {parse("ctrl+f5")}
    world.store.change("general", hotkey_modifier_only="right_option")
    assert world.keys.grabbed == {} and set(world.modifiers.watched) == {"right_option"}


def test_a_key_that_can_not_be_had_is_told_in_the_window(
    conversation: FakeConversation, make: Make, qtbot: QtBot
) -> None:
    world = make()
    world.keys.taken_by_others.add(parse("ctrl+f5"))
    world.store.change("general", hotkey="ctrl+f5")
    assert world.window.notices.error.message == "taken"


def test_a_key_that_can_not_be_read_is_told(make: Make) -> None:
    world = make(General(hotkey="ctrl+nosuch", sounds=False))
    assert "nosuch" in world.window.notices.error.message
    assert world.keys.grabbed == {}


def test_a_permission_that_is_given_is_noticed(make: Make, qtbot: QtBot) -> None:
    """The key is registered and the complaint taken back; nobody need open a page or start Aloud anew."""
    world = make()
    world.modifiers.allowed_now = False
    world.shell.talking.permission._timer.setInterval(5)
    world.item.clicked()
    assert not world.shell.talking.permission._timer.isActive()
    world.store.change("general", hotkey_modifier_only="right_option")
    assert world.window.notices.error.isVisible() and world.modifiers.watched == {}
    assert world.shell.talking.permission._timer.isActive()
    world.modifiers.allowed_now = True
    qtbot.waitUntil(lambda: set(world.modifiers.watched) == {"right_option"})
    assert not world.window.notices.error.isVisible()
    assert not world.shell.talking.permission._timer.isActive()


def test_nobody_who_sees_the_complaint_means_no_looking(make: Make, qtbot: QtBot) -> None:
    world = make()
    world.modifiers.allowed_now = False
    world.shell.talking.permission._timer.setInterval(5)
    world.store.change("general", hotkey_modifier_only="right_option")
    assert not world.shell.talking.permission._timer.isActive()  # the window is closed
    world.modifiers.allowed_now = True
    world.shell._state_changed(Qt.ApplicationState.ApplicationActive)  # the person comes back to Aloud
    assert set(world.modifiers.watched) == {"right_option"}
    world.modifiers.allowed_now = False
    world.shell.talking.permission.look()  # it is taken away again
    assert world.modifiers.watched == {}


def test_the_row_about_the_permission_goes_once_it_is_given(make: Make, theme: Theme, qtbot: QtBot) -> None:
    world = make()
    world.modifiers.allowed_now = False
    services = Services(bridge=world.bridge, models=Models(), room=Room())
    world.shell.attach(services)
    page = GeneralPage(world.store, services, theme)
    qtbot.addWidget(page)
    timer = world.shell.talking.permission._timer
    timer.setInterval(5)
    page.show()
    assert not page.permission.isVisible() and not timer.isActive()
    world.store.change("general", hotkey_modifier_only="fn")
    assert page.permission.isVisible() and page.key_row.error.text() and timer.isActive()
    page.allow.click()
    assert world.modifiers.asked == 1
    page.hide()
    assert not timer.isActive()
    page.show()
    world.modifiers.allowed_now = True
    qtbot.waitUntil(lambda: not page.permission.isVisible())
    assert page.key_row.error.text() == "" and not timer.isActive()


def test_sleep_stops_and_waking_arms_anew(world: World, conversation: FakeConversation) -> None:
    world.keys.press("ctrl+alt+space")
    world.system.suspended.emit()
    assert conversation.turn and not conversation.turn.live
    grabs = world.keys.grabs
    world.system.resumed.emit()
    assert world.keys.grabs == grabs + 1


def test_the_settings_get_what_the_shell_has(world: World, run: Run) -> None:
    services = Services(bridge=world.bridge, models=Models(), room=Room())
    world.shell.attach(services)
    assert services.talk_key is world.shell.talking.key
    services.pause_key(True)
    assert world.keys.grabbed == {}
    services.pause_key(False)
    assert set(world.keys.grabbed) == {parse("ctrl+alt+space")}
    assert services.key_permission is not None and services.key_permission.allowed
    services.key_permission.ask()
    assert world.modifiers.asked == 1

    async def body() -> None:
        assert services.ask_permission is not None
        assert await services.ask_permission() == services.permission() == "granted"

    run(body())


def test_where_there_are_no_keys_the_settings_can_say_why(qapp: QApplication) -> None:
    for platform in ("wayland", "wayland-egl", "offscreen"):
        keyboard = open_keyboard(platform)
        assert keyboard.keys is None and keyboard.missing


def test_the_settings_say_why_there_is_no_key(conversation: FakeConversation, theme: Theme) -> None:
    bridge = Bridge()
    store = SettingsStore(paths.settings_file(), Settings())
    services = Services(bridge=bridge, models=Models(), room=Room(), key_missing="Wayland has no hotkeys.")
    page = GeneralPage(store, services, theme)
    assert page.key_row.hint.text() == "Wayland has no hotkeys." and not page.key.isEnabled()
    page.deleteLater()


def test_the_longest_utterance_follows_the_settings(world: World) -> None:
    assert world.shell.talking.key is not None
    world.store.change("listening", longest_utterance_s=30.0)
    world.keys.press("ctrl+alt+space")
    state, timing = world.shell.talking.key.state, world.shell.talking.key._timing
    assert deadline_s(state, timing) == state.began_s + 30.0


def test_opening_at_login_follows_the_settings(world: World, qtbot: QtBot) -> None:
    switched = world.store.settings.general
    world.store.change("general", launch_at_login=True)
    assert world.login.enabled()
    world.login.refuses = True
    world.store.change("general", launch_at_login=False)
    assert world.login.enabled()
    qtbot.waitUntil(lambda: world.store.settings.general != switched)  # the switch shows what is true
    assert world.shell.login.complaint == "Not permitted. Ask."
    world.login.refuses = False
    world.store.change("general", launch_at_login=False)
    assert not world.login.enabled() and world.shell.login.complaint == ""


def opens(world: World) -> bool:
    return world.store.settings.general.launch_at_login


def test_what_the_system_says_of_opening_at_login_counts(world: World) -> None:
    world.login.on = True
    world.shell.login.look()
    assert opens(world)
    world.login.on, world.login.refuses = False, True  # switched off there, and nothing else may be changed
    world.shell.login.look()
    assert not opens(world)
    assert world.shell.login.complaint == ""


def test_a_system_that_does_not_say_changes_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> bool:
        raise RuntimeError("no such service")

    world.login.on = True
    world.shell.login.look()
    monkeypatch.setattr(world.login, "enabled", broken)
    world.shell.login.look()
    assert opens(world)


def test_the_switch_shows_what_the_system_says(
    world: World, theme: Theme, conversation: FakeConversation, qtbot: QtBot
) -> None:
    services = Services(bridge=world.bridge, models=Models(), room=Room(), login=world.shell.login)
    page = GeneralPage(world.store, services, theme)
    qtbot.addWidget(page)
    world.login.on = True
    page.show()
    switch = page.login.control
    assert isinstance(switch, Switch) and switch.isChecked()
    world.login.refuses = True
    switch.click()
    qtbot.waitUntil(lambda: page.login.error.text() == "Not permitted. Ask.")
    assert switch.isChecked()


def test_closing_gives_everything_back(make: Make, conversation: FakeConversation) -> None:
    world = make()
    conversation.press()
    world.shell.close()
    assert world.keys.closed and not world.item.shown and not world.shell.hud.pill.isVisible()
    conversation.stop()


# Sounds --------------------------------------------------------------------------------------


class Played:
    """Speakers that write what they play into files."""

    def __init__(self, folder: Path) -> None:
        self.files: list[Path] = []
        self._folder = folder

    def __call__(self) -> AudioSink:
        self.files.append(self._folder / f"{len(self.files)}.wav")
        return WavFileSink(self.files[-1], real_time=False)


def test_the_microphone_opens_and_closes_with_a_sound(
    qtbot: QtBot, conversation: FakeConversation, tmp_path: Path
) -> None:
    bridge, played = Bridge(), Played(tmp_path)
    bridge.connect_to(conversation)
    sounds = Sounds(bridge, played, lambda: True)
    conversation.press()
    qtbot.waitUntil(lambda: len(played.files) == 1)
    conversation.release()
    qtbot.waitUntil(lambda: len(played.files) == 2)
    sounds.close()
    listen, done = (read_wav(path, SPEECH_RATE_HZ) for path in played.files)
    assert 0.1 < len(listen) / SPEECH_RATE_HZ < 0.5
    for heard in (listen, done):
        assert 0.05 < np.abs(heard).max() < 0.3  # heard, and soft
    assert rises(listen) and not rises(done)


def rises(samples: "np.ndarray[tuple[int], np.dtype[np.float32]]") -> bool:
    """Whether the second half of the sound is higher than the first."""
    middle = len(samples) // 2
    first, second = (np.count_nonzero(np.diff(np.sign(part))) for part in np.split(samples, [middle])[:2])
    return bool(second / (len(samples) - middle) > first / middle)


def test_no_sound_where_none_is_wanted(make: Make, conversation: FakeConversation, tmp_path: Path) -> None:
    bridge, played = Bridge(), Played(tmp_path)
    bridge.connect_to(conversation)
    sounds = Sounds(bridge, played, lambda: False)
    conversation.press()
    conversation.stop()
    sounds.close()
    assert played.files == []


def test_a_speaker_that_is_not_there_is_no_error(qtbot: QtBot, tmp_path: Path) -> None:
    played, tried = Played(tmp_path), []

    def broken_once() -> AudioSink:
        tried.append(1)
        if len(tried) == 1:
            raise SpeakerUnavailable("none")
        return played()

    sounds = Sounds(Bridge(), broken_once, lambda: True)
    sounds.play(LISTEN)
    qtbot.waitUntil(lambda: len(tried) == 1)
    sounds.play(DONE)
    qtbot.waitUntil(lambda: len(played.files) == 1)
    sounds.close()


# Devices that come and go --------------------------------------------------------------------


class Devices:
    """A conversation's devices, of which only their closing matters here."""

    def __init__(self) -> None:
        self.in_use = False
        self.closed: list[str] = []

    def close(self) -> None:
        self.closed.append("microphone")

    def close_if_idle(self, now_s: float, keep_open_s: float) -> None:
        self.closed.append("speaker")


def test_devices_are_listed_anew_once_the_turn_has_ended(
    conversation: FakeConversation, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed: list[int] = []

    def refresh() -> bool:
        listed.append(1)
        return len(listed) > 1  # the first time a stream is still open

    monkeypatch.setattr("app.device_changes.refresh", refresh)
    devices = Devices()
    conversation.capture = conversation.playout = devices  # type: ignore[attr-defined]

    async def body() -> None:
        bridge = Bridge()
        bridge.connect_to(conversation)
        changes = DeviceChanges(bridge, conversation)
        conversation.press()
        changes.noticed()
        await asyncio.sleep(0)
        assert listed == []
        conversation.stop()
        await until(lambda: listed == [1] and not changes._work.busy)
        conversation.press()
        conversation.stop()
        await until(lambda: listed == [1, 1] and not changes._work.busy)
        conversation.press()
        conversation.stop()
        assert not changes._work.busy
        changes.deleteLater()

    run(body())
    assert devices.closed == ["microphone", "speaker"] * 2
