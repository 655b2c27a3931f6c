"""Every page of the settings, for ``app.screenshots``."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QWidget

from app.bridge import Bridge
from app.fields import TextField
from app.hotkey.permission import KeyPermission
from app.hotkey.ports import ModifierKeys
from app.listeners import OnNetwork
from app.settings.brain import BrainPage
from app.settings.general import GeneralPage
from app.settings.listening import ListeningPage
from app.settings.page import Page
from app.settings.privacy import PrivacyPage
from app.settings.scene_world import (
    DEVICES,
    SERVERS,
    SPEAKERS,
    Forbidden,
    SceneModels,
    open_room,
    scene_services,
)
from app.settings.sharing import SharingPage
from app.settings.store import SettingsStore
from app.settings.voice import VoicePage
from app.settings.window import SettingsWindow
from app.sharing import Room
from app.theme import Theme
from app.window.main_window import MainWindow
from app.window.scenes import key_name
from app.window.script import MOON, Script
from engine.errors import DiskFull
from engine.models import Models
from engine.settings import Brain, General, Settings, Sharing

SETTINGS = Settings(
    general=General(onboarded=True),
    brain=Brain(provider="compatible", base_url="http://127.0.0.1:11434/v1", model="qwen3:4b"),
    sharing=Sharing(enabled=True, local_network=True),
)


def _open(
    section: str,
    theme: Theme,
    place: Path,
    *,
    settings: Settings = SETTINGS,
    room: Room | None = None,
    models: type[Models] = Models,
    modifiers: ModifierKeys | None = None,
) -> tuple[SettingsWindow, Page]:
    services = scene_services(place, room or open_room(), models=models)
    services.key_permission = KeyPermission(modifiers)
    store = SettingsStore(Path("/Users/jo/Library/Application Support/Aloud/settings.toml"), settings)
    window = SettingsWindow(store, services, theme)
    page = window.show_section(section)
    window.show()
    Script(services.bridge).ready("qwen3:4b")
    return window, page


def _plain(section: str, theme: Theme, place: Path) -> SettingsWindow:
    window, _ = _open(section, theme, place)
    return window


def _general(theme: Theme, place: Path) -> SettingsWindow:
    window, page = _open("general", theme, place)
    assert isinstance(page, GeneralPage)
    page.lamp.clock = iter((10.0, 11.4)).__next__
    page.lamp.tell(True)
    page.lamp.tell(False)
    return window


def _permission(theme: Theme, place: Path) -> SettingsWindow:
    """A modifier alone is chosen, and macOS has not allowed it yet."""
    settings = Settings(general=General(onboarded=True, hotkey_modifier_only="right_option"))
    window, _ = _open("general", theme, place, settings=settings, modifiers=Forbidden())
    return window


def _voice(theme: Theme, place: Path) -> SettingsWindow:
    window, page = _open("voice", theme, place)
    assert isinstance(page, VoicePage)
    page.show_voices(("voice-donations/robert.wav", "vctk/p225_023.wav"))
    page.speaker.show_devices(SPEAKERS)
    return window


def _listening(theme: Theme, place: Path) -> SettingsWindow:
    window, page = _open("listening", theme, place)
    assert isinstance(page, ListeningPage)
    page.device.show_devices(DEVICES)
    for step in range(40):
        page.meter.tell(-52 + 36 * abs((step % 14) - 7) / 7)
    return window


def _brain(theme: Theme, place: Path, *, lower: bool = False) -> SettingsWindow:
    window, page = _open("brain", theme, place)
    assert isinstance(page, BrainPage)
    page.show_models(SETTINGS.brain.base_url, SERVERS[0].models)
    page.show_servers(SERVERS)
    if lower:
        _to_the_end(page)
    return window


def _sharing(theme: Theme, place: Path, *, lower: bool = False) -> SettingsWindow:
    window, page = _open("sharing", theme, place)
    assert isinstance(page, SharingPage)
    page.panel.refresh()
    if lower:
        _to_the_end(page)
    return window


def _to_the_end(page: Page) -> None:
    """As soon as the page knows how long it is."""
    bar = page.verticalScrollBar()
    bar.rangeChanged.connect(lambda _, most: bar.setValue(most))
    bar.setValue(bar.maximum())


def _models(theme: Theme, place: Path) -> SettingsWindow:
    window, _ = _open("models", theme, place, models=SceneModels)
    return window


def _confirm(theme: Theme, place: Path) -> SettingsWindow:
    """Deleting everything asks once more."""
    window, page = _open("privacy", theme, place)
    assert isinstance(page, PrivacyPage)
    page.delete.ask.click()
    return window


def _wrong(theme: Theme, place: Path) -> SettingsWindow:
    """What can't be taken, and what can't be saved."""
    store = SettingsStore(place / "settings.toml", Settings(sharing=Sharing(original_protocol=True)))
    store.unsaved = DiskFull("The settings could not be saved: the disk is full.", "Free some space.")
    window = SettingsWindow(store, scene_services(place), theme)
    page = window.show_section("sharing")
    assert isinstance(page, SharingPage)
    window.show()
    field = page.port.control
    assert isinstance(field, TextField)
    field.setText("99999")
    field.editingFinished.emit()
    _to_the_end(page)
    return window


def _shared(theme: Theme, place: Path) -> MainWindow:
    """The main window while the conversation is shared with the network."""
    bridge, room = Bridge(), open_room()
    window = MainWindow(bridge, theme)
    for child in (bridge, room):
        child.setParent(window)
    window.header.add_sign(OnNetwork(room, theme.colours, window.header))
    window.set_key_name(key_name())
    window.show()
    script = Script(bridge)
    script.ready()
    script.answer("Can the Moon make a rainbow?", MOON)
    return window


SCENES: dict[str, Callable[[Theme, Path], QWidget]] = {
    "settings-general": _general,
    "settings-permission": _permission,
    "settings-voice": _voice,
    "settings-listening": _listening,
    "settings-brain": _brain,
    "settings-brain-lower": partial(_brain, lower=True),
    "settings-sharing": _sharing,
    "settings-sharing-lower": partial(_sharing, lower=True),
    "settings-models": _models,
    "settings-privacy": partial(_plain, "privacy"),
    "settings-confirm": _confirm,
    "settings-advanced": partial(_plain, "advanced"),
    "settings-wrong": _wrong,
    "window-shared": _shared,
}
