"""The talk key at work: the machine between a keyboard and the conversation, with its timers."""

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from app.bridge import Bridge
from app.hotkey.chord import Chord
from app.hotkey.machine import (
    Action,
    Checked,
    Ended,
    Input,
    KeyState,
    Locked,
    Pressed,
    Released,
    Spoiled,
    Suspended,
    Ticked,
    Timing,
    Toggled,
    advance,
    deadline_s,
)
from app.hotkey.ports import ChordTaken, Keys, ModifierKeys, Undo
from engine.events import Event, TurnEnded, UtteranceCaptured
from engine.units import TurnId

log = logging.getLogger(__name__)

LOOK_EVERY_MS: Final = 250
LOCK_KEY: Final = "return"
CONFIRM_S: Final = 0.05
"""A modifier's key-up counts after this time, for the system tells of bounces there."""


class TalkKey(QObject):
    """Holds one chord or one modifier of ``keys`` and talks through ``bridge`` with it.

    ``arrived`` tells each time the key goes down or up, for whoever tests it; ``taken`` that the wanted
    key is registered, ``failed`` that it can't be had (a ``ChordTaken``), ``hands_free_changed`` whether it
    listens until the next press. While the key is down nothing is registered or given back: what is wanted
    meanwhile is done when it comes up. Lives on the main thread; ``close`` gives back the key.
    """

    arrived = Signal(bool)
    taken = Signal()
    hands_free_changed = Signal(bool)
    failed = Signal(object)

    def __init__(
        self,
        keys: Keys,
        modifiers: ModifierKeys | None,
        bridge: Bridge,
        *,
        longest_s: float = 120.0,
        clock: Callable[[], float] = time.monotonic,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._keys, self._modifiers, self._bridge, self._clock = keys, modifiers, bridge, clock
        self._timing = Timing(longest_s=longest_s)
        self._state = KeyState()
        self._wanted: Chord | str | None = None
        self._held: Chord | str | None = None
        self._undo: Undo | None = None
        self._undo_lock: Undo | None = None
        self._turn_id: TurnId | None = None
        self._stale = self._paused = False
        self._due = QTimer(self, singleShot=True)
        self._due.timeout.connect(lambda: self._take(Ticked(self._clock())))
        self._look = QTimer(self, interval=LOOK_EVERY_MS)
        self._look.timeout.connect(self._look_at_keyboard)
        bridge.told.connect(self._follow)

    @property
    def state(self) -> KeyState:
        """Where the key is."""
        return self._state

    @property
    def held(self) -> Chord | str | None:
        """The chord, or the modifier's name, that is registered now."""
        return self._held

    def use(self, wanted: Chord | str | None) -> None:
        """Talks with ``wanted`` from now on: a chord, a modifier's name, or None for no key at all.

        While the key is down this waits for its release. ``failed`` tells where it can't be had.
        """
        self._wanted, self._stale = wanted, self._stale or wanted != self._held
        self._settle()

    def set_longest(self, longest_s: float) -> None:
        """How long it listens at most; of a listening that is under way, too."""
        self._timing = replace(self._timing, longest_s=longest_s)
        self._watch()

    def pause(self, paused: bool) -> None:
        """Gives the key back for a while, so that a field in which it is chosen can have it."""
        self._paused, self._stale = paused, True
        self._settle()

    def rearm(self) -> None:
        """Registers the key anew, as after sleep and after the screen was locked."""
        self._stale = True
        self._settle()

    def suspend(self) -> None:
        """The machine sleeps or the screen is locked: what the key began is stopped."""
        self._take(Suspended(self._clock()))

    def lock(self) -> None:
        """Goes on listening when the key comes up, until it is pressed again."""
        self._take(Locked(self._clock()))

    def toggle(self) -> None:
        """Listens until the next press, or asks what was said since: for what can't be held."""
        self._take(Toggled(self._clock()))

    def close(self) -> None:
        """Gives back the key, down or not."""
        self._due.stop()
        self._look.stop()
        self._let_go()
        self._wanted = None
        self._state = KeyState()

    def _settle(self) -> None:
        """Registers what is wanted, unless the key is down."""
        if not self._stale or self._state.held_down:
            return
        self._stale = False
        self._let_go()
        if self._wanted is None or self._paused:
            return
        try:
            self._undo = self._register(self._wanted)
        except ChordTaken as taken:
            log.info("the hotkey can not be had: %s", taken)
            self.failed.emit(taken)
        else:
            self._held = self._wanted
            self.taken.emit()

    def _register(self, wanted: Chord | str) -> Undo:
        self._timing = replace(self._timing, confirm_s=CONFIRM_S if isinstance(wanted, str) else 0.0)
        if isinstance(wanted, Chord):
            return self._keys.grab(wanted, self._down, self._up)
        if self._modifiers is None:
            raise ChordTaken(
                "A modifier alone can not be the hotkey on this system.",
                "Choose a key with modifiers in the settings.",
            )
        return self._modifiers.watch(wanted, self._down, self._up, self._spoiled)

    def _let_go(self) -> None:
        if self._undo is not None:
            self._undo()
        self._undo = self._held = None
        self._unlock()

    def _down(self) -> None:
        self.arrived.emit(True)
        self._take(Pressed(self._clock()))

    def _up(self) -> None:
        self.arrived.emit(False)
        self._take(Released(self._clock()))

    def _spoiled(self) -> None:
        self._take(Spoiled(self._clock()))

    def _take(self, event: Input) -> None:
        before = self._state
        self._state, action = advance(before, event, self._timing)
        if self._state.hands_free != before.hands_free:
            self.hands_free_changed.emit(self._state.hands_free)
        if action is Action.PRESS:
            self._turn_id = None
            self._bridge.press()
            self._turn_id = self._bridge.turn_id
        elif action is Action.RELEASE:
            self._bridge.release()
        elif action is Action.STOP:
            self._bridge.stop()
        self._watch()
        self._settle()

    def _watch(self) -> None:
        """Sets the timers and the lock as the state needs them."""
        due_s = deadline_s(self._state, self._timing)
        if due_s is None:
            self._due.stop()
        else:
            self._due.start(max(0, round((due_s - self._clock()) * 1000) + 1))
        if not self._state.held_down:
            self._look.stop()
        elif isinstance(self._held, Chord) and not self._look.isActive():
            self._look.start()
        if self._state.held_down and self._state.listening:
            self._offer_lock()
        else:
            self._unlock()

    def _offer_lock(self) -> None:
        if self._undo_lock is not None or not isinstance(self._held, Chord):
            return
        chord = self._held.with_key(LOCK_KEY)
        if chord == self._held:
            return
        try:
            self._undo_lock = self._keys.grab(chord, self.lock, lambda: None)
        except ChordTaken as taken:
            log.debug("no key to lock with: %s", taken)
            self._undo_lock = lambda: None

    def _unlock(self) -> None:
        if self._undo_lock is not None:
            self._undo_lock()
        self._undo_lock = None

    def _look_at_keyboard(self) -> None:
        if isinstance(self._held, Chord):
            down = self._keys.is_down(self._held)
            if down is not None:
                self._take(Checked(self._clock(), down))

    def _follow(self, event: Event) -> None:
        """Learns when the turn that the key began stops to listen."""
        if isinstance(event, UtteranceCaptured | TurnEnded) and event.turn_id == self._turn_id:
            self._turn_id = None
            self._take(Ended(self._clock()))
