"""Every page of the settings, for ``app.screenshots``."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.bridge import Bridge
from app.fields import TextField
from app.listeners import OnNetwork
from app.settings.brain import BrainPage
from app.settings.general import GeneralPage
from app.settings.listening import ListeningPage
from app.settings.models import ModelsPage
from app.settings.services import Services
from app.settings.sharing import SharingPage
from app.settings.store import SettingsStore
from app.settings.voice import VoicePage
from app.settings.window import SettingsWindow
from app.sharing import Room, RoomState
from app.theme import Theme
from app.window.main_window import MainWindow
from app.window.scenes import MOON, Script
from engine.audio.devices import Device
from engine.broadcast.clock import now_us
from engine.broadcast.messages import Listener
from engine.errors import DiskFull
from engine.llm.discover import Found
from engine.models import Models
from engine.models.states import ModelStatus, Transfer
from engine.settings import Brain, General, Settings, Sharing

if TYPE_CHECKING:
    from app.hotkey.talk_key import TalkKey

DEVICES = (
    Device("Core Audio: MacBook Pro Microphone", "MacBook Pro Microphone", 0, 1, 48_000, default=True),
    Device("Core Audio: AirPods Pro", "AirPods Pro", 1, 1, 24_000),
)
SPEAKERS = (
    Device("Core Audio: MacBook Pro Speakers", "MacBook Pro Speakers", 2, 2, 48_000, default=True),
    Device("Core Audio: AirPods Pro", "AirPods Pro", 3, 2, 48_000),
)
SERVERS = (
    Found("Ollama", "http://127.0.0.1:11434/v1", ("qwen3:4b", "llama3.2:3b")),
    Found("LM Studio", "http://127.0.0.1:1234/v1", ("gemma-3-12b",)),
)


def guests() -> tuple[Listener, ...]:
    """Two of them, one here for twelve minutes."""
    jo_us, other_us = now_us() - 754_000_000, now_us() - 40_000_000
    return (
        Listener("a", "Jo's phone", "talker", False, "192.168.1.23", "s16le", jo_us, 0, 0, 0, 4.1, 182, 0.6),
        Listener("b", "", "typist", False, "192.168.1.31", "s16le", other_us, 3, 1, 20, 9.8, 240, 2.1),
    )


class OpenRoom(Room):
    """A room as it looks with guests in it."""

    @property
    def urls(self) -> tuple[str, ...]:
        """Where it would be found."""
        return ("http://aloud.local:3000/", "http://192.168.1.12:3000/")

    @property
    def invitations(self) -> tuple[str, ...]:
        """What would let a guest in."""
        return tuple(f"{url}#join=p7Vd0QfQb1S0nYy3cV5q5w" for url in self.urls)

    @property
    def on_network(self) -> bool:
        """As if it were."""
        return True


def open_room() -> Room:
    """A room with two guests in it."""
    room = OpenRoom()
    room.state = RoomState.OPEN
    room.listeners = guests()
    room.expires_at = datetime(2026, 3, 14, 15, 30, tzinfo=UTC)
    return room


class SceneKey(QObject):
    """A talk key that nobody presses."""

    arrived = Signal(bool)
    failed = Signal(object)


def scene_services(folder: Path, room: Room | None = None) -> Services:
    """A world in which nothing is looked for."""
    return Services(
        bridge=Bridge(),
        models=Models(state_folder=folder / "models", cache=folder / "cache"),
        room=room or Room(),
        talk_key=cast("TalkKey", SceneKey()),
    )


def _models(page: Any) -> None:
    assert isinstance(page, ModelsPage)
    states = [page.rows[name].state for name in ("kyutai-tts", "parakeet", "qwen-1.5b")]
    kyutai, parakeet, qwen = states
    page.rows["kyutai-tts"].show_state(
        replace(
            kyutai,
            status=ModelStatus.DOWNLOADING,
            transfer=Transfer(1_620_000_000, 4_068_600_000, 11_400_000.0, "dsm_tts.safetensors"),
        )
    )
    page.rows["parakeet"].show_state(replace(parakeet, status=ModelStatus.READY, bytes_on_disk=670_480_093))
    page.rows["qwen-1.5b"].show_state(
        replace(qwen, status=ModelStatus.PARTIAL, bytes_on_disk=310_000_000),
        fault="The download of Qwen2.5 1.5B broke off: no network. What arrived is kept.",
    )


def _wrong(theme: Theme, folder: Path) -> SettingsWindow:
    """What can't be taken, and what can't be saved."""
    store = SettingsStore(folder / "settings.toml", Settings(sharing=Sharing(original_protocol=True)))
    store.unsaved = DiskFull("The settings could not be saved: the disk is full.", "Free some space.")
    window = SettingsWindow(store, scene_services(folder), theme)
    page = window.show_section("sharing")
    assert isinstance(page, SharingPage)
    window.show()
    field = page.port.control
    assert isinstance(field, TextField)
    field.setText("99999")
    field.editingFinished.emit()
    page.ensureWidgetVisible(page.bus)
    return window


def _shared(theme: Theme) -> MainWindow:
    """The main window while the conversation is shared with the network."""
    bridge, room = Bridge(), open_room()
    window = MainWindow(bridge, theme)
    for child in (bridge, room):
        child.setParent(window)
    window.header.add_sign(OnNetwork(room, theme.colours, window.header))
    window.set_key_name("Control-Option-Space")
    window.show()
    script = Script(bridge)
    script.ready()
    script.answer("Can the Moon make a rainbow?", MOON)
    return window


def scenes(theme: Theme) -> Iterator[tuple[str, QWidget]]:
    """Each page as a name and a window that shows it."""
    settings = Settings(
        general=General(hotkey="ctrl+alt+space", onboarded=True),
        brain=Brain(provider="compatible", base_url="http://127.0.0.1:11434/v1", model="qwen3:4b"),
        sharing=Sharing(enabled=True, local_network=True),
    )
    with TemporaryDirectory() as folder:
        for name in ("general", "voice", "listening", "brain", "sharing", "models", "privacy", "advanced"):
            place = Path(folder)
            services = scene_services(place, open_room())
            store = SettingsStore(Path("/Users/jo/Library/Application Support/Aloud/settings.toml"), settings)
            window = SettingsWindow(store, services, theme)
            page = window.show_section(name)
            window.show()
            Script(services.bridge).ready("qwen3:4b")
            if isinstance(page, GeneralPage):
                page.lamp.clock = iter((10.0, 11.4)).__next__
                page.lamp.tell(True)
                page.lamp.tell(False)
            elif isinstance(page, BrainPage):
                page.show_models(settings.brain.base_url, SERVERS[0].models)
                page.show_servers(SERVERS)
            elif isinstance(page, VoicePage):
                page.show_voices(("heart", "emma", "fenrir"))
                page.speaker.show_devices(SPEAKERS)
            elif isinstance(page, ListeningPage):
                page.device.show_devices(DEVICES)
                for step in range(40):
                    page.meter.tell(-52 + 36 * abs((step % 14) - 7) / 7)
            elif isinstance(page, ModelsPage):
                _models(page)
            elif isinstance(page, SharingPage):
                page.panel.refresh()
            yield f"settings-{name}", window
        yield "settings-wrong", _wrong(theme, Path(folder))
    yield "window-shared", _shared(theme)
