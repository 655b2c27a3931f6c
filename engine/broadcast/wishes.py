"""What clients of an edge have asked the host for and the host has not answered yet."""

import asyncio
from collections.abc import Callable


class Wishes:
    """``refused`` is called with a client's id where the host does not know it or answers too late."""

    def __init__(self, refused: Callable[[str], None]) -> None:
        self._refused = refused
        self._waiting: dict[int, tuple[str, asyncio.TimerHandle]] = {}

    def add(self, request: int, listener: str, answer_s: float) -> None:
        """``listener`` asked for something, to be answered within ``answer_s``."""
        timer = asyncio.get_running_loop().call_later(answer_s, self.answered, request, False)
        self._waiting[request] = (listener, timer)

    def answered(self, request: int, known: bool) -> None:
        """The host has it, and knows the client or not. Harmless for what is no longer waited for."""
        listener, timer = self._waiting.pop(request, ("", None))
        if timer is not None:
            timer.cancel()
            if not known:
                self._refused(listener)
