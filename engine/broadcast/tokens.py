"""Who is who: join tokens, the sessions they are exchanged for, and the roles bound to both.

Only digests are kept, in memory and on disk. Nothing here is thread-safe: it belongs to one loop.
"""

import contextlib
import hashlib
import hmac
import logging
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from engine.broadcast.messages import RoleName

log = logging.getLogger(__name__)

SECRET_BYTES: Final = 24
"""192 bits, 32 characters in a URL; the notes ask for 128 or more."""

INVITATION_S: Final = 600.0
SESSION_S: Final = 30 * 86_400.0
"""A session that was not used for 30 days is forgotten."""

NOTED_AFTER_S: Final = 86_400.0

MAX_INVITATIONS: Final = 64
MAX_SESSIONS: Final = 1_024


class Session(msgspec.Struct, forbid_unknown_fields=True):
    """A client that may come back. ``expires_at_s`` is wall-clock time: it outlives the process."""

    digest: str
    listener: str
    role: RoleName
    name: str
    expires_at_s: float
    hushed: bool = False


class Admission(msgspec.Struct, frozen=True):
    """What a client is told when it is let in; ``session`` is a secret."""

    listener: str
    role: RoleName
    name: str
    session: str
    hushed: bool = False


class _Invitation(msgspec.Struct):
    role: RoleName
    expires_at_s: float


def digest_of(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_id() -> str:
    """A public id, 8 hexadecimal digits."""
    return secrets.token_hex(4)


class Doorkeeper:
    """Makes invitations, exchanges them for sessions, and knows each session's present role.

    ``file``, if given, keeps the sessions over a restart (mode 0600, digests only). A file that
    can't be read is put aside under the suffix ``.damaged`` and everybody needs a new invitation; one
    that can't be written is logged. ``wall_clock`` gives seconds since the epoch. ``on_used`` is told of
    each token that somebody has come in with.
    """

    def __init__(
        self,
        file: Path | None,
        wall_clock: Callable[[], float],
        on_used: Callable[[str], None] = lambda token: None,
    ) -> None:
        self._file = file
        self._on_used = on_used
        self._clock = wall_clock
        self._invitations: dict[str, _Invitation] = {}
        self._sessions: dict[str, Session] = {session.digest: session for session in self._read()}

    def invite(self, role: RoleName, lasts_s: float = INVITATION_S) -> str:
        """A new join token, good for one client. The oldest of too many is dropped."""
        self._forget_expired()
        while len(self._invitations) >= MAX_INVITATIONS:
            del self._invitations[next(iter(self._invitations))]
        token = secrets.token_urlsafe(SECRET_BYTES)
        self._invitations[digest_of(token)] = _Invitation(role, self._clock() + lasts_s)
        return token

    def admit(self, token: str, session: str, name: str) -> Admission | None:
        """Lets a client in by its session or else by its token, which is used up; None for neither."""
        self._forget_expired()
        known = self._find(session)
        if known is not None:
            self._refresh(known, name)
            return Admission(known.listener, known.role, known.name, session, known.hushed)
        invitation = self._take_invitation(token)
        if invitation is None:
            return None
        secret = secrets.token_urlsafe(SECRET_BYTES)
        made = Session(digest_of(secret), new_id(), invitation.role, name, self._clock() + SESSION_S)
        while len(self._sessions) >= MAX_SESSIONS:
            del self._sessions[next(iter(self._sessions))]
        self._sessions[made.digest] = made
        self._write()
        self._on_used(token)
        return Admission(made.listener, made.role, made.name, secret)

    def promote(self, listener: str, role: RoleName) -> bool:
        """Binds another role to a session; False where there is none."""
        found = self._by_listener(listener)
        if found is None:
            return False
        found.role = role
        self._write()
        return True

    def hush(self, listener: str, hushed: bool) -> bool:
        """Binds to a session whether its microphone is kept out; False where there is none."""
        found = self._by_listener(listener)
        if found is None:
            return False
        found.hushed = hushed
        self._write()
        return True

    def knows(self, listener: str) -> bool:
        """Whether there is a session for it."""
        return self._by_listener(listener) is not None

    def revoke(self, listener: str) -> bool:
        """Forgets a session for good; False where there is none."""
        found = self._by_listener(listener)
        if found is None:
            return False
        del self._sessions[found.digest]
        self._write()
        return True

    def _refresh(self, session: Session, name: str) -> None:
        """The session was used; on disk that is noted once a day, or when its name changes."""
        before = session.name, session.expires_at_s
        session.name = name or session.name
        session.expires_at_s = self._clock() + SESSION_S
        if session.name != before[0] or session.expires_at_s - before[1] > NOTED_AFTER_S:
            self._write()
        else:
            session.expires_at_s = before[1]

    def _find(self, secret: str) -> Session | None:
        wanted, found = digest_of(secret), None
        for digest, session in self._sessions.items():  # all of them: the time tells nothing
            if hmac.compare_digest(digest, wanted):
                found = session
        return found

    def _take_invitation(self, token: str) -> _Invitation | None:
        wanted, found = digest_of(token), None
        for digest in self._invitations:
            if hmac.compare_digest(digest, wanted):
                found = digest
        return self._invitations.pop(found) if found else None

    def _by_listener(self, listener: str) -> Session | None:
        return next((session for session in self._sessions.values() if session.listener == listener), None)

    def _forget_expired(self) -> None:
        now_s = self._clock()
        for digest in [key for key, value in self._invitations.items() if value.expires_at_s <= now_s]:
            del self._invitations[digest]
        for digest in [key for key, value in self._sessions.items() if value.expires_at_s <= now_s]:
            del self._sessions[digest]

    def _read(self) -> list[Session]:
        if self._file is None or not self._file.exists():
            return []
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=list[Session])
        except (OSError, msgspec.MsgspecError, UnicodeError):
            aside = self._file.with_suffix(".damaged")
            log.warning("the room's sessions can't be read (see %s); everybody needs a new invitation", aside)
            with contextlib.suppress(OSError):
                self._file.replace(aside)
            return []

    def _write(self) -> None:
        if self._file is None:
            return
        beside = self._file.with_suffix(".new")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            beside.unlink(missing_ok=True)
            handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(msgspec.json.encode(list(self._sessions.values())))
            beside.replace(self._file)
        except OSError:
            log.warning("the room's sessions can't be saved", exc_info=True)
