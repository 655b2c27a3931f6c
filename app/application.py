"""The one ``QApplication``: its name, its font, its icon, and how it hears that it shall end."""

import os
import sys
from collections.abc import Sequence

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from app.icons import app_icon
from app.theme import use_readable_font


class Application(QApplication):
    """``quit_asked``: the system asks Aloud to quit (its Dock menu, Command-Q, a logout).

    The request is accepted, so that a logout is not held up, and Aloud ends in its own order.
    """

    quit_asked = Signal()

    def event(self, event: QEvent) -> bool:
        """What is sent to the application itself, which is little: no other event passes through here."""
        if event.type() is QEvent.Type.Quit:
            event.accept()
            self.quit_asked.emit()
            return True
        return super().event(event)


def make_application(arguments: Sequence[str]) -> Application:
    """The application, named and in our font; it does not end with its last window."""
    if sys.platform == "darwin":
        # Else Qt makes Aloud a Dock app and takes the keyboard at every start, at login too.
        os.environ.setdefault("QT_MAC_DISABLE_FOREGROUND_APPLICATION_TRANSFORM", "1")
    application = Application(list(arguments))
    application.setApplicationName("Aloud")
    application.setApplicationDisplayName("Aloud")
    application.setDesktopFileName("aloud")
    application.setQuitOnLastWindowClosed(False)
    if not bundle_has_icon():
        application.setWindowIcon(app_icon())
    use_readable_font(application)
    return application


def bundle_has_icon() -> bool:
    """Whether macOS shows the bundle's own icon in the Dock; one set by the app would take its place."""
    return QGuiApplication.platformName() == "cocoa" and bool(getattr(sys, "frozen", False))
