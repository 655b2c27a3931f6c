"""The keyboard on a Mac: Carbon's hot keys, which need no permission and work while passwords are typed.

A few lines over the bindings of quickmachotkey, whose own handler knows presses only.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from struct import unpack
from typing import Any, Final

from app.hotkey.chord import Chord
from app.hotkey.ports import ChordTaken, Told, Undo

log = logging.getLogger(__name__)

SIGNATURE: Final = int.from_bytes(b"Alod", "big")
EXCLUSIVE: Final = 1
"""kEventHotKeyExclusive: a chord that another app has is an error, not a chord that both get."""
NOT_HANDLED: Final = -9874
"""eventNotHandledErr: the event goes on to other handlers."""
ID_BYTES: Final = 8
HARDWARE: Final = 1
"""kCGEventSourceStateHIDSystemState: what the keyboard itself says."""


@dataclass(eq=False, slots=True)
class _HotKey:
    pressed: Told
    released: Told
    reference: object = None


class CarbonKeys:
    """The ``Keys`` port on a Mac. Main thread only, with Qt's loop running there.

    A held chord is not repeated. Its release is told when its key comes up, modifiers or not.
    """

    def __init__(self) -> None:
        import objc
        import quickmachotkey
        from quickmachotkey import _MinimalHIToolbox as carbon

        self._carbon: Any = carbon
        self._hot_keys: dict[int, _HotKey] = {}
        self._last_number = 0
        carbon.RemoveEventHandler(quickmachotkey.handlerRef)  # it would complain of keys that are not its own

        def handle(_call: object, event: object, _data: object) -> int:
            return self._handle(event)

        # Not the method itself: PyObjC writes the closure onto what it gets, which a method does not allow.
        self._handler: Callable[..., int] = objc.callbackFor(carbon.InstallEventHandler)(handle)
        kinds = [
            carbon.EventTypeSpec(eventClass=carbon.kEventClassKeyboard, eventKind=kind)
            for kind in (carbon.kEventHotKeyPressed, carbon.kEventHotKeyReleased)
        ]
        target = carbon.GetEventDispatcherTarget()
        result, self._installed = carbon.InstallEventHandler(
            target, self._handler, len(kinds), kinds, None, None
        )
        if result != 0:
            log.error("no handler for hot keys can be installed: %d", result)

    def grab(self, chord: Chord, pressed: Told, released: Told) -> Undo:
        """Registers the chord for us alone. Raises ``ChordTaken``."""
        carbon = self._carbon
        self._last_number += 1
        number, hot_key = self._last_number, _HotKey(pressed, released)
        result, hot_key.reference = carbon.RegisterEventHotKey(
            chord.key.mac,
            chord.carbon_modifiers,
            (SIGNATURE, number),
            carbon.GetEventDispatcherTarget(),
            EXCLUSIVE,
            None,
        )
        if result != 0:
            log.info("hot key refused: %d", result)
            raise ChordTaken(
                "Another app already uses {chord}.",
                "Choose another hotkey in the settings, or change it in the other app.",
                chord=chord,
            )
        self._hot_keys[number] = hot_key
        return lambda: self._give_back(number)

    def is_down(self, chord: Chord) -> bool | None:
        """Whether the chord's key is down, by the keyboard's own word."""
        from Quartz import CGEventSourceKeyState

        return bool(CGEventSourceKeyState(HARDWARE, chord.key.mac))

    def close(self) -> None:
        """Gives back every chord and the handler."""
        for number in tuple(self._hot_keys):
            self._give_back(number)
        if self._installed is not None:
            self._carbon.RemoveEventHandler(self._installed)
            self._installed = None

    def _give_back(self, number: int) -> None:
        hot_key = self._hot_keys.pop(number, None)
        if hot_key is not None:
            self._carbon.UnregisterEventHotKey(hot_key.reference)

    def _handle(self, event: object) -> int:
        """What Carbon calls; nothing may be raised into it."""
        try:
            return self._tell(event)
        except Exception:
            log.exception("a hot key's event could not be handled")
            return NOT_HANDLED

    def _tell(self, event: object) -> int:
        carbon = self._carbon
        result, _, _, identity = carbon.GetEventParameter(
            event, carbon.kEventParamDirectObject, carbon.typeEventHotKeyID, None, ID_BYTES, None, None
        )
        if result != 0:
            return NOT_HANDLED
        signature, number = unpack("=II", identity)
        hot_key = self._hot_keys.get(number)
        if signature != SIGNATURE or hot_key is None:
            return NOT_HANDLED
        pressed = carbon.GetEventKind(event) == carbon.kEventHotKeyPressed
        (hot_key.pressed if pressed else hot_key.released)()
        return 0
