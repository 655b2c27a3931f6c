"""What a client may do. The server binds a role to a token; a client never names its own."""

from typing import Final

from engine.broadcast.messages import (
    Ask,
    ClientMessage,
    Hello,
    Hush,
    Invite,
    Mute,
    Press,
    Probe,
    Promote,
    Release,
    Remove,
    Report,
    RoleName,
    SetFormat,
    Stop,
)

RANK: Final[dict[RoleName, int]] = {"listener": 0, "typist": 1, "talker": 2, "owner": 3}

_NEEDED: Final[dict[type[ClientMessage], RoleName]] = {
    Hello: "listener",
    Probe: "listener",
    SetFormat: "listener",
    Report: "listener",
    Ask: "typist",
    Stop: "typist",
    Press: "talker",
    Release: "talker",
    Mute: "owner",
    Invite: "owner",
    Promote: "owner",
    Hush: "owner",
    Remove: "owner",
}


def allows(role: RoleName, message: ClientMessage) -> bool:
    """Whether a client of this role may send ``message``."""
    return RANK[role] >= RANK[_NEEDED[type(message)]]


def may_talk(role: RoleName) -> bool:
    """Whether a client of this role may send talk packets."""
    return RANK[role] >= RANK["talker"]
