"""The page about the voice: which engine speaks, with which voice, how fast, and where it is heard."""

from collections.abc import Sequence

from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from app import errors
from app.amounts import number
from app.controls import TextButton
from app.forms import Choice
from app.settings.cards import Card, Row, beside
from app.settings.device_choice import DeviceChoice
from app.settings.page import Page
from app.settings.sample import SAMPLE
from app.settings.services import Services
from app.settings.store import SettingsStore
from app.theme import Theme
from engine.errors import AloudError
from engine.events import BackendState, BackendStateChanged, Port


def voice_name(voice: str) -> str:
    """A voice as a person reads it: the names of Kyutai's are paths of files."""
    folder, _, file = voice.rpartition("/")
    name = file.removesuffix(".wav").replace("_", " ").replace("-", " ")
    return f"{name.title()} ({folder})" if folder else name[:1].upper() + name[1:]


class VoicePage(Page):
    """Engine, voice, speed, quality, speaker, and a button to hear it all."""

    def __init__(
        self, store: SettingsStore, services: Services, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(store, theme, parent)
        self._services = services
        self._voices: Sequence[str] = ()
        self.set_title(self.tr("Voice"))
        card = self.card()
        self.engine = self.choice(
            card, self.tr("Engine"), "", "voice", "engine",
            [
                ("auto", self.tr("Best on this machine")),
                ("kyutai", self.tr("Kyutai 1.6B (most natural)")),
                ("hibari", self.tr("Built-in (quick, English)")),
                ("system", self.tr("System voice")),
            ],
            resets={"voice": ""},
        )  # fmt: skip
        self._add_voice(card)
        self.speed = self.slider(
            card, self.tr("Speed"), "", "voice", "speed",
            steps=(10, 40), per_unit=20, words=lambda value: f"{number(value, 2)}×",
        )  # fmt: skip
        sound = self.card(self.tr("Sound"))
        self.speaker = DeviceChoice(
            self, sound, self.tr("Speaker"), ("voice", "output_device"), services.speakers
        )
        self.switch(sound, self.tr("Mute"), self.tr("Answers are written and not spoken."), "voice", "muted")
        self._add_quality()
        services.bridge.backend_state_changed.connect(self._part)

    def show_voices(self, voices: Sequence[str]) -> None:
        """Offers ``voices``, the first of which is the default; none while the engine loads."""
        self._voices = voices
        self._fill()

    def showEvent(self, event: QShowEvent) -> None:
        """Looks for what there is to choose from."""
        super().showEvent(event)
        self.speaker.look()
        self.work.do(self._find_voices())

    def hideEvent(self, event: QHideEvent) -> None:
        """Ends the sample."""
        super().hideEvent(event)
        self.work.cancel()

    def _add_voice(self, card: Card) -> None:
        self.voice = Choice(self.tr("Voice"), self.colours)
        self.voice.picked.connect(self._pick)
        self.listen = TextButton(self.tr("Listen"), "play", None, self.colours)
        self.listen.set_tinted(True)
        self.listen.setAccessibleDescription(self.tr("Speaks a sentence with this voice."))
        self.listen.clicked.connect(self._listen)
        self.voice_row = Row(self.tr("Voice"), "", beside(self.listen, self.voice), self.colours)
        card.add(self.voice_row)
        self.refreshed_by(self._fill)

    def _add_quality(self) -> None:
        card = self.card(
            self.tr("Kyutai quality"),
            self.tr(
                "Fewer bits and codebooks are faster and sound rougher. The default suits an M1 or newer."
            ),
        )
        self.bits = self.choice(
            card, self.tr("Weights"), "", "voice", "kyutai_bits",
            [
                (4, self.tr("4 bits (least memory)")),
                (6, self.tr("6 bits")),
                (8, self.tr("8 bits (recommended)")),
                (0, self.tr("16 bits (full)")),
            ],
        )  # fmt: skip
        self.precision = self.choice(
            card, self.tr("Arithmetic"), "", "voice", "kyutai_precision",
            [("exact", self.tr("Exact")), ("fast", self.tr("Fast"))],
        )  # fmt: skip
        self.codebooks = self.choice(
            card, self.tr("Codebooks"), "", "voice", "kyutai_codebooks",
            [
                (0, self.tr("As trained (32)")),
                (24, "24"),
                (16, "16"),
                (8, self.tr("8 (fastest)")),
            ],
        )  # fmt: skip

    def _fill(self) -> None:
        chosen = str(self.store.value("voice", "voice"))
        options = [(voice, voice_name(voice)) for voice in self._voices]
        first = self._voices[0] if self._voices else ""
        if chosen and chosen not in self._voices:
            options.append((chosen, voice_name(chosen)))
        if not options:
            options = [("", self.tr("Default"))]
        self.voice.offer(options, chosen or first)

    def _pick(self, voice: str) -> None:
        self.voice_row.complain(self.store.change("voice", voice=voice))

    def _listen(self) -> None:
        self.voice_row.complain("")
        self.work.do(self._say(), self._unsaid)

    async def _say(self) -> None:
        await self._services.say(SAMPLE)

    def _unsaid(self, error: AloudError) -> None:
        self.voice_row.complain(errors.told(error))

    async def _find_voices(self) -> None:
        self.show_voices(await self._services.voices())

    def _part(self, event: BackendStateChanged) -> None:
        if event.port is not Port.SYNTHESIZER:
            return
        loading = event.state in (BackendState.LOADING, BackendState.RESTARTING)
        words = self.tr("Loading %s…") if loading else self.tr("Now: %s")
        self.engine.explain(words % errors.words(event.name))
        if event.state is BackendState.READY and self.isVisible():
            self.work.do(self._find_voices())
