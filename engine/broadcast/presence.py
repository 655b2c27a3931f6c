"""Who is in the room: through which outlet, in what role, and whom owners are told of."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace

from engine.broadcast.effects import CLOSE_REMOVED, CLOSE_REPLACED, CLOSE_TRY_LATER
from engine.broadcast.link import Outlet
from engine.broadcast.messages import Hello, Hushed, Listener, PrivateMessage, RoleChanged, RoleName
from engine.broadcast.people import People
from engine.broadcast.roles import may_talk
from engine.broadcast.tokens import Admission, Doorkeeper, new_id


@dataclass(frozen=True, slots=True)
class Present:
    """One client that is in the room."""

    outlet: Outlet
    role: RoleName
    name: str
    hushed: bool = False


class Presence:
    """Belongs to the net loop.

    ``drop_floor`` is called with the id of a client that left or may not talk any more; ``on_listeners``
    hears who is connected whenever that changes.
    """

    def __init__(
        self,
        doorkeeper: Doorkeeper,
        drop_floor: Callable[[str], None],
        on_listeners: Callable[[tuple[Listener, ...]], None],
    ) -> None:
        self._doorkeeper = doorkeeper
        self._drop_floor = drop_floor
        self._present: dict[str, Present] = {}
        self._people = People(self.tell, on_listeners)

    @property
    def listeners(self) -> frozenset[str]:
        """The ids of all who are in."""
        return frozenset(self._present)

    def find(self, listener: str) -> Present | None:
        """The client of this id, if it is in."""
        return self._present.get(listener)

    def tell(self, listener: str, message: PrivateMessage) -> None:
        """Tells one client, if it is in."""
        present = self._present.get(listener)
        if present is not None:
            present.outlet.tell(listener, message)

    # Coming and going -----------------------------------------------------------------------------

    def admit(self, outlet: Outlet, hello: Hello) -> Admission | None:
        """Lets a client in by its secret, or not. A client of the same session elsewhere is closed."""
        admission = self._doorkeeper.admit(hello.token, hello.session, hello.name)
        if admission is not None:
            before = self._present.get(admission.listener)
            if before is not None:
                if before.outlet is not outlet:  # which replaces it itself otherwise
                    before.outlet.close(admission.listener, CLOSE_REPLACED, "joined elsewhere")
                self._drop_floor(admission.listener)
            self._present[admission.listener] = Present(
                outlet, admission.role, admission.name, admission.hushed
            )
            self._note_owner(admission.listener, admission.role)
        return admission

    def admit_guest(self, outlet: Outlet, role: RoleName, name: str) -> Admission:
        """Lets in a client without a session, which can't be promoted and does not come back."""
        admission = Admission(new_id(), role, name, "")
        self._present[admission.listener] = Present(outlet, role, name)
        return admission

    def left(self, outlet: Outlet, listener: str) -> None:
        """The client is gone; one that was replaced by a newer connection is not."""
        present = self._present.get(listener)
        if present is not None and present.outlet is outlet:
            del self._present[listener]
            self._people.drop_owner(listener)
            self._drop_floor(listener)

    def connected_through(self, outlet: Outlet) -> frozenset[str]:
        """The ids of the clients that are there by way of ``outlet``."""
        return frozenset(name for name, present in self._present.items() if present.outlet is outlet)

    def dismiss_strangers(self, outlet: Outlet, listeners: Iterable[str]) -> None:
        """Closes those of the ``listeners`` at ``outlet`` who are not, or no longer, let in there."""
        for listener in listeners:
            present = self._present.get(listener)
            if present is None and self._doorkeeper.knows(listener):
                outlet.close(listener, CLOSE_TRY_LATER, "come in again")
            elif present is None:
                outlet.close(listener, CLOSE_REMOVED, "removed")
            elif present.outlet is not outlet:
                outlet.close(listener, CLOSE_REPLACED, "joined elsewhere")

    def only_these(self, outlet: Outlet, listeners: Collection[str]) -> None:
        """Nobody else is to be seen as connected through ``outlet``."""
        self._people.keep(outlet, listeners)

    def roster(self, outlet: Outlet, changed: tuple[Listener, ...], gone: tuple[str, ...]) -> None:
        """Who has come or changed, and who has gone, at ``outlet``; owners are told."""
        self._people.changed(outlet, changed, gone)

    def outlet_lost(self, outlet: Outlet) -> None:
        """All clients of ``outlet`` are gone."""
        for listener in [key for key, present in self._present.items() if present.outlet is outlet]:
            self.left(outlet, listener)
        self._people.keep(outlet, ())

    # Rights ---------------------------------------------------------------------------------------

    def promote(self, listener: str, role: RoleName) -> bool:
        """Binds another role to a client's session; False for nobody, or a guest."""
        if not self._doorkeeper.promote(listener, role):
            return False
        present = self._present.get(listener)
        if present is not None:
            self._present[listener] = replace(present, role=role)
            present.outlet.tell(listener, RoleChanged(role))
            self._note_owner(listener, role)
            if not may_talk(role):
                self._drop_floor(listener)
        return True

    def hush(self, listener: str, hushed: bool) -> bool:
        """Keeps a client's microphone out, or lets it in again; False for nobody, or a guest."""
        if not self._doorkeeper.hush(listener, hushed):
            return False
        present = self._present.get(listener)
        if present is not None:
            self._present[listener] = replace(present, hushed=hushed)
            present.outlet.tell(listener, Hushed(hushed))
            if hushed:
                self._drop_floor(listener)
        return True

    def remove(self, listener: str) -> bool:
        """Takes a client's session away and closes it; False for nobody."""
        known = self._doorkeeper.revoke(listener)
        present = self._present.get(listener)
        if present is None:
            return known
        present.outlet.close(listener, CLOSE_REMOVED, "removed")
        self.left(present.outlet, listener)
        return True

    def _note_owner(self, listener: str, role: RoleName) -> None:
        if role == "owner":
            self._people.add_owner(listener)
        else:
            self._people.drop_owner(listener)
