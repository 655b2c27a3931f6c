"""What the talk key needs of a system: to be told when a chord goes down and up, whatever app is in front."""

from collections.abc import Callable
from typing import Protocol

from app.hotkey.chord import Chord
from engine.errors import AloudError

Told = Callable[[], None]
Undo = Callable[[], None]


class ChordTaken(AloudError):
    """Another app, or the system, has the chord."""


class Keys(Protocol):
    """The system's keyboard. Main thread only; callbacks come on the main thread."""

    def grab(self, chord: Chord, pressed: Told, released: Told) -> Undo:
        """Takes ``chord`` for us until the returned undo is called. Raises ``ChordTaken``.

        ``pressed`` may repeat while the key is held. Undoing twice is harmless.
        """
        ...

    def is_down(self, chord: Chord) -> bool | None:
        """Whether the chord's key is down now; None where the system does not tell. Quick."""
        ...

    def close(self) -> None:
        """Gives back everything. Harmless when closed."""
        ...


class ModifierKeys(Protocol):
    """The system's modifier keys, one of which can be the talk key. Main thread, as ``Keys``."""

    def allowed(self) -> bool:
        """Whether the person has allowed Aloud to see keys that are meant for other apps."""
        ...

    def ask(self) -> None:
        """Shows the system's question for that; it is asked once, later the system's settings decide."""
        ...

    def watch(self, name: str, pressed: Told, released: Told, spoiled: Told) -> Undo:
        """Tells when the modifier ``name`` goes down and up alone, until the returned undo is called.

        ``name``: "right_option", "right_command" or "fn". ``spoiled``: another key came down with it.
        """
        ...
