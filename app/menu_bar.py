"""A Mac's menu bar while a window of ours is in front: the items and shortcuts that every app has there."""

from collections.abc import Iterator
from typing import Final

from PySide6.QtCore import QEvent, Signal, SignalInstance
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QApplication, QMenu, QMenuBar

EDITS: Final = ("undo", "redo", "cut", "copy", "paste", "selectAll")
"""What Qt's fields and texts call these."""


class MenuBar(QMenuBar):
    """Made once and without a parent, it serves every window. Main thread.

    About, Settings and Quit have roles, by which macOS finds them their place in the menu named Aloud.
    The other items act on what is in front: its window, and the text that has the keyboard.
    """

    about_wanted = Signal()
    settings_wanted = Signal()
    quit_wanted = Signal()
    new_wanted = Signal()
    open_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.file_menu, self.edit_menu, self.window_menu = (
            self.addMenu(""),
            self.addMenu(""),
            self.addMenu(""),
        )
        standard, role = QKeySequence.StandardKey, QAction.MenuRole
        self.about = self._tells(self.about_wanted, role.AboutRole)
        self.settings = self._tells(self.settings_wanted, role.PreferencesRole, standard.Preferences)
        self.quit = self._tells(self.quit_wanted, role.QuitRole, standard.Quit)
        self.new = self._tells(self.new_wanted, role.NoRole, standard.New)
        self.close_window = self._action(self.file_menu, QKeySequence(standard.Close))
        self.close_window.triggered.connect(_close)
        self.edits = dict(zip(EDITS, self._edits(), strict=True))
        self.minimise = self._action(self.window_menu, QKeySequence("Ctrl+M"))
        self.minimise.triggered.connect(_minimise)
        self.zoom = self._action(self.window_menu, QKeySequence())
        self.zoom.triggered.connect(_zoom)
        self.window_menu.addSeparator()
        self.open = self._action(self.window_menu, QKeySequence())
        self.open.triggered.connect(self.open_wanted)
        self.edit_menu.aboutToShow.connect(self._look_at_focus)
        self.edit_menu.aboutToHide.connect(self._enable_all)
        self.window_menu.aboutToShow.connect(self._look_at_window)
        self.window_menu.aboutToHide.connect(self._enable_all)
        self._name_all()

    def changeEvent(self, event: QEvent) -> None:
        """Takes another language."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.LanguageChange:
            self._name_all()

    def _name_all(self) -> None:
        self.file_menu.setTitle(self.tr("File"))
        self.edit_menu.setTitle(self.tr("Edit"))
        self.window_menu.setTitle(self.tr("Window"))
        for action, text in (
            (self.about, self.tr("About Aloud")),
            (self.settings, self.tr("Settings…")),
            (self.quit, self.tr("Quit Aloud")),
            (self.new, self.tr("New conversation")),
            (self.close_window, _capital(self.tr("Close"))),
            (self.edits["undo"], self.tr("Undo typing")),
            (self.edits["redo"], self.tr("Redo typing")),
            (self.edits["cut"], _capital(self.tr("Cut"))),
            (self.edits["copy"], _capital(self.tr("Copy"))),
            (self.edits["paste"], _capital(self.tr("Paste"))),
            (self.edits["selectAll"], self.tr("Select all")),
            (self.minimise, self.tr("Minimise")),
            (self.zoom, self.tr("Zoom")),
            (self.open, self.tr("Aloud")),
        ):
            action.setText(text)

    def _tells(
        self, wanted: SignalInstance, role: QAction.MenuRole, key: QKeySequence.StandardKey | None = None
    ) -> QAction:
        action = self._action(self.file_menu, QKeySequence(key) if key is not None else QKeySequence())
        action.setMenuRole(role)
        action.triggered.connect(lambda: wanted.emit())
        return action

    def _edits(self) -> Iterator[QAction]:
        standard = QKeySequence.StandardKey
        keys = (standard.Undo, standard.Redo, standard.Cut, standard.Copy, standard.Paste, standard.SelectAll)
        for name, key in zip(EDITS, keys, strict=True):
            if name in ("cut", "selectAll"):
                self.edit_menu.addSeparator()
            action = self._action(self.edit_menu, QKeySequence(key))
            action.triggered.connect(lambda _on=False, name=name: _edit(name))
            yield action

    def _action(self, menu: QMenu, keys: QKeySequence) -> QAction:
        action = menu.addAction("")
        action.setMenuRole(QAction.MenuRole.NoRole)  # never guessed from its words
        action.setShortcut(keys)
        return action

    def _look_at_focus(self) -> None:
        """Without a text in front there is nothing to edit."""
        for name, action in self.edits.items():
            action.setEnabled(callable(getattr(QApplication.focusWidget(), name, None)))

    def _look_at_window(self) -> None:
        active = QApplication.activeWindow() is not None
        self.minimise.setEnabled(active)
        self.zoom.setEnabled(active)

    def _enable_all(self) -> None:
        """A shortcut of an item that is disabled does nothing, and nobody looks before it is pressed."""
        for action in (*self.edits.values(), self.minimise, self.zoom):
            action.setEnabled(True)


def _capital(text: str) -> str:
    """Some texts also stand within a sentence, and so begin small in the catalogue."""
    return text[:1].upper() + text[1:]


def _edit(name: str) -> None:
    call = getattr(QApplication.focusWidget(), name, None)
    if callable(call):
        call()


def _close() -> None:
    window = QApplication.activeWindow()
    if window is not None:
        window.close()


def _minimise() -> None:
    window = QApplication.activeWindow()
    if window is not None:
        window.showMinimized()


def _zoom() -> None:
    window = QApplication.activeWindow()
    if window is not None and window.isMaximized():
        window.showNormal()
    elif window is not None:
        window.showMaximized()
