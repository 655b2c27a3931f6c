"""Opening Aloud at login: SMAppService on a Mac, an autostart file of the desktop on Linux."""

import os
import sys
from pathlib import Path
from typing import Any, Final, Protocol

from app.macos.activation import on_a_mac
from app.macos.launch import HIDDEN
from engine.errors import AloudError

ENABLED: Final = 1
NEEDS_APPROVAL: Final = 2
"""SMAppServiceStatus."""

_REMEDY: Final = "Switch Aloud on in System Settings > General > Login Items."


class LoginItemRefused(AloudError):
    """The system does not let Aloud open at login, or does not let it be changed."""


class LoginItem(Protocol):
    """Whether Aloud opens at login."""

    def enabled(self) -> bool:
        """Whether it does now, by the system's own word."""
        ...

    def enable(self, wanted: bool) -> None:
        """Changes that. Raises ``LoginItemRefused``. Harmless where it is so already."""
        ...


class MacLoginItem:
    """The app itself as a login item (macOS 13 and later). Works only from the app's bundle."""

    def __init__(self) -> None:
        import ServiceManagement

        self._management: Any = ServiceManagement

    def enabled(self) -> bool:
        """Whether the service is registered and approved."""
        return int(self._service().status()) == ENABLED

    def enable(self, wanted: bool) -> None:
        """Registers or unregisters the app."""
        service = self._service()
        if (int(service.status()) in (ENABLED, NEEDS_APPROVAL)) != wanted:
            change = service.registerAndReturnError_ if wanted else service.unregisterAndReturnError_
            done, error = change(None)
            if not done:
                raise LoginItemRefused(
                    "Opening at login could not be changed: {reason}",
                    _REMEDY,
                    reason=error.localizedDescription() if error is not None else "",
                )
        if wanted and int(service.status()) == NEEDS_APPROVAL:
            raise LoginItemRefused("Opening at login waits for your approval.", _REMEDY)

    def _service(self) -> Any:
        return self._management.SMAppService.mainAppService()


class NoLoginItem:
    """Where the system's own can't be had."""

    def enabled(self) -> bool:
        """Never."""
        return False

    def enable(self, wanted: bool) -> None:
        """Refuses."""
        if wanted:
            raise LoginItemRefused("Opening at login can not be had on this system.")


class DesktopLoginItem:
    """A file in the desktop's autostart folder, as the freedesktop.org specification has it."""

    def __init__(self, folder: Path | None = None) -> None:
        config = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
        self._file = (folder or config / "autostart") / "aloud.desktop"

    def enabled(self) -> bool:
        """Whether the file is there and no desktop's own settings have switched it off."""
        try:
            lines = self._file.read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            return False
        return not any(line.replace(" ", "").lower() in _SWITCHED_OFF for line in lines)

    def enable(self, wanted: bool) -> None:
        """Writes or removes the file."""
        try:
            if wanted:
                self._file.parent.mkdir(parents=True, exist_ok=True)
                self._file.write_text(_ENTRY.format(command=_command()))
            else:
                self._file.unlink(missing_ok=True)
        except OSError as error:
            raise LoginItemRefused(
                "Opening at login could not be changed: {reason}.",
                "Look whether {folder} can be written.",
                reason=error.strerror,
                folder=self._file.parent,
            ) from error


_SWITCHED_OFF: Final = ("hidden=true", "x-gnome-autostart-enabled=false")

_ENTRY: Final = """[Desktop Entry]
Type=Application
Name=Aloud
Comment=Hold a key, speak, and it answers aloud
Exec={command}
Terminal=false
X-GNOME-Autostart-enabled=true
"""


def _command() -> str:
    """How this copy is started at login, quoted as the specification wants it."""
    parts = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "app"]
    quoted = ['"' + part.replace("\\", "\\\\").replace('"', '\\"') + '"' for part in parts]
    return " ".join([*quoted, HIDDEN])


def open_login_item() -> LoginItem:
    """The one of this system."""
    return MacLoginItem() if on_a_mac() else DesktopLoginItem()
