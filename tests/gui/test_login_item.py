"""Opening at login: the settings ask for it, and what the system says counts."""

import pytest
from pytestqt.qtbot import QtBot

from app.forms import Switch
from app.settings.general import GeneralPage
from app.settings.services import Services
from app.sharing import Room
from app.theme import Theme
from engine.models import Models
from tests.fakes.conversation import FakeConversation
from tests.gui.shell_world import World, make, world

__all__ = ["make", "world"]


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
