"""A choice among the sound devices that are there now."""

import asyncio
from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject

from app import errors
from app.forms import Choice
from app.settings.cards import Card, Row
from app.settings.page import Page
from engine.audio.devices import Device
from engine.errors import AloudError


class DeviceChoice(QObject):
    """A row whose choice is filled with devices, the system's default first.

    ``listed`` gives them and blocks, so it is called on a thread.
    """

    def __init__(
        self,
        page: Page,
        card: Card,
        label: str,
        setting: tuple[str, str],
        listed: Callable[[], Sequence[Device]],
    ) -> None:
        super().__init__(page)
        self._page, self._listed = page, listed
        self._section, self._name = setting
        self._devices: Sequence[Device] = ()
        self.choice = Choice(label, page.colours)
        self.row = Row(label, "", self.choice, page.colours)
        card.add(self.row)
        self.choice.picked.connect(self._pick)
        page.refreshed_by(self._fill)

    def look(self) -> None:
        """Reads the devices again."""
        self._page.work.do(self._look(), self._failed)

    def show_devices(self, devices: Sequence[Device]) -> None:
        """Offers ``devices``."""
        self._devices = devices
        self.row.complain("")
        self._fill()

    def _fill(self) -> None:
        chosen = str(self._page.store.value(self._section, self._name))
        default = next((device.name for device in self._devices if device.default), "")
        words = self.tr("System default (%s)") % default if default else self.tr("System default")
        options = [("", words), *((device.id, device.name) for device in self._devices)]
        if chosen and chosen not in [value for value, _ in options]:
            named = next((device.id for device in self._devices if device.name == chosen), "")
            if named:
                chosen = named
            else:
                options.append(
                    (chosen, self.tr("%s (not connected)") % (chosen.partition(": ")[2] or chosen))
                )
        self.choice.offer(options, chosen)

    def _pick(self, value: str) -> None:
        self.row.complain(self._page.store.change(self._section, **{self._name: value}))

    async def _look(self) -> None:
        self.show_devices(await asyncio.to_thread(self._listed))

    def _failed(self, error: AloudError) -> None:
        self.row.complain(errors.told(error))
