"""The moment at which a window has been painted, so that nothing heavy comes before it."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget

LONGEST_S: Final = 2.0
"""A hidden screen paints nothing, and is not waited for longer."""


class PaintWatcher(QObject):
    """Calls ``painted`` at each paint of the widget whose event filter it is."""

    def __init__(self, painted: Callable[[], None]) -> None:
        super().__init__()
        self._painted = painted

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Looks for paints and stops nothing."""
        if event.type() is QEvent.Type.Paint:
            self._painted()
        return False


async def first_paint(window: QWidget) -> None:
    """Returns once ``window`` has been painted, or after ``LONGEST_S``."""
    painted = asyncio.Event()
    watcher = PaintWatcher(painted.set)
    window.installEventFilter(watcher)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LONGEST_S):
            await painted.wait()
    window.removeEventFilter(watcher)
