"""The page about listening: the microphone, with its level, and the recogniser."""

from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from app import errors
from app.amounts import read_number
from app.controls import TextButton
from app.settings.cards import Card, Row, beside
from app.settings.device_choice import DeviceChoice
from app.settings.page import Page
from app.settings.probe import LevelProbe
from app.settings.services import Services
from app.settings.store import SettingsStore
from app.theme import Theme
from app.window.level import LevelMeter
from engine.errors import DeviceError
from engine.events import BackendState, BackendStateChanged, Port


class ListeningPage(Page):
    """Microphone, recogniser, and what happens while the key is held."""

    def __init__(
        self, store: SettingsStore, services: Services, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(store, theme, parent)
        self._services = services
        self.set_title(self.tr("Listening"))
        card = self.card(self.tr("Microphone"))
        self.device = DeviceChoice(
            self, card, self.tr("Microphone"), ("listening", "input_device"), services.microphones
        )
        self._add_level(card)
        self.switch(
            card, self.tr("Avoid Bluetooth microphones"),
            self.tr("A headset that both plays and listens sounds like a telephone."),
            "listening", "avoid_bluetooth_microphone",
        )  # fmt: skip
        self.keep_open = self.choice(
            card, self.tr("Keep the microphone open"),
            self.tr("The first syllable of the next question is then never cut off."),
            "listening", "keep_microphone_open_s",
            [
                (0.0, self.tr("No")), (10.0, self.tr("For 10 seconds")),
                (60.0, self.tr("For a minute")), (600.0, self.tr("For 10 minutes")),
            ],
        )  # fmt: skip
        self._add_recogniser()
        store.changed.connect(self._device_changed)
        services.bridge.backend_state_changed.connect(self._part)

    def showEvent(self, event: QShowEvent) -> None:
        """Looks for microphones."""
        super().showEvent(event)
        self.device.look()

    def hideEvent(self, event: QHideEvent) -> None:
        """Lets go of the microphone."""
        super().hideEvent(event)
        self.test.setChecked(False)

    def _add_level(self, card: Card) -> None:
        self.probe = LevelProbe(lambda: self._services.microphone(self.store.settings), self)
        self.meter = LevelMeter(self.colours)
        self.meter.setFixedSize(200, 34)
        self.test = TextButton(self.tr("Test"), "mic", None, self.colours)
        self.test.setCheckable(True)
        self.test.set_tinted(True)
        self.level_row = Row(self.tr("Level"), "", beside(self.meter, self.test, spacing=12), self.colours)
        card.add(self.level_row)
        self.test.toggled.connect(self._test)
        self.probe.level.connect(self.meter.tell)
        self.probe.failed.connect(self._failed)

    def _add_recogniser(self) -> None:
        card = self.card(self.tr("Recogniser"))
        self.engine = self.choice(
            card, self.tr("Engine"), "", "listening", "engine",
            [
                ("auto", self.tr("Best on this machine")),
                ("parakeet", self.tr("Parakeet v3 (25 languages)")),
                ("moonshine", self.tr("Built-in (English)")),
            ],
        )  # fmt: skip
        self.language = self.choice(
            card, self.tr("Spoken language"),
            self.tr("What you speak, and how numbers in the answer are read aloud."),
            "listening", "language", [("en", "English"), ("fr", "Français")],
        )  # fmt: skip
        self.switch(
            card, self.tr("Words while you speak"),
            self.tr("Shows what is understood so far. The answer comes sooner, too."),
            "listening", "partials",
        )  # fmt: skip
        self.longest = self.text(
            card, self.tr("Longest question"),
            self.tr("In seconds. The key is then taken as let go."),
            "listening", "longest_utterance_s", read=read_number, width=90,
        )  # fmt: skip

    def _test(self, wanted: bool) -> None:
        self.level_row.complain("")
        if wanted:
            self.probe.start()
        else:
            self.probe.stop()
            self.meter.clear()
        self.test.set_content(self.tr("Stop") if self.probe.running else self.tr("Test"), "mic")
        self.test.setAccessibleName(self.test.text())

    def _failed(self, error: DeviceError) -> None:
        self.test.setChecked(False)
        self.level_row.complain(errors.told(error))

    def _device_changed(self, before: object, after: object) -> None:
        if self.probe.running:
            self.probe.stop()
            self.probe.start()

    def _part(self, event: BackendStateChanged) -> None:
        if event.port is Port.TRANSCRIBER:
            loading = event.state in (BackendState.LOADING, BackendState.RESTARTING)
            words = self.tr("Loading %s…") if loading else self.tr("Now: %s")
            self.engine.explain(words % errors.words(event.name))
