"""The settings' window and its fields: a change is kept at once; what can't be taken is said at its field."""

from itertools import pairwise
from pathlib import Path

import pytest
from msgspec.structs import replace as with_changes
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QSlider,
    QWidget,
)

from app.forms import Slider, Switch
from app.settings import store as store_module
from app.settings.advanced import AdvancedPage
from app.settings.general import GeneralPage
from app.settings.models import ModelsPage
from app.settings.sharing import SharingPage
from app.settings.window import SettingsWindow
from app.theme import Theme
from engine.errors import DiskFull
from engine.settings import General, Settings
from engine.settings import save as engine_save
from tests.gui.settings_world import World, enter, kept, press, settings_window, world

__all__ = ["settings_window", "world"]

SECTIONS = ("general", "voice", "listening", "brain", "sharing", "models", "privacy", "advanced")
CONTROLS = QAbstractButton | QComboBox | QLineEdit | QPlainTextEdit | QSlider


# The window -----------------------------------------------------------------------------------


@pytest.mark.parametrize("section", SECTIONS)
def test_every_control_has_a_name_for_screen_readers(settings_window: SettingsWindow, section: str) -> None:
    page = settings_window.show_section(section)
    shown = [child for child in page.findChildren(QWidget) if child.isVisibleTo(page)]
    nameless = [child for child in shown if isinstance(child, CONTROLS) and not child.accessibleName()]
    assert nameless == []


@pytest.mark.parametrize("section", SECTIONS)
def test_tab_reaches_every_control_from_top_to_bottom(settings_window: SettingsWindow, section: str) -> None:
    page = settings_window.show_section(section)
    reached: list[QWidget] = []
    settings_window.activateWindow()
    settings_window.buttons["advanced"].setFocus()
    for _ in range(60):
        QTest.keyClick(settings_window, Qt.Key.Key_Tab)
        focused = QApplication.focusWidget()
        if focused is None or focused in reached or not page.isAncestorOf(focused):
            break
        reached.append(focused)
    wanted = [
        child
        for child in page.findChildren(QWidget)
        if isinstance(child, CONTROLS)
        and child.isVisibleTo(page)
        and child.isEnabled()
        and child.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]
    assert set(wanted) <= set(reached)
    tops = [child.mapTo(page, child.rect().topLeft()).y() for child in reached]
    assert all(later > earlier - 30 for earlier, later in pairwise(tops))


def test_escape_closes_and_ends_nothing_else(settings_window: SettingsWindow, world: World) -> None:
    QTest.keyClick(settings_window, Qt.Key.Key_Escape)
    assert not settings_window.isVisible()
    assert not settings_window.isModal()


def test_what_is_being_typed_is_kept_when_the_window_closes(
    settings_window: SettingsWindow, world: World
) -> None:
    page = settings_window.show_section("sharing")
    assert isinstance(page, SharingPage)
    field = page.port.control
    assert isinstance(field, QLineEdit)
    settings_window.activateWindow()
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "4000")
    settings_window.close()
    assert kept(world).sharing.port == 4000


def test_a_full_disk_is_said_and_tried_again(
    settings_window: SettingsWindow, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = settings_window.show_section("general")
    assert isinstance(page, GeneralPage)

    def full(path: Path, settings: Settings) -> None:
        raise DiskFull("The settings could not be saved: the disk is full.", "Free some space.")

    monkeypatch.setattr(store_module, "save", full)
    press(page.sounds.control)
    assert settings_window.banner.isVisible()
    assert "disk is full" in settings_window.banner.message
    assert world.store.settings.general.sounds is False, "it is in force all the same"
    monkeypatch.setattr(store_module, "save", engine_save)
    press(next(b for b in settings_window.banner.findChildren(QAbstractButton) if b.text() == "Try again"))
    assert not settings_window.banner.isVisible()
    assert kept(world).general.sounds is False


def test_pages_take_the_dark_as_they_stand(settings_window: SettingsWindow, theme: Theme) -> None:
    page = settings_window.show_section("models")
    assert isinstance(page, ModelsPage)
    before = page.total.palette().windowText().color()
    theme.set_appearance("dark")
    assert page.total.palette().windowText().color() != before


# Fields ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "why"), [("0", "from 1 to 65535"), ("70000", "from 1 to 65535"), ("abc", "number")]
)
def test_a_wrong_value_is_said_under_its_field_and_stays_in_it(
    settings_window: SettingsWindow, world: World, typed: str, why: str
) -> None:
    page = settings_window.show_section("sharing")
    assert isinstance(page, SharingPage)
    enter(page.port, typed)
    assert why in page.port.error.text()
    assert page.port.error.isVisible()
    assert isinstance(page.port.control, QLineEdit)
    assert page.port.control.text() == typed
    assert world.store.settings.sharing.port == 3000
    assert page.port.control.accessibleDescription() == page.port.error.text()
    enter(page.port, "3100")
    assert not page.port.error.isVisible()
    assert kept(world).sharing.port == 3100


