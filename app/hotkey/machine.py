"""The talk key as a pure machine: ``advance(state, input)`` gives the next state and what to do.

Held, the key talks until it comes up. Tapped, it talks until the next press. Held and then locked, it
is like tapped. Whatever else ends the listening, or loses the key-up, leaves no state that the next
press does not get out of.

What is not known is never guessed at the cost of a sentence: a key-up counts at once, and only a key
whose ups can't be trusted (a modifier alone) waits ``confirm_s`` for it.
"""

from dataclasses import dataclass, replace
from enum import Enum
from typing import Final, assert_never

TAP_S: Final = 0.5
"""A key that comes up sooner was tapped, not held."""

BOUNCE_S: Final = 0.05
"""A contact that opens and closes again within this time was never let go."""

REPEAT_GAP_S: Final = 1.5
"""Auto-repeats follow each other, and the press, sooner than this; a later press is a second one."""


class Phase(Enum):
    """What the key is doing for us. DOWN is what ``held_down`` tells."""

    IDLE = "idle"
    HELD = "held"
    RELEASING = "releasing"
    """The key came up a moment ago and may come down again at once."""
    LOCKED = "locked"
    """Still down, but its key-up will not end the listening."""
    LATCHED = "latched"
    """Up, and listening until the next press."""
    SPENT = "spent"
    """Down, but what it began is over."""


class Action(Enum):
    """What the conversation is told."""

    PRESS = "press"
    RELEASE = "release"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Timing:
    """``longest_s`` ends a listening that nobody ends; ``confirm_s`` delays a key-up that may bounce."""

    tap_s: float = TAP_S
    bounce_s: float = BOUNCE_S
    repeat_gap_s: float = REPEAT_GAP_S
    confirm_s: float = 0.0
    longest_s: float = 120.0


@dataclass(frozen=True, slots=True)
class KeyState:
    """Times are readings of one monotonic clock. ``seen_down``: a look at the keyboard found it down."""

    phase: Phase = Phase.IDLE
    began_s: float = float("-inf")
    last_down_s: float = float("-inf")
    last_up_s: float = float("-inf")
    seen_down: bool = False

    @property
    def held_down(self) -> bool:
        """Whether the key is down as far as is known: the moment not to unregister it."""
        return self.phase in (Phase.HELD, Phase.LOCKED, Phase.SPENT, Phase.RELEASING)

    @property
    def listening(self) -> bool:
        """Whether the key has begun a listening that it has not ended."""
        return self.phase in (Phase.HELD, Phase.LOCKED, Phase.LATCHED, Phase.RELEASING)

    @property
    def hands_free(self) -> bool:
        """Whether it listens until the next press, and not until the key comes up."""
        return self.phase in (Phase.LOCKED, Phase.LATCHED)


@dataclass(frozen=True, slots=True)
class Pressed:
    """The key came down, or repeats."""

    at_s: float


@dataclass(frozen=True, slots=True)
class Released:
    """The key came up."""

    at_s: float


@dataclass(frozen=True, slots=True)
class Locked:
    """The lock was pressed: go on listening when the key comes up."""

    at_s: float


@dataclass(frozen=True, slots=True)
class Checked:
    """The keyboard was looked at."""

    at_s: float
    down: bool


@dataclass(frozen=True, slots=True)
class Ticked:
    """Time has passed."""

    at_s: float


@dataclass(frozen=True, slots=True)
class Ended:
    """The listening that the key began ended another way."""

    at_s: float


@dataclass(frozen=True, slots=True)
class Spoiled:
    """Another key came down while a modifier alone was held: it was a shortcut, not talk."""

    at_s: float


@dataclass(frozen=True, slots=True)
class Toggled:
    """Listening was asked for, or ended, by something that can't be held, such as an item of a menu."""

    at_s: float


@dataclass(frozen=True, slots=True)
class Suspended:
    """The machine sleeps or the screen is locked: no key-up will arrive, and nobody is there."""

    at_s: float


Input = Pressed | Released | Locked | Checked | Ticked | Ended | Spoiled | Toggled | Suspended
Step = tuple[KeyState, Action | None]


def advance(state: KeyState, event: Input, timing: Timing) -> Step:
    """The state after ``event``, and what the conversation is told, if anything. Every input is legal."""
    late = deadline_s(state, timing)
    if late is not None and event.at_s >= late:
        state, action = _expired(state, late)
        if action is not None or isinstance(event, Ticked):
            return _then(state, action, event, timing)
    return _advance(state, event, timing)


