"""What crosses into a worker's thread beside its jobs: the words of a reply, and that it is called off."""

import threading
import time
from collections import deque
from collections.abc import Callable

from engine.ports import SpeakableWord


class Cancelled(Exception):
    """The reply that this thread works on was called off."""


class CancelToken:
    """Set once, from any thread; looked at between frames."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        """Calls the work off. Does not wait for it to stop."""
        self._event.set()

    @property
    def cancelled(self) -> bool:
        """Whether the work was called off."""
        return self._event.is_set()

    def wait(self, timeout_s: float) -> bool:
        """Blocks until the work is called off or ``timeout_s`` has passed; says whether it was."""
        return self._event.wait(timeout_s)


class TextFeed:
    """The words of one reply on their way from the loop that reads them to the thread that speaks them.

    The ``WordSource`` port. ``put``, ``end`` and ``cancel`` never block and come from any thread;
    iterating blocks and belongs to one thread. ``beat`` is called about once a second while it waits,
    so that a worker that waits for a slow writer is not taken for a stuck one.
    """

    def __init__(self, beat: Callable[[], None] = lambda: None) -> None:
        self._words: deque[SpeakableWord] = deque()
        self._changed = threading.Condition()
        self._ended = False
        self._cancelled = False
        self._beat = beat
        self.waited_s = 0.0
        """How long its reader has waited for words so far; for the reader's own thread."""

    def put(self, word: SpeakableWord) -> None:
        """Adds a word; dropped without a sound after ``end`` or ``cancel``."""
        with self._changed:
            if not self._ended and not self._cancelled:
                self._words.append(word)
                self._changed.notify()

    def end(self) -> None:
        """Says that the reply has no more words."""
        with self._changed:
            self._ended = True
            self._changed.notify()

    def cancel(self) -> None:
        """Makes every present and later ``next`` raise ``Cancelled``."""
        with self._changed:
            self._cancelled = True
            self._words.clear()
            self._changed.notify()

    def waits(self) -> bool:
        """Whether ``next`` would block now."""
        with self._changed:
            return not self._settled()

    def __iter__(self) -> "TextFeed":
        return self

    def __next__(self) -> SpeakableWord:
        with self._changed:
            if not self._settled():
                self._wait()
            if self._cancelled:
                raise Cancelled
            if self._words:
                return self._words.popleft()
            raise StopIteration

    def _wait(self) -> None:
        began_at_s = time.monotonic()
        while not self._changed.wait_for(self._settled, timeout=1.0):
            self._beat()
        self.waited_s += time.monotonic() - began_at_s

    def _settled(self) -> bool:
        return bool(self._words) or self._ended or self._cancelled
