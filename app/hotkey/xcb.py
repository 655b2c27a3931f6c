"""The few calls of libxcb that grabbing keys takes, through ctypes: no package and no licence but X's own.

libxcb, libxcb-keysyms and libxcb-xkb are what Qt's own X11 plugin loads too.
"""

import ctypes
from ctypes import POINTER, Structure, c_char_p, c_int, c_uint8, c_uint16, c_uint32, c_void_p
from typing import Any, Final

KEY_PRESS: Final = 2
KEY_RELEASE: Final = 3
GRAB_MODE_ASYNC: Final = 1
BAD_ACCESS: Final = 10
XKB_CORE_KEYBOARD: Final = 0x100
XKB_DETECTABLE_AUTO_REPEAT: Final = 1
"""A held key then sends presses only, and one release at its end."""
XKB_LAYOUT_EVENTS: Final = 0b11
"""NewKeyboardNotify and MapNotify, which take the place of MappingNotify for whoever uses XKB."""
XKB_MAP_PARTS: Final = 0xFF


class Cookie(Structure):
    """The number of a request."""

    _fields_ = (("sequence", c_uint32),)


class Event(Structure):
    """An event's beginning, as far as key events need it."""

    _fields_ = (
        ("kind", c_uint8),
        ("detail", c_uint8),
        ("sequence", c_uint16),
        ("time_ms", c_uint32),
        ("windows", c_uint32 * 3),
        ("places", c_uint16 * 4),
        ("state", c_uint16),
    )


class Error(Structure):
    """An error's beginning."""

    _fields_ = (("kind", c_uint8), ("code", c_uint8))


class Screens(Structure):
    """An iterator over the screens; a screen begins with its root window."""

    _fields_ = (("screen", POINTER(c_uint32)), ("left", c_int), ("index", c_int))


class Extension(Structure):
    """The reply to QueryExtension."""

    _fields_ = (
        ("head", c_uint8 * 8),
        ("present", c_uint8),
        ("opcode", c_uint8),
        ("first_event", c_uint8),
    )


class Keymap(Structure):
    """The reply to QueryKeymap: one bit a key code."""

    _fields_ = (
        ("kind", c_uint8),
        ("pad", c_uint8),
        ("sequence", c_uint16),
        ("length", c_uint32),
        ("keys", c_uint8 * 32),
    )


_XCB: Final[dict[str, tuple[Any, list[Any]]]] = {
    "xcb_connect": (c_void_p, [c_char_p, POINTER(c_int)]),
    "xcb_disconnect": (None, [c_void_p]),
    "xcb_connection_has_error": (c_int, [c_void_p]),
    "xcb_get_file_descriptor": (c_int, [c_void_p]),
    "xcb_get_setup": (c_void_p, [c_void_p]),
    "xcb_setup_roots_iterator": (Screens, [c_void_p]),
    "xcb_grab_key_checked": (
        Cookie,
        [c_void_p, c_uint8, c_uint32, c_uint16, c_uint8, c_uint8, c_uint8],
    ),
    "xcb_ungrab_key": (Cookie, [c_void_p, c_uint8, c_uint32, c_uint16]),
    "xcb_request_check": (POINTER(Error), [c_void_p, Cookie]),
    "xcb_poll_for_event": (POINTER(Event), [c_void_p]),
    "xcb_flush": (c_int, [c_void_p]),
    "xcb_get_extension_data": (POINTER(Extension), [c_void_p, c_void_p]),
    "xcb_query_keymap": (Cookie, [c_void_p]),
    "xcb_query_keymap_reply": (POINTER(Keymap), [c_void_p, Cookie, c_void_p]),
}
_KEYSYMS: Final[dict[str, tuple[Any, list[Any]]]] = {
    "xcb_key_symbols_alloc": (c_void_p, [c_void_p]),
    "xcb_key_symbols_free": (None, [c_void_p]),
    "xcb_key_symbols_get_keycode": (POINTER(c_uint8), [c_void_p, c_uint32]),
}
_XKB: Final[dict[str, tuple[Any, list[Any]]]] = {
    "xcb_xkb_use_extension": (Cookie, [c_void_p, c_uint16, c_uint16]),
    "xcb_xkb_use_extension_reply": (c_void_p, [c_void_p, Cookie, c_void_p]),
    "xcb_xkb_select_events": (Cookie, [c_void_p, *([c_uint16] * 6), c_void_p]),
    "xcb_xkb_per_client_flags": (Cookie, [c_void_p, c_uint16, *([c_uint32] * 5)]),
    "xcb_xkb_per_client_flags_reply": (c_void_p, [c_void_p, Cookie, c_void_p]),
}


class Xcb:
    """The libraries, each call with its types. Raises ``OSError`` where one is not installed."""

    def __init__(self) -> None:
        for library, calls in (
            ("libxcb.so.1", _XCB),
            ("libxcb-keysyms.so.1", _KEYSYMS),
            ("libxcb-xkb.so.1", _XKB),
        ):
            loaded = ctypes.CDLL(library)
            for name, (result, arguments) in calls.items():
                call = getattr(loaded, name)
                call.restype, call.argtypes = result, arguments
                setattr(self, name, call)
        self.core = ctypes.CDLL("libxcb.so.1")
        self.xkb = ctypes.addressof(c_int.in_dll(loaded, "xcb_xkb_id"))
        self.free = ctypes.CDLL(None).free
        self.free.restype, self.free.argtypes = None, [c_void_p]

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)
