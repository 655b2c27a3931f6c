"""Lets PortAudio see devices that came or went: it lists them only while no stream is open."""

import asyncio
import logging
import time
from typing import Any

from PySide6.QtCore import QObject

from app.bridge import Bridge
from app.settings.work import Work
from engine.audio.devices import PortAudioFailed, refresh
from engine.events import Event, TurnEnded

log = logging.getLogger(__name__)


class DeviceChanges(QObject):
    """Closes the devices and lists them anew after ``noticed``, at once or when the turn in flight has ended.

    Used on the loop of ``conversation``, an ``engine.conversation.Conversation``.
    """

    def __init__(self, bridge: Bridge, conversation: Any, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge, self._conversation = bridge, conversation
        self._work = Work(self)
        self._stale = False
        bridge.told.connect(self._follow)

    def noticed(self) -> None:
        """The system has told that a device came, went, or became the default."""
        self._stale = True
        self._settle()

    def _follow(self, event: Event) -> None:
        if isinstance(event, TurnEnded):
            self._settle()

    def _settle(self) -> None:
        if self._stale and not self._bridge.live:
            self._work.do(self._look_again())

    async def _look_again(self) -> None:
        capture, playout = self._conversation.capture, self._conversation.playout
        if capture.in_use:
            return
        self._stale = False
        capture.close()
        await asyncio.to_thread(playout.close_if_idle, time.monotonic(), 0.0)
        try:
            self._stale = not await asyncio.to_thread(refresh)
        except PortAudioFailed as error:
            log.warning("the devices could not be listed anew: %s", error.words)
