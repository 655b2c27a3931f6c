"""What is left of Aloud when its window is closed, and what the system asks of it."""

from types import SimpleNamespace

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.presence import Doing
from engine.errors import SpeakerUnavailable, UtteranceTooShort
from engine.events import NO_TURN, Failed
from tests.fakes.conversation import FakeConversation
from tests.gui.shell_world import Make, World, make, world

__all__ = ["make", "world"]


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


def test_sleep_stops_and_waking_arms_anew(world: World, conversation: FakeConversation) -> None:
    world.keys.press("ctrl+alt+space")
    world.system.suspended.emit()
    assert conversation.turn and not conversation.turn.live
    grabs = world.keys.grabs
    world.system.resumed.emit()
    assert world.keys.grabs == grabs + 1


def test_closing_gives_everything_back(make: Make, conversation: FakeConversation) -> None:
    world = make()
    conversation.press()
    world.shell.close()
    assert world.keys.closed and not world.item.shown and not world.shell.hud.pill.isVisible()
    conversation.stop()