def _then(state: KeyState, action: Action | None, event: Input, timing: Timing) -> Step:
    """``event`` after its state ran out, which has told the conversation: ``event`` adds only state."""
    if isinstance(event, Pressed):
        return replace(state, phase=Phase.SPENT, last_down_s=event.at_s), action
    if isinstance(event, Ticked | Toggled):
        return state, action
    return _advance(state, event, timing)[0], action


def _advance(state: KeyState, event: Input, timing: Timing) -> Step:
    match event:
        case Pressed():
            return _pressed(state, event.at_s, timing)
        case Released():
            return _released(state, event.at_s, timing)
        case Locked():
            return (replace(state, phase=Phase.LOCKED) if state.phase is Phase.HELD else state), None
        case Checked():
            return _checked(state, event, timing)
        case Ticked():
            return state, None
        case Ended():
            return _ended(state), None
        case Spoiled():
            return _spoiled(state, event.at_s, timing)
        case Toggled():
            return _toggled(state, event.at_s)
        case Suspended():
            return KeyState(), (Action.STOP if state.listening else None)
        case _:
            assert_never(event)


def deadline_s(state: KeyState, timing: Timing) -> float | None:
    """When a ``Ticked`` is due for ``state``, or None."""
    if state.phase is Phase.RELEASING:
        return state.last_up_s + timing.confirm_s
    return state.began_s + timing.longest_s if state.listening else None


def _expired(state: KeyState, at_s: float) -> Step:
    if state.phase is Phase.RELEASING:
        return replace(state, phase=Phase.IDLE), Action.RELEASE
    return replace(state, phase=_after(state)), Action.RELEASE


def _after(state: KeyState) -> Phase:
    """What is left of a listening that ended while the key was as it is."""
    return Phase.SPENT if state.phase in (Phase.HELD, Phase.LOCKED) else Phase.IDLE


def _pressed(state: KeyState, at_s: float, timing: Timing) -> Step:
    repeats = at_s - state.last_down_s < timing.repeat_gap_s
    bounced = at_s - state.last_up_s < timing.bounce_s
    down = replace(state, last_down_s=at_s)
    match state.phase:
        case Phase.IDLE if bounced:
            return replace(down, phase=Phase.SPENT), None
        case Phase.IDLE:
            return _begun(at_s)
        case Phase.RELEASING:
            return replace(down, phase=Phase.HELD), None
        case Phase.LATCHED if bounced:
            return replace(down, phase=Phase.HELD), None
        case Phase.LATCHED:
            return replace(down, phase=Phase.SPENT), Action.RELEASE
        case Phase.HELD | Phase.LOCKED | Phase.SPENT if repeats:
            return down, None
        case Phase.HELD | Phase.LOCKED:  # its key-up was lost
            return replace(down, phase=Phase.SPENT), Action.RELEASE
        case Phase.SPENT:
            return _begun(at_s)
        case _:
            assert_never(state.phase)


def _begun(at_s: float) -> Step:
    return KeyState(Phase.HELD, began_s=at_s, last_down_s=at_s), Action.PRESS


def _released(state: KeyState, at_s: float, timing: Timing) -> Step:
    up = replace(state, last_up_s=at_s, seen_down=False)
    match state.phase:
        case Phase.HELD if at_s - state.began_s < timing.tap_s:
            return replace(up, phase=Phase.LATCHED), None
        case Phase.HELD if timing.confirm_s > 0:
            return replace(up, phase=Phase.RELEASING), None
        case Phase.HELD:
            return replace(up, phase=Phase.IDLE), Action.RELEASE
        case Phase.LOCKED:
            return replace(up, phase=Phase.LATCHED), None
        case Phase.SPENT:
            return replace(up, phase=Phase.IDLE), None
        case _:
            return state, None


def _checked(state: KeyState, event: Checked, timing: Timing) -> Step:
    """Believed only where the same look has found the key down before, so that it can be trusted."""
    if state.phase not in (Phase.HELD, Phase.LOCKED, Phase.SPENT):
        return state, None
    if event.down:
        return replace(state, seen_down=True), None
    return _released(state, event.at_s, timing) if state.seen_down else (state, None)


def _ended(state: KeyState) -> KeyState:
    return replace(state, phase=_after(state)) if state.listening else state


def _toggled(state: KeyState, at_s: float) -> Step:
    """A key that is down meanwhile ends nothing by coming up: it did not begin this listening."""
    if state.listening:
        return replace(state, phase=_after(state)), Action.RELEASE
    phase = Phase.LOCKED if state.held_down else Phase.LATCHED
    return replace(state, phase=phase, began_s=at_s, seen_down=False), Action.PRESS


def _spoiled(state: KeyState, at_s: float, timing: Timing) -> Step:
    if state.phase is Phase.HELD and at_s - state.began_s < timing.tap_s:
        return replace(state, phase=Phase.SPENT), Action.STOP
    return state, None
