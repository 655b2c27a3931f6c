"""A key that only tells when it goes down: holding it told from tapping it.

A terminal says nothing when a key comes up. A held key repeats, though.
"""

from collections.abc import Callable
from enum import Enum
from typing import Final

FIRST_REPEAT_S: Final = 0.7
"""A held key repeats after at most this long on the usual desktops (X11 660 ms, macOS 500 ms)."""

NEXT_REPEAT_S: Final = 0.2
"""Repeats come every 30 to 90 ms; a longer gap means that the key is up."""


class _Key(Enum):
    UP = "up"
    PRESSED = "pressed"
    HELD = "held"
    LATCHED = "latched"


class HeldEnter:
    """Tells holding Enter from tapping it by its repeats; ``press`` and ``release`` are the key's two ends.

    Used on the loop. ``later`` schedules a call after a delay and returns what cancels it.
    """

    def __init__(
        self,
        press: Callable[[], None],
        release: Callable[[], None],
        later: Callable[[float, Callable[[], None]], Callable[[], None]],
    ) -> None:
        self._press = press
        self._release = release
        self._later = later
        self._state = _Key.UP
        self._cancel: Callable[[], None] = lambda: None

    @property
    def down(self) -> bool:
        """Whether the key counts as held."""
        return self._state is not _Key.UP

    def enter(self) -> None:
        """Enter arrived, pressed or repeated."""
        self._cancel()
        match self._state:
            case _Key.UP:
                self._state = _Key.PRESSED
                self._press()
                self._cancel = self._later(FIRST_REPEAT_S, self._latch)
            case _Key.PRESSED | _Key.HELD:
                self._state = _Key.HELD
                self._cancel = self._later(NEXT_REPEAT_S, self.let_go)
            case _Key.LATCHED:
                self.let_go()

    def let_go(self) -> None:
        """The key is up, or the second tap came. Harmless when it is up already."""
        self._cancel()
        if self.down:
            self._state = _Key.UP
            self._release()

    def _latch(self) -> None:
        self._state = _Key.LATCHED
