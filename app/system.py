"""What Aloud has of the operating system, opened in one place: a Mac's, or their twins elsewhere.

An adapter that can't be made, for whatever reason, is replaced by one that does nothing: Aloud starts
without that feature, and says so.
"""

import logging
from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMenu, QSystemTrayIcon, QWidget

from app.hotkey.choose import Keyboard, open_keyboard
from app.macos.activation import Activation, NoActivation, open_activation
from app.macos.activity import Activity, NoActivity, open_activity
from app.macos.devices import DeviceListener, NoDeviceListener, open_device_listener
from app.macos.login_item import LoginItem, NoLoginItem, open_login_item
from app.macos.notifications import Notifications, TrayNotifications, open_notifications
from app.macos.panel import float_over_everything
from app.macos.permissions import AlwaysGranted, MicrophonePermission, open_microphone_permission
from app.macos.power import NoPower, Power, open_power
from app.macos.transports import open_system_transports
from app.tray.status_item import QtStatusItem, StatusItem, open_status_item
from engine.audio.devices import use_transports
from engine.audio.transports import open_transports
from engine.errors import AloudError
from engine.wording import Wording, joined

log = logging.getLogger(__name__)

Part = TypeVar("Part")


class FeaturesOff(AloudError):
    """The system has refused some features, which the app does without."""


class System(QObject):
    """The adapters, from their making until ``close``. Main thread.

    ``suspended`` and ``resumed`` tell of sleep and of the locked screen, ``devices_changed`` of sound devices
    that came or went. ``turned_off`` carries a ``FeaturesOff`` when a feature fails later than here; those
    that failed already are in ``off``. Parts that are given are used in place of the system's own.
    """

    suspended = Signal()
    resumed = Signal()
    devices_changed = Signal()
    turned_off = Signal(object)

    def __init__(
        self,
        parent: QObject | None = None,
        *,
        keyboard: Keyboard | None = None,
        status_item: StatusItem | None = None,
        activation: Activation | None = None,
        login_item: LoginItem | None = None,
    ) -> None:
        super().__init__(parent)
        self._off: list[Wording] = []
        opened = self._opened
        self.keyboard = keyboard or open_keyboard()
        if self.keyboard.failed:
            self._off.append(Wording("the talk key"))
        self.status_item: StatusItem = status_item or opened(
            Wording("the icon in the menu bar"), lambda: open_status_item(self), lambda: QtStatusItem(self)
        )
        self.activation: Activation = activation or opened(
            Wording("the Dock icon"), open_activation, NoActivation
        )
        self.login_item: LoginItem = login_item or opened(
            Wording("opening at login"), open_login_item, NoLoginItem
        )
        self.notifications: Notifications = opened(
            Wording("notifications"),
            lambda: open_notifications(self._balloon),
            lambda: TrayNotifications(self._balloon),
        )
        self.activity: Activity = opened(
            Wording("answers without pauses in the background"), open_activity, NoActivity
        )
        self.permission: MicrophonePermission = opened(
            Wording("asking for the microphone"), open_microphone_permission, AlwaysGranted
        )
        self.power: Power = opened(
            Wording("noticing sleep and the locked screen"),
            lambda: open_power(self.suspended.emit, self.resumed.emit, self),
            NoPower,
        )
        use_transports(opened(Wording("knowing Bluetooth headsets"), open_system_transports, open_transports))
        self.devices: DeviceListener = opened(
            Wording("noticing sound devices that come and go"),
            lambda: open_device_listener(self.devices_changed.emit, self),
            NoDeviceListener,
        )

    @property
    def off(self) -> FeaturesOff | None:
        """What the system has refused, in words for the person; None where all is well."""
        return self._told(self._off) if self._off else None

    def show_status_item(self, clicked: Callable[[], None], menu: QMenu) -> None:
        """Puts the item into the menu bar; where the native one fails, Qt's own."""
        try:
            self.status_item.show(clicked, menu)
        except Exception:
            log.exception("no native item in the menu bar")
            self._turn_off(Wording("the icon in the menu bar"))
            self.status_item = QtStatusItem(self)
            self.status_item.show(clicked, menu)

    def float_over_everything(self, window: QWidget) -> None:
        """Makes ``window`` one that lies over all others. Call it before it is first shown."""
        try:
            float_over_everything(window)
        except Exception:
            log.exception("the pill is a window like others")
            self._turn_off(Wording("the pill over full-screen apps"))

    def close(self) -> None:
        """Gives everything back. Harmless when closed."""
        for part in (self.keyboard.keys, self.power, self.devices):
            if part is not None:
                part.close()
        self.activity.end()
        self.status_item.hide()

    def _opened(self, feature: Wording, make: Callable[[], Part], otherwise: Callable[[], Part]) -> Part:
        try:
            return make()
        except Exception:
            log.exception("off: %s", feature)
            self._off.append(feature)
            return otherwise()

    def _turn_off(self, feature: Wording) -> None:
        self.turned_off.emit(self._told([feature]))

    def _told(self, features: list[Wording]) -> FeaturesOff:
        return FeaturesOff(
            "This is off, for the system refused it: {features}.",
            "Everything else works. The log says why; it is in Settings, Advanced.",
            features=joined(features, ", "),
        )

    def _balloon(self, title: str, text: str) -> None:
        if self.status_item.shown:
            for tray in self.findChildren(QSystemTrayIcon):
                tray.showMessage(title, text)
