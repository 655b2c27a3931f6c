"""The page about the app as a whole: the talk key, and how the app looks and behaves."""

import sys

from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from app import errors
from app.amounts import percent
from app.controls import TextButton
from app.hotkey.chord import Chord, conflict, objection, parse
from app.settings.cards import Row, beside
from app.settings.key_field import KeyField, KeyLamp
from app.settings.page import Page
from app.settings.services import Services
from app.settings.store import SettingsStore
from app.theme import Theme
from engine.errors import AloudError, SettingsError
from engine.settings import General

TEXT_SIZES = (100, 125, 150, 175, 200)


class GeneralPage(Page):
    """The key with its test, start-up, sounds, look and language."""

    def __init__(
        self, store: SettingsStore, services: Services, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(store, theme, parent)
        self._services = services
        self._name_here = f"settings {id(self)}"  # one page takes the other's place in another language
        self.set_title(self.tr("General"))
        self._add_key()
        app = self.card(self.tr("App"))
        self.login = self.switch(
            app, self.tr("Open at login"), self.tr("Ready in the menu bar whenever you are."),
            "general", "launch_at_login",
        )  # fmt: skip
        if services.login is not None:
            services.login.told.connect(self._show_login)
        self.sounds = self.switch(
            app, self.tr("Sounds"), self.tr("A soft tick when listening begins and ends."),
            "general", "sounds",
        )  # fmt: skip
        self.appearance = self.choice(
            app, self.tr("Appearance"), "", "general", "appearance",
            [
                ("system", self.tr("As the system")),
                ("light", self.tr("Light")),
                ("dark", self.tr("Dark")),
            ],
        )  # fmt: skip
        self.text_size = self.choice(
            app, self.tr("Text size"), "", "general", "text_size_percent",
            [(0, self.tr("As the system")), *((size, percent(size / 100)) for size in TEXT_SIZES)],
        )  # fmt: skip
        self.language = self.choice(
            app, self.tr("Language"), "", "general", "language",
            [("system", self.tr("As the system")), ("en", "English"), ("fr", "Français")],
        )  # fmt: skip

    def showEvent(self, event: QShowEvent) -> None:
        """Asks the system what may have been changed in its own settings."""
        super().showEvent(event)
        self._look()

    def hideEvent(self, event: QHideEvent) -> None:
        """Ends the key's test."""
        super().hideEvent(event)
        self.lamp.reset()
        if self._services.key_permission is not None:
            self._services.key_permission.wait(self._name_here, False)

    def _add_key(self) -> None:
        card = self.card(self.tr("Talk key"))
        self.key = KeyField(self.tr("Talk key"), self.colours)
        self.usual = TextButton(self.tr("Default"), "undo", None, self.colours)
        self.usual.setAccessibleName(self.tr("Take the default key"))
        self.usual.clicked.connect(lambda: self._take(parse(General().hotkey)))
        self.key_row = Row(
            self.tr("Hold to talk"),
            self.tr("Works in every app. A tap keeps listening until the next one."),
            beside(self.usual, self.key), self.colours,
        )  # fmt: skip
        card.add(self.key_row)
        self.key.entered.connect(self._take)
        self.key.recording.connect(self._services.pause_key)
        self.modifier = self.choice(
            card, self.tr("Or a single modifier key"), "", "general", "hotkey_modifier_only",
            [
                ("", self.tr("None")),
                ("right_option", self.tr("Right Option")),
                ("right_command", self.tr("Right Command")),
                ("fn", self.tr("Fn (globe)")),
            ],
        )  # fmt: skip
        self.allow = TextButton(self.tr("Allow…"), "", None, self.colours)
        self.allow.set_tinted(True)
        permission = self._services.key_permission
        if permission is not None:
            self.allow.clicked.connect(permission.ask)
            permission.changed.connect(self.refresh)
        self.permission = Row(
            self.tr("Permission"),
            self.tr(
                "macOS lets an app watch a single modifier only with the Accessibility permission. "
                "Aloud looks at that one key and at nothing you type."
            ),
            self.allow, self.colours,
        )  # fmt: skip
        card.add(self.permission)
        self.lamp = KeyLamp(self.colours)
        self.test_row = Row(
            self.tr("Test"), self.tr("Shows the key arriving, whatever app is in front."),
            self.lamp, self.colours,
        )  # fmt: skip
        card.add(self.test_row)
        key = self._services.talk_key
        self.test_row.setVisible(key is not None)
        if key is not None:
            key.arrived.connect(self.lamp.tell)
            key.failed.connect(self._not_had)
            key.taken.connect(self._had)
        self.refreshed_by(self._show_key)

    def _look(self) -> None:
        if self._services.login is not None:
            self._services.login.look()
        if self._services.key_permission is not None:
            self._services.key_permission.look()
        self._show_key()

    def _show_login(self) -> None:
        if self._services.login is not None:
            self.login.complain(self._services.login.complaint)

    def _show_key(self) -> None:
        general = self.store.settings.general
        single = bool(general.hotkey_modifier_only)
        self.key.show_chord(general.hotkey)
        missing = errors.words(self._services.key_missing)
        self.key.setEnabled(not single and not missing)
        self.usual.setVisible(general.hotkey != General().hotkey)
        self.modifier.setVisible(sys.platform == "darwin" or single)
        permission = self._services.key_permission
        missing_permission = single and permission is not None and not permission.allowed
        self.permission.setVisible(missing_permission)
        if permission is not None:
            permission.wait(self._name_here, missing_permission and self.isVisible())
        try:
            used = conflict(parse(general.hotkey))
        except SettingsError as error:
            used = errors.words(error.message)
        usual = self.tr("Works in every app. A tap keeps listening until the next one.")
        self.key_row.explain(missing or used or usual)

    def _take(self, chord: Chord) -> None:
        reason = objection(chord) or self.store.change("general", hotkey=str(chord), hotkey_modifier_only="")
        self.key_row.complain(reason)
        self.lamp.reset()

    def _had(self) -> None:
        self.key_row.complain("")

    def _not_had(self, error: AloudError) -> None:
        self.key_row.complain(errors.told(error))
