"""The microphone's permission. Without it macOS gives silence, and no error."""

import asyncio
from typing import Any, Final, Literal, Protocol

from app.macos.activation import on_a_mac

Permission = Literal["granted", "denied", "unknown"]

_BY_STATUS: Final[dict[int, Permission]] = {0: "unknown", 1: "denied", 2: "denied", 3: "granted"}
"""AVAuthorizationStatus: not determined, restricted, denied, authorised."""


class MicrophonePermission(Protocol):
    """Whether Aloud may listen."""

    def status(self) -> Permission:
        """What has been decided; "unknown" before the person was ever asked."""
        ...

    async def ask(self) -> Permission:
        """Shows the system's question where nothing is decided yet, and returns what is decided then."""
        ...


class MacMicrophonePermission:
    """AVFoundation's word. Qt's own is no use here: its wheels carry no permission plugins."""

    def __init__(self) -> None:
        import AVFoundation

        self._foundation: Any = AVFoundation

    def status(self) -> Permission:
        """What the person, or the company that manages the Mac, has decided."""
        device, kind = self._foundation.AVCaptureDevice, self._foundation.AVMediaTypeAudio
        status = device.authorizationStatusForMediaType_(kind)
        return _BY_STATUS.get(int(status), "unknown")

    async def ask(self) -> Permission:
        """Asks. The answer comes on a queue of the system's own."""
        loop = asyncio.get_running_loop()
        answered: asyncio.Future[bool] = loop.create_future()

        def tell(granted: bool) -> None:
            loop.call_soon_threadsafe(_settle, answered, bool(granted))

        device, kind = self._foundation.AVCaptureDevice, self._foundation.AVMediaTypeAudio
        device.requestAccessForMediaType_completionHandler_(kind, tell)
        return "granted" if await answered else "denied"


class AlwaysGranted:
    """Linux asks nobody."""

    def status(self) -> Permission:
        """Granted."""
        return "granted"

    async def ask(self) -> Permission:
        """Granted."""
        return "granted"


def open_microphone_permission() -> MicrophonePermission:
    """The one of this system."""
    return MacMicrophonePermission() if on_a_mac() else AlwaysGranted()


def _settle(answered: "asyncio.Future[bool]", granted: bool) -> None:
    if not answered.done():
        answered.set_result(granted)
