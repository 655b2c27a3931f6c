"""Fills the menu's submenus when it opens and does what is chosen there."""

import asyncio
from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject

from app.settings.more_voices import voice_name
from app.settings.services import Services
from app.settings.store import SettingsStore
from app.settings.work import Work
from app.sharing import RoomState
from app.tray.menu import Choice, TrayMenu
from app.window.sidebar import Sidebar
from engine.audio.devices import Device

MOST_CONVERSATIONS = 8


class Filling(QObject):
    """Ties ``menu`` to the settings, the devices, the voices, the room and the side list.

    What takes time is read when the menu opens and appears in it a moment later.
    """

    def __init__(
        self,
        menu: TrayMenu,
        store: SettingsStore,
        services: Services,
        sidebar: Sidebar,
        show_window: Callable[[], None],
    ) -> None:
        super().__init__(menu)
        self._menu, self._store, self._services, self._sidebar = menu, store, services, sidebar
        self._work = Work(self)
        menu.aboutToShow.connect(self.fill)
        services.room.changed.connect(self._tell_sharing)
        menu.sharing_wanted.connect(lambda on: store.change("sharing", enabled=on))
        menu.microphone_wanted.connect(lambda name: store.change("listening", input_device=name))
        menu.speaker_wanted.connect(lambda name: store.change("voice", output_device=name))
        menu.voice_wanted.connect(lambda name: store.change("voice", voice=name))
        menu.conversation_wanted.connect(sidebar.opened)
        menu.conversation_wanted.connect(lambda _: show_window())
        menu.new_wanted.connect(sidebar.new_wanted)
        menu.new_wanted.connect(show_window)
        self._tell_sharing()

    def fill(self) -> None:
        """Reads everything again."""
        if not self._sidebar.search.text():
            recent = self._sidebar.entries[:MOST_CONVERSATIONS]
            choices = [Choice(entry.conversation_id, entry.title) for entry in recent]
            self._menu.fill(self._menu.recent, choices, exclusive=False)
        self._work.do(self._list_devices())
        self._work.do(self._list_voices())

    def close(self) -> None:
        """Calls off what is under way."""
        self._work.cancel()

    async def _list_devices(self) -> None:
        settings = self._store.settings
        microphones = await asyncio.to_thread(self._services.microphones)
        self._menu.fill(self._menu.microphones, self._devices(microphones, settings.listening.input_device))
        speakers = await asyncio.to_thread(self._services.speakers)
        self._menu.fill(self._menu.speakers, self._devices(speakers, settings.voice.output_device))

    async def _list_voices(self) -> None:
        names = await self._services.voices()
        chosen = self._store.settings.voice.voice or next(iter(names), "")
        several = names if len(names) > 1 else ()
        choices = [Choice(name, voice_name(name), name == chosen) for name in several]
        self._menu.fill(self._menu.voices, choices)

    def _devices(self, devices: Sequence[Device], wanted: str) -> list[Choice]:
        if not devices:
            return []
        named = [Choice(device.id, device.name, wanted in (device.id, device.name)) for device in devices]
        return [Choice("", self.tr("System default"), not any(one.chosen for one in named)), *named]

    def _tell_sharing(self) -> None:
        self._menu.tell_sharing(self._services.room.state is RoomState.OPEN)
