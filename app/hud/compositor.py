"""Whether what is transparent in a window is so on the screen too: under X11 that takes a compositor."""

from ctypes import POINTER, Structure, c_char_p, c_uint8, c_uint16, c_uint32, c_void_p
from typing import Final

from PySide6.QtGui import QGuiApplication

from app.hotkey import xcb

SELECTION: Final = b"_NET_WM_CM_S0"
"""What a compositor owns, by the Extended Window Manager Hints."""


class _Reply(Structure):
    _fields_ = (("head", c_uint8 * 8), ("value", c_uint32))


def transparency() -> bool:
    """True but under an X server without a compositor. A few round trips there."""
    if QGuiApplication.platformName() != "xcb":
        return True
    try:
        library = xcb.Xcb()
    except (OSError, AttributeError):
        return True
    connection = library.xcb_connect(None, None)
    try:
        return bool(library.xcb_connection_has_error(connection)) or _owned(library, connection)
    finally:
        library.xcb_disconnect(connection)


def _owned(library: xcb.Xcb, connection: int) -> bool:
    loaded = library.core
    for name, arguments in (
        ("xcb_intern_atom", [c_void_p, c_uint8, c_uint16, c_char_p]),
        ("xcb_get_selection_owner", [c_void_p, c_uint32]),
    ):
        getattr(loaded, name).restype, getattr(loaded, name).argtypes = xcb.Cookie, arguments
        reply = getattr(loaded, f"{name}_reply")
        reply.restype, reply.argtypes = POINTER(_Reply), [c_void_p, xcb.Cookie, c_void_p]

    def value(cookie: xcb.Cookie, name: str) -> int:
        reply = getattr(loaded, f"{name}_reply")(connection, cookie, None)
        found = int(reply.contents.value) if reply else 0
        library.free(reply)
        return found

    atom = value(loaded.xcb_intern_atom(connection, 0, len(SELECTION), SELECTION), "xcb_intern_atom")
    return bool(value(loaded.xcb_get_selection_owner(connection, atom), "xcb_get_selection_owner"))
