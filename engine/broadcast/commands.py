"""What clients of the room may ask of the conversation."""

from typing import Protocol

from engine.broadcast.microphone import RoomMicrophone


class Commands(Protocol):
    """What the room asks of the conversation. Called on the net loop; must not block."""

    def ask(self, text: str) -> None:
        """A typed question."""
        ...

    def press(self, microphone: RoomMicrophone) -> None:
        """Somebody in the room begins to talk into ``microphone``."""
        ...

    def release(self) -> None:
        """The talk is whole."""
        ...

    def stop(self) -> None:
        """Ends the running turn."""
        ...

    def mute(self, muted: bool) -> None:
        """Switches the voice off or on."""
        ...


class Nobody:
    """Commands where no conversation is attached: nothing happens."""

    def ask(self, text: str) -> None:
        """As ``Commands``."""

    def press(self, microphone: RoomMicrophone) -> None:
        """As ``Commands``."""

    def release(self) -> None:
        """As ``Commands``."""

    def stop(self) -> None:
        """As ``Commands``."""

    def mute(self, muted: bool) -> None:
        """As ``Commands``."""
