"""The windows beside the main one: the settings, and the steps of the first run."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.renewal import take_place
from app.settings.store import SettingsStore
from app.theme import Theme
from app.windows import OpenWindows

if TYPE_CHECKING:
    from app.onboarding.window import Onboarding
    from app.settings.services import Services
    from app.settings.window import SettingsWindow


class SideWindows(QObject):
    """Makes each when it is first asked for; none before ``services`` are set. Main thread.

    ``main`` is the window that the first run's steps come with.
    """

    def __init__(
        self, store: SettingsStore, theme: Theme, windows: OpenWindows, main: QWidget, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._store, self._theme, self._windows, self._main = store, theme, windows, main
        self.services: Services | None = None
        self.settings: SettingsWindow | None = None
        self.onboarding: Onboarding | None = None
        windows.brought.connect(self.welcome)

    def show_settings(self, section: str = "") -> "SettingsWindow | None":
        """Opens the settings, or brings them to the front, at ``section`` if one is named."""
        from app.settings.window import SettingsWindow

        if self.services is None:
            return None
        if self.settings is None:
            self.settings = SettingsWindow(self._store, self.services, self._theme)
        if section:
            self.settings.show_section(section)
        self._windows.bring(self.settings)
        return self.settings

    def show_onboarding(self, step: int = 0) -> None:
        """Shows the first run's steps, from ``step`` on, over the window, which already talks."""
        from app.onboarding.window import Onboarding

        if self.services is not None and self.onboarding is None:
            self.onboarding = Onboarding(self._store, self.services, self._theme)
            self.onboarding.finished.connect(self._onboarded)
            self.onboarding.show_step(step)
        if self.onboarding is not None:
            self._windows.bring(self.onboarding)

    def welcome(self, brought: QWidget) -> None:
        """Shows the first run's steps with the main window, until they have been seen."""
        seen = self._store.settings.general.onboarded
        if brought is self._main and self._main.isVisible() and not seen:
            self.show_onboarding()

    def renew(self) -> None:
        """Makes both anew, where they stand, in another language or size of text."""
        settings, first_run = self.settings, self.onboarding
        self.settings = self.onboarding = None
        if first_run is not None:
            first_run.step.leave()
            self.show_onboarding(first_run.index)
            first_run.hide()  # closing it would be the end of the first run
            first_run.deleteLater()
        if settings is not None:
            again = self.show_settings(settings.section) if settings.isVisible() else None
            if again is not None:
                take_place(settings, again, settings.page, again.page)
            settings.close()
            settings.deleteLater()

    def hide(self) -> None:
        """Takes both off the screen; the first run is not over by that."""
        for window in (self.settings, self.onboarding):
            if window is not None:
                window.hide()

    def _onboarded(self) -> None:
        if self.onboarding is not None:
            self.onboarding.deleteLater()
            self.onboarding = None
        self._main.activateWindow()
