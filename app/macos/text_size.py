"""How large the system wants text to be."""

from PySide6.QtGui import QFontDatabase, QFontInfo

from app.macos.activation import on_a_mac
from app.theme import USUAL_PX


def system_text_scale() -> float:
    """The system's text beside our usual one: on a Mac that of running text, elsewhere the desktop's font."""
    if on_a_mac():
        return mac_text_scale()
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    return QFontInfo(font).pixelSize() / USUAL_PX


def mac_text_scale() -> float:
    """The same by what AppKit says of running text."""
    from AppKit import NSFont, NSFontTextStyleBody

    body = NSFont.preferredFontForTextStyle_options_(NSFontTextStyleBody, {})
    return float(body.pointSize()) / USUAL_PX
