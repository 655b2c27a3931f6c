"""The permission that the talk key needs: missed, given and taken away while Aloud runs."""

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.settings.general import GeneralPage
from app.settings.services import Services
from app.sharing import Room
from app.theme import Theme
from engine.models import Models
from tests.gui.shell_world import Make, make, world

__all__ = ["make", "world"]


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
