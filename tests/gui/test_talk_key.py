"""The talk key wherever it is pressed: it talks, it is named, and it is missed where it can't be had."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.bridge import Bridge
from app.hotkey.choose import Keyboard, open_keyboard
from app.hotkey.chord import parse
from app.hotkey.machine import deadline_s
from app.settings.general import GeneralPage
from app.settings.services import Services
from app.settings.store import SettingsStore
from app.sharing import Room
from app.theme import Theme
from engine import paths
from engine.models import Models
from engine.settings import General, Settings
from engine.turn import TurnState
from tests.fakes.conversation import FakeConversation
from tests.gui.conftest import Run
from tests.gui.shell_world import Make, World, make, world

__all__ = ["make", "world"]


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
