"""Makes every adapter to macOS and asks each what it can be asked without changing anything on the Mac.

For ``--selftest``, which draws offscreen, where the app itself would take the twins for Linux.
"""

from collections.abc import Callable, Iterator
from typing import Final

from app.hotkey.chord import parse
from engine.errors import AloudError

UNUSUAL_CHORD: Final = "ctrl+alt+shift+cmd+f19"
"""Nobody's hotkey, taken for a moment to see that one can be had."""


class AdaptersFailed(AloudError):
    """Some adapters can't be made here; the message names them with their errors."""


def try_all() -> list[str]:
    """The names of the adapters, all of which work. Raises ``AdaptersFailed``. Main thread, on a Mac only."""
    worked: list[str] = []
    failed: list[str] = []
    for name, attempt in _attempts():
        try:
            attempt()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what this is for
            failed.append(f"{name}: {type(error).__name__}: {error}")
        else:
            worked.append(name)
    if failed:
        raise AdaptersFailed("; ".join(failed))
    return worked


def _attempts() -> Iterator[tuple[str, Callable[[], object]]]:
    yield "talk key", _keys
    yield "single modifier", _modifiers
    yield "menu bar", _menu_bar
    yield "Dock icon", _activation
    yield "activity", _activity
    yield "sound devices", _devices
    yield "login item", _login_item
    yield "notifications", _notifications
    yield "microphone", _microphone
    yield "power", _power
    yield "pill", _panel
    yield "launch", _launch
    yield "transports", _transports
    yield "text size", _text_size


def _text_size() -> None:
    from app.macos.text_size import mac_text_scale

    mac_text_scale()


def _keys() -> None:
    from app.hotkey.carbon import CarbonKeys

    keys, chord = CarbonKeys(), parse(UNUSUAL_CHORD)
    try:
        keys.grab(chord, lambda: None, lambda: None)()
        keys.is_down(chord)
    finally:
        keys.close()


def _modifiers() -> None:
    from app.hotkey.modifier import MacModifierKeys

    MacModifierKeys().allowed()


def _menu_bar() -> None:
    from app.tray.appkit import AppKitStatusItem

    AppKitStatusItem().hide()


def _activation() -> None:
    from app.macos.activation import MacActivation

    MacActivation().is_regular()


def _activity() -> None:
    from app.macos.activity import MacActivity

    activity = MacActivity()
    activity.begin()
    activity.end()


def _devices() -> None:
    from app.macos.devices import MacDeviceListener

    MacDeviceListener(lambda: None).close()


def _login_item() -> None:
    from app.macos.login_item import MacLoginItem

    MacLoginItem().enabled()


def _notifications() -> None:
    from app.macos.notifications import MacNotifications

    MacNotifications()


def _microphone() -> None:
    from app.macos.permissions import MacMicrophonePermission

    MacMicrophonePermission().status()


def _power() -> None:
    from app.macos.power import MacPower

    MacPower(lambda: None, lambda: None).close()


def _panel() -> None:
    from app.macos.panel import levels

    levels()


def _launch() -> None:
    from app.macos.launch import MacLaunch

    MacLaunch().close()


def _transports() -> None:
    from app.macos.transports import CoreAudioTransports

    CoreAudioTransports().of("output")