def test_words_that_are_left_out_are_each_kept_once_and_at_once(
    settings_window: SettingsWindow, world: World
) -> None:
    page = settings_window.show_section("sharing")
    assert isinstance(page, SharingPage)
    enter(page.blocked, "a" * 501)
    assert page.blocked.error.text() == "At most 500 characters."
    enter(page.blocked, " darn,shut up, darn,")
    assert page.blocked.error.text() == ""
    assert kept(world).sharing.blocked_words == ("darn", "shut up")
    assert isinstance(page.blocked.control, QLineEdit)
    assert page.blocked.control.text() == "darn, shut up"
    enter(page.blocked, "")
    assert kept(world).sharing.blocked_words == ()


def test_escape_in_a_field_takes_back_what_was_typed(settings_window: SettingsWindow, world: World) -> None:
    page = settings_window.show_section("sharing")
    assert isinstance(page, SharingPage)
    enter(page.port, "0")
    field = page.port.control
    assert isinstance(field, QLineEdit)
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == "3000"
    assert not page.port.error.isVisible()
    assert settings_window.isVisible()


def test_a_scale_is_saved_where_its_handle_rests(settings_window: SettingsWindow, world: World) -> None:
    page = settings_window.show_section("voice")
    (slider,) = page.findChildren(Slider)
    slider.setFocus()
    QTest.keyClick(slider, Qt.Key.Key_Right)
    QTest.keyClick(slider, Qt.Key.Key_Right)
    assert kept(world).voice.speed == pytest.approx(1.1)


def test_a_change_from_elsewhere_is_shown(settings_window: SettingsWindow, world: World) -> None:
    page = settings_window.show_section("general")
    assert isinstance(page, GeneralPage)
    world.store.change("general", sounds=False, appearance="light")
    assert isinstance(page.sounds.control, Switch)
    assert not page.sounds.control.isChecked()
    assert page.appearance.control.value == "light"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("name", "typed", "fine"),
    [
        ("bus", "nats://localhost:4222", True),
        ("bus", "localhost", False),
        ("origins", "http://localhost:5173, https://example.org", True),
        ("origins", "localhost", False),
    ],
)
def test_addresses_of_the_room_are_checked(
    settings_window: SettingsWindow, name: str, typed: str, fine: bool
) -> None:
    page = settings_window.show_section("sharing")
    row = getattr(page, name)
    enter(row, typed)
    assert bool(row.error.text()) is not fine


# Advanced -------------------------------------------------------------------------------------


def test_files_and_folders_are_opened(settings_window: SettingsWindow, world: World) -> None:
    page = settings_window.show_section("advanced")
    assert isinstance(page, AdvancedPage)
    press(page.file)
    press(page.logs)
    assert world.opened[0] == world.store.path
    assert world.store.path.exists()
    assert world.opened[1].is_dir()


def test_a_reset_brings_back_the_defaults_and_forgives_what_was_wrong(
    settings_window: SettingsWindow, world: World
) -> None:
    sharing = settings_window.show_section("sharing")
    assert isinstance(sharing, SharingPage)
    enter(sharing.port, "0")
    world.store.change("general", sounds=False, onboarded=True)
    page = settings_window.show_section("advanced")
    assert isinstance(page, AdvancedPage)
    press(page.reset.ask)
    press(page.reset.yes)
    assert world.store.settings == with_changes(Settings(), general=General(onboarded=True))
    assert sharing.port.error.text() == ""
    assert isinstance(sharing.port.control, QLineEdit)
    assert sharing.port.control.text() == "3000"
