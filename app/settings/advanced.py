"""The page for those who look behind: the settings' file, the log, and starting over."""

from PySide6.QtWidgets import QWidget

from app.controls import TextButton
from app.forms import breakable
from app.settings.cards import Row
from app.settings.confirm import ConfirmButton
from app.settings.page import Page
from app.settings.services import Services
from app.settings.store import SettingsStore
from app.theme import Theme
from engine import paths


class AdvancedPage(Page):
    """Files, folders and the way back to the defaults."""

    def __init__(
        self, store: SettingsStore, services: Services, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(store, theme, parent)
        self._services = services
        self.set_title(self.tr("Advanced"))
        files = self.card(self.tr("Files"))
        self.file = self._button(self.tr("Open"), "edit")
        self.file.setAccessibleName(self.tr("Open the settings file"))
        self.file.clicked.connect(self._open_file)
        files.add(Row(self.tr("Settings file"), breakable(str(store.path)), self.file, self.colours))
        self.logs = self._button(self.tr("Show"), "folder")
        self.logs.setAccessibleName(self.tr("Show the log folder"))
        self.logs.clicked.connect(self._open_logs)
        files.add(
            Row(self.tr("Logs"), self.tr("Neither words nor keys are ever in them."), self.logs, self.colours)
        )
        model = self.card(self.tr("Models"))
        for label, hint, section, name in (
            (
                self.tr("Parakeet's folder"),
                self.tr("Empty for the download."),
                "listening",
                "parakeet_folder",
            ),
            (self.tr("Kyutai's folder"), self.tr("Empty for the download."), "voice", "kyutai_folder"),
            (
                self.tr("Brain file (GGUF)"),
                self.tr("A brain of your own for this machine."),
                "brain",
                "gguf_file",
            ),
        ):
            self.text(model, label, hint, section, name)
        over = self.card()
        self.reset = ConfirmButton(
            self.tr("Reset…"), self.tr("Back to the defaults?"), self.tr("Reset"), self.colours
        )
        self.reset.confirmed.connect(store.reset)
        over.add(
            Row(
                self.tr("Reset all settings"),
                self.tr("Keys, conversations and models stay."),
                self.reset, self.colours,
            )
        )  # fmt: skip

    def _button(self, text: str, icon: str) -> TextButton:
        button = TextButton(text, icon, None, self.colours)
        button.set_tinted(True)
        return button

    def _open_file(self) -> None:
        if not self.store.path.exists():
            self.store.save()
        self._services.open_path(self.store.path)

    def _open_logs(self) -> None:
        paths.log_dir().mkdir(parents=True, exist_ok=True)
        self._services.open_path(paths.log_dir())
