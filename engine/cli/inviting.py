"""The link that ``aloud serve`` prints, and what follows it."""

import asyncio
from typing import Final

from engine.broadcast.invitations import qr_text
from engine.broadcast.messages import RoleName
from engine.broadcast.server import Invitation
from engine.cli.terminal import TerminalView
from engine.sharing import SharedRoom

LINK_LASTS_S: Final = 86_400.0
"""For whoever reads it in a service's journal, later."""

LOOK_EVERY_S: Final = 5.0


class StandingInvitation:
    """One link is always good, and the last that was printed: another follows when it is used or over."""

    def __init__(self, room: SharedRoom, role: RoleName, view: TerminalView) -> None:
        self._room = room
        self._role = role
        self._view = view

    async def keep(self, used: "asyncio.Queue[str]") -> None:
        """Prints links until cancelled. ``used`` gives the tokens that somebody came in with."""
        why = ""
        while True:
            invitation = await asyncio.to_thread(self._room.invite, self._role, LINK_LASTS_S)
            if why:
                self._view.tell(why)
            self._print(invitation)
            self._view.tell("Press Control-C to stop.")
            why = await self._until_over(invitation, used)

    async def _until_over(self, invitation: Invitation, used: "asyncio.Queue[str]") -> str:
        """Why another is needed. Meanwhile the same one is printed where the network changes."""
        loop = asyncio.get_running_loop()
        over_at_s = loop.time() + invitation.lasts_s
        while (left_s := over_at_s - loop.time()) > 0:
            try:
                async with asyncio.timeout(min(left_s, LOOK_EVERY_S)):
                    token = await used.get()
            except TimeoutError:
                if await asyncio.to_thread(self._room.refresh):
                    self._view.tell("The network has changed.")
                    self._print(invitation)
                continue
            if token == invitation.token:
                return "Somebody came in. For the next one:"
        return "The link is too old. Instead of it:"

    def _print(self, invitation: Invitation) -> None:
        links = [f"{url}#join={invitation.token}" for url in self._room.urls]
        for link in links:
            self._view.tell(f"Open {link}")
        if not links[0].startswith(("http://localhost", "https://localhost")):
            self._view.tell(qr_text(links[0]))
        own = self._room.tailscale
        if own is not None and not own.serves:
            self._view.tell(f"Tailscale is here. For {own.origin}, run: {own.command}")
