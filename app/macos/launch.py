"""Who opened Aloud: a person, who wants its window, or the system at login, when it waits in the menu bar."""

import asyncio
import logging
import os
import sys
from collections.abc import Sequence
from typing import Any, Final, Protocol

log = logging.getLogger(__name__)

HIDDEN: Final = "--hidden"
"""The argument that the autostart file gives on Linux; it can be given by hand anywhere."""

LAUNCHED: Final = "NSApplicationDidFinishLaunchingNotification"
LONGEST_S: Final = 1.0
"""macOS tells within milliseconds; a start that is never told of is taken for a person's."""


def _code(four: bytes) -> int:
    return int.from_bytes(four, "big")


OPEN_APPLICATION: Final = _code(b"oapp")
PROPERTY_DATA: Final = _code(b"prdt")
AS_LOGIN_ITEM: Final = _code(b"lgit")
"""kAEOpenApplication, keyAEPropData and keyAELaunchedAsLogInItem of AERegistry.h."""


class Launch(Protocol):
    """This start of the program."""

    async def at_login(self) -> bool:
        """Whether the system opened Aloud at login. Waits a moment where it is not known yet."""
        ...


class ToldLaunch:
    """A start whose arguments say how it came about."""

    def __init__(self, hidden: bool = False) -> None:
        self._hidden = hidden

    async def at_login(self) -> bool:
        """As the arguments say."""
        return self._hidden


class MacLaunch:
    """The Apple event with which macOS opens the app. It says so where that is for a login item.

    It can be read only while the app is told that it has been launched, so this has to be made before
    the ``QApplication`` is. Main thread.
    """

    def __init__(self) -> None:
        import Foundation

        self._foundation: Any = Foundation
        self._told = asyncio.Event()
        self._at_login = False

        def launched(_notification: Any) -> None:
            self._launched()

        self._observer: Any = self._centre().addObserverForName_object_queue_usingBlock_(
            LAUNCHED, None, None, launched
        )

    async def at_login(self) -> bool:
        """What the event has said."""
        try:
            async with asyncio.timeout(LONGEST_S):
                await self._told.wait()
        except TimeoutError:
            log.warning("macOS does not say how Aloud was opened")
        self.close()
        return self._at_login

    def close(self) -> None:
        """Listens no more. Harmless when closed."""
        observer, self._observer = self._observer, None
        if observer is not None:
            self._centre().removeObserver_(observer)

    def _centre(self) -> Any:
        return self._foundation.NSNotificationCenter.defaultCenter()

    def _launched(self) -> None:
        event = self._foundation.NSAppleEventManager.sharedAppleEventManager().currentAppleEvent()
        if event is not None and int(event.eventID()) == OPEN_APPLICATION:
            about = event.paramDescriptorForKeyword_(PROPERTY_DATA)
            self._at_login = about is not None and int(about.enumCodeValue()) == AS_LOGIN_ITEM
        log.info("opened at login: %s", self._at_login)
        self._told.set()


def open_launch(arguments: Sequence[str]) -> Launch:
    """This start. Call it before the ``QApplication`` is made."""
    if HIDDEN in arguments:
        return ToldLaunch(hidden=True)
    if sys.platform == "darwin" and os.environ.get("QT_QPA_PLATFORM", "cocoa") == "cocoa":
        try:
            return MacLaunch()
        except Exception:  # whatever PyObjC raises: a window too many at login is all that comes of it
            log.exception("it is not known how Aloud was opened")
    return ToldLaunch()
