"""Background work that a page starts and nobody waits for."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from PySide6.QtCore import QObject

from engine.errors import AloudError

log = logging.getLogger(__name__)


class Work(QObject):
    """Runs coroutines on the running loop and keeps them until they end; ends with its parent."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._tasks: set[asyncio.Task[None]] = set()
        tasks = self._tasks

        def end() -> None:
            for task in tuple(tasks):
                task.cancel()

        self.destroyed.connect(end)

    @property
    def busy(self) -> bool:
        """Whether something is under way."""
        return bool(self._tasks)

    def do(
        self, work: Coroutine[Any, Any, None], failed: Callable[[AloudError], None] = lambda error: None
    ) -> None:
        """Runs ``work``; ``failed`` is told what goes wrong. Without a running loop nothing is done."""

        async def told() -> None:
            try:
                await work
            except AloudError as error:
                failed(error)
            except Exception:
                log.exception("something in the settings went wrong")
                failed(AloudError("Something went wrong inside Aloud.", "Try again; the log says more."))

        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            work.close()
            return
        task = loop.create_task(told())
        self._tasks.add(task)

        def ended(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            work.close()  # where the task was called off before it began

        task.add_done_callback(ended)

    def cancel(self) -> None:
        """Calls everything off."""
        for task in tuple(self._tasks):
            task.cancel()
