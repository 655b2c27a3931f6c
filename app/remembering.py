"""What was said is remembered: the history on the disk, its recorder, and the side list that shows it."""

import asyncio
from collections.abc import Callable

from app.bridge import Bridge, ConversationLike
from app.conversations import Conversations
from app.window.main_window import MainWindow
from app.wiring import Wiring
from engine import paths
from engine.errors import AloudError
from engine.history import History, Recorder


class Remembering:
    """Opens the history and keeps it until ``close``. Lives on the conversation's loop.

    Raises an ``AloudError`` where the history can't be opened. ``tell`` is called on the loop with what
    goes wrong later.
    """

    def __init__(
        self,
        conversation: ConversationLike,
        bridge: Bridge,
        window: MainWindow,
        tell: Callable[[AloudError], None],
        *,
        enabled: bool,
    ) -> None:
        loop = asyncio.get_running_loop()
        self._history = History(paths.history_file())
        if self._history.notice is not None:
            tell(self._history.notice)

        def report(error: AloudError) -> None:
            loop.call_soon_threadsafe(tell, error)

        self._recorder = Recorder(
            self._history, timings_of=window.metrics.seconds_of, report=report, enabled=enabled
        )
        conversation.bus.subscribe(self._recorder)
        self.conversations = Conversations(self._history, self._recorder, bridge, window)

    def join(self, wiring: Wiring) -> None:
        """Lets the settings switch it off and delete it."""
        wiring.history, wiring.recorder = self._history, self._recorder
        wiring.forget_shown = self.conversations.forget

    async def stop(self) -> None:
        """Shows no more; the recorder still listens, for a turn that is being ended."""
        await self.conversations.close()

    async def close(self) -> None:
        """Writes what is left and closes the file. Blocks the loop for no longer than closing takes."""
        await asyncio.to_thread(self._recorder.close)
        self._history.close()
