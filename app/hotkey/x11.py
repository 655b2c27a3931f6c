"""The keyboard under X11: passive grabs on the root window, on a connection of our own."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from PySide6.QtCore import QObject, QSocketNotifier, QTimer

from app.hotkey import xcb
from app.hotkey.chord import Chord
from app.hotkey.ports import ChordTaken, Told, Undo

log = logging.getLogger(__name__)

CAPS_LOCK: Final = 0x02
NUM_LOCK: Final = 0x10
_LOCKS: Final = (0, CAPS_LOCK, NUM_LOCK, CAPS_LOCK | NUM_LOCK)
_CHORD_MODIFIERS: Final = 0x01 | 0x04 | 0x08 | 0x40


@dataclass(eq=False, slots=True)
class _Grab:
    chord: Chord
    pressed: Told
    released: Told
    code: int
    down: bool = False


class DisplayUnavailable(Exception):
    """There is no X server, or the libraries to talk to it are missing."""


class X11Keys:
    """The ``Keys`` port under X11. Raises ``DisplayUnavailable``; main thread only.

    ``display``: such as ":99"; None for the one in the environment. A held chord also brings every
    other key to us until it comes up, so that one pressed along with it (the lock, Escape) arrives.
    """

    def __init__(self, display: str | None = None) -> None:
        self._grabs: list[_Grab] = []
        self._connection: int | None = None
        try:
            self._xcb: Any = xcb.Xcb()
        except (OSError, AttributeError) as error:
            raise DisplayUnavailable(str(error)) from error
        connection = self._xcb.xcb_connect(display.encode() if display else None, None)
        if self._xcb.xcb_connection_has_error(connection):
            self._xcb.xcb_disconnect(connection)
            raise DisplayUnavailable(f"no X server at {display or 'the display'}")
        self._connection = connection
        screens = self._xcb.xcb_setup_roots_iterator(self._xcb.xcb_get_setup(connection))
        self._root: int = screens.screen[0]
        self._symbols = self._xcb.xcb_key_symbols_alloc(connection)
        self._layout_event = self._use_xkb()
        self._owner = QObject()
        file = self._xcb.xcb_get_file_descriptor(connection)
        self._notifier = QSocketNotifier(file, QSocketNotifier.Type.Read, self._owner)
        self._notifier.activated.connect(self._read)
        self._dispatch()

    def grab(self, chord: Chord, pressed: Told, released: Told) -> Undo:
        """Takes the chord, with and without Caps Lock and Num Lock. Raises ``ChordTaken``."""
        if self._connection is None:
            raise ChordTaken("The X server is gone.", "Start Aloud again.")
        grab = _Grab(chord, pressed, released, self._code(chord))
        if not self._take(grab):
            self._give_back(grab)
            raise ChordTaken(
                "Another app already uses {chord}.",
                "Choose another hotkey in the settings, or change it in the other app.",
                chord=chord,
            )
        self._grabs.append(grab)
        self._dispatch_later()

        def undo() -> None:
            if grab in self._grabs:
                self._grabs.remove(grab)
                self._give_back(grab)

        return undo

    def is_down(self, chord: Chord) -> bool | None:
        """Whether the chord's key is down, by a look at the whole keyboard (a round trip)."""
        if self._connection is None:
            return None
        cookie = self._xcb.xcb_query_keymap(self._connection)
        reply = self._xcb.xcb_query_keymap_reply(self._connection, cookie, None)
        self._dispatch_later()
        if not reply:
            return None
        code = self._code(chord)
        down = bool(reply.contents.keys[code // 8] >> (code % 8) & 1)
        self._xcb.free(reply)
        return down

    def close(self) -> None:
        """Ends the connection, which gives back every grab."""
        if self._connection is not None:
            self._notifier.setEnabled(False)
            self._grabs.clear()
            self._xcb.xcb_key_symbols_free(self._symbols)
            self._xcb.xcb_disconnect(self._connection)
            self._connection = None

    def _use_xkb(self) -> int | None:
        """Makes auto-repeat send presses only, and asks for the events of another layout: their kind."""
        use = self._xcb.xcb_xkb_use_extension(self._connection, 1, 0)
        answer = self._xcb.xcb_xkb_use_extension_reply(self._connection, use, None)
        if not answer:
            log.warning("the X server has no XKB: a held key may seem to bounce")
            return None
        self._xcb.free(answer)
        flag = xcb.XKB_DETECTABLE_AUTO_REPEAT
        asked = self._xcb.xcb_xkb_per_client_flags(
            self._connection, xcb.XKB_CORE_KEYBOARD, flag, flag, 0, 0, 0
        )
        self._xcb.free(self._xcb.xcb_xkb_per_client_flags_reply(self._connection, asked, None))
        wanted, parts = xcb.XKB_LAYOUT_EVENTS, xcb.XKB_MAP_PARTS
        self._xcb.xcb_xkb_select_events(
            self._connection, xcb.XKB_CORE_KEYBOARD, wanted, 0, wanted, parts, parts, None
        )
        self._xcb.xcb_flush(self._connection)
        extension = self._xcb.xcb_get_extension_data(self._connection, self._xcb.xkb)
        return int(extension.contents.first_event)

    def _code(self, chord: Chord) -> int:
        codes = self._xcb.xcb_key_symbols_get_keycode(self._symbols, chord.key.keysym)
        if not codes:
            raise ChordTaken(
                "This keyboard has no key for {chord}.", "Choose another hotkey in the settings.", chord=chord
            )
        code: int = codes[0]
        self._xcb.free(codes)
        return code

    def _take(self, grab: _Grab) -> bool:
        mode = xcb.GRAB_MODE_ASYNC
        cookies = [
            self._xcb.xcb_grab_key_checked(
                self._connection, 1, self._root, grab.chord.x11_modifiers | locks, grab.code, mode, mode
            )
            for locks in _LOCKS
        ]
        taken = True
        for cookie in cookies:
            error = self._xcb.xcb_request_check(self._connection, cookie)
            if error:
                taken = False
                self._xcb.free(error)
        return taken

    def _give_back(self, grab: _Grab) -> None:
        if self._connection is None:
            return
        for locks in _LOCKS:
            self._xcb.xcb_ungrab_key(
                self._connection, grab.code, self._root, grab.chord.x11_modifiers | locks
            )
        self._xcb.xcb_flush(self._connection)

    def _dispatch_later(self) -> None:
        """What a round trip has already read from the socket would otherwise wait for the next key."""
        QTimer.singleShot(0, self._owner, self._dispatch)

    def _read(self) -> None:
        if self._connection is not None and self._xcb.xcb_connection_has_error(self._connection):
            log.warning("the X server is gone; the hotkey is off")
            self.close()
            return
        self._dispatch()

    def _dispatch(self) -> None:
        for kind, code, state in self._events():
            if kind == self._layout_event:
                self._map_again()
            elif kind == xcb.KEY_PRESS:
                self._pressed(code, state & _CHORD_MODIFIERS)
            elif kind == xcb.KEY_RELEASE:
                self._released(code)

    def _events(self) -> Iterator[tuple[int, int, int]]:
        while self._connection is not None:
            event = self._xcb.xcb_poll_for_event(self._connection)
            if not event:
                return
            content = event.contents
            found = content.kind & 0x7F, content.detail, content.state
            self._xcb.free(event)
            yield found

    def _pressed(self, code: int, modifiers: int) -> None:
        for grab in tuple(self._grabs):
            if grab.code == code and (grab.down or grab.chord.x11_modifiers == modifiers):
                grab.down = True
                grab.pressed()

    def _released(self, code: int) -> None:
        for grab in tuple(self._grabs):
            if grab.code == code and grab.down:
                grab.down = False
                grab.released()

    def _map_again(self) -> None:
        """The keyboard's layout changed: the same symbols may be on other keys now."""
        self._xcb.xcb_key_symbols_free(self._symbols)
        self._symbols = self._xcb.xcb_key_symbols_alloc(self._connection)
        for grab in self._grabs:
            try:
                code = self._code(grab.chord)
            except ChordTaken:
                continue
            if code != grab.code and not grab.down:
                self._give_back(grab)
                grab.code = code
                self._take(grab)
