"""What the talk key is called, in the language that is in force when it is asked."""

from dataclasses import dataclass

from app.hotkey.chord import Chord, tr


@dataclass(frozen=True, slots=True)
class KeyName:
    """The name of ``key``: a chord, a modifier that talks alone (such as "fn"), or None for no key."""

    key: Chord | str | None = None

    @property
    def shown(self) -> str:
        """As it is written; "" where there is no key."""
        if isinstance(self.key, Chord):
            return self.key.symbols()
        names = {
            "right_option": tr("Right Option"),
            "right_command": tr("Right Command"),
            "fn": tr("Fn"),
        }
        return names.get(self.key or "", "")

    @property
    def spoken(self) -> str:
        """As it is read aloud."""
        return self.key.words() if isinstance(self.key, Chord) else self.shown
