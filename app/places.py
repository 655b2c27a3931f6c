"""Where the window was, kept from one start to the next."""

from PySide6.QtCore import QByteArray, QSettings

from app.window.main_window import MainWindow
from engine import paths


def _places() -> QSettings:
    return QSettings(str(paths.data_dir() / "window.ini"), QSettings.Format.IniFormat)


def restore_place(window: MainWindow) -> None:
    """Puts the window where it was last, with or without its side list; harmless when there is none."""
    places = _places()
    geometry = places.value("geometry")
    if isinstance(geometry, QByteArray):
        window.restoreGeometry(geometry)
    window.header.sidebar.setChecked(places.value("sidebar") == "shown")


def save_place(window: MainWindow) -> None:
    """Keeps where the window is for the next start."""
    places = _places()
    places.setValue("geometry", window.saveGeometry())
    places.setValue("sidebar", "shown" if window.header.sidebar.isChecked() else "hidden")
    places.sync()
