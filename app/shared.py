"""What the window needs of ``engine.sharing``, which is imported when the room is first opened."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from engine.broadcast.messages import Listener, RoleName
from engine.settings import Sharing


class Invited(Protocol):
    """What ``engine.broadcast.server.Invitation`` tells."""

    @property
    def token(self) -> str:
        """What lets one guest in, once."""
        ...

    @property
    def lasts_s(self) -> float:
        """For how long."""
        ...


class Offered(Protocol):
    """What ``engine.broadcast.tailscale.Tailscale`` tells."""

    @property
    def origin(self) -> str:
        """Where it would offer the room."""
        ...

    @property
    def command(self) -> str:
        """What makes it do so."""
        ...

    @property
    def serves(self) -> bool:
        """Whether it does."""
        ...


class Shared(Protocol):
    """What is needed of ``engine.sharing.SharedRoom``; all its calls but ``attach`` and ``detach`` block."""

    @property
    def urls(self) -> tuple[str, ...]:
        """Where guests find the page."""
        ...

    @property
    def tailscale(self) -> Offered | None:
        """Tailscale, where it runs."""
        ...

    def refresh(self) -> bool:
        """Looks at the network; whether ``urls`` or ``tailscale`` are others."""
        ...

    def open(self) -> None:
        """Opens the room."""
        ...

    def attach(self, conversation: Any) -> None:
        """Lets it follow the conversation."""
        ...

    def detach(self) -> None:
        """Lets it follow nothing."""
        ...

    def close(self) -> None:
        """Closes the room."""
        ...

    def invite(self, role: RoleName) -> Invited:
        """A new invitation, good under each of ``urls``."""
        ...

    def block(self, words: Sequence[str]) -> None:
        """Refuses questions with any of ``words`` from now on."""
        ...

    @property
    def server(self) -> Any:
        """Whom to ask for a promotion, a microphone or a removal."""
        ...


OnListeners = Callable[[tuple[Listener, ...]], None]
OnUsed = Callable[[str], None]


def make_shared(choice: Sharing, on_listeners: OnListeners, on_used: OnUsed) -> Shared:
    """The real room; imported when it is first opened."""
    from engine.sharing import SharedRoom

    return SharedRoom(choice, on_listeners, on_used)
