"""The page about the voice: which engine speaks, with which voice, how fast, and where it is heard."""

from collections.abc import Sequence

from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from app import errors
from app.amounts import number, size
from app.controls import TextButton
from app.forms import Choice
from app.settings.cards import Card, Row, beside
from app.settings.device_choice import DeviceChoice
from app.settings.more_voices import MoreVoices, OtherSpeakers, voice_name
from app.settings.page import Page
from app.settings.sample import SAMPLE
from app.settings.services import Services, SpeechFacts
from app.settings.store import SettingsStore
from app.theme import Theme
from engine.errors import AloudError
from engine.events import BackendState, BackendStateChanged, Port
from engine.tts.kyutai.needs import needs


class VoicePage(Page):
    """Engine, voice, speed, quality, speaker, and a button to hear it all."""

    def __init__(
        self, store: SettingsStore, services: Services, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(store, theme, parent)
        self._services = services
        self._voices: Sequence[str] = ()
        self._facts = SpeechFacts()
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

    def show_voices(self, voices: Sequence[str], facts: SpeechFacts | None = None) -> None:
        """Offers ``voices``, the first of which is the default; none while the engine loads."""
        self._voices, self._facts = voices, facts or SpeechFacts()
        self._fill()
        self._show_codebooks()

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
        self.others = OtherSpeakers(self.colours)
        self.others.picked.connect(self._pick_others)
        card.add(self.others)
        self.more = MoreVoices(self._services.models, self.work, self.colours)
        self.more.added.connect(lambda name: self.work.do(self._find_voices()))
        card.add(self.more)
        self.refreshed_by(self._fill)

    def _add_quality(self) -> None:
        card = self.card(
            self.tr("Kyutai quality"),
            self.tr("Fewer bits and codebooks are faster and sound rougher."),
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
                (0, self.tr("Measured")),
                (32, self.tr("32 (as trained)")),
                (24, "24"),
                (16, "16"),
                (8, self.tr("8 (fastest)")),
            ],
        )  # fmt: skip
        self.codec = self.choice(
            card, self.tr("Codec"), self.tr("What turns codes into sound."), "voice", "kyutai_codec",
            [("auto", self.tr("Automatic")), ("mlx", "MLX"), ("rustymimi", self.tr("CPU"))],
        )  # fmt: skip
        self._add_measuring(card)
        self.refreshed_by(self._show_needs)
        self.refreshed_by(self._show_codebooks)

    def _add_measuring(self, card: Card) -> None:
        self.measure = TextButton(self.tr("Measure again"), "retry", None, self.colours)
        self.measure.clicked.connect(self._measure)
        self.measuring = Row(
            self.tr("Speed of this machine"),
            self.tr("Measured when the voice is first loaded; it chooses the codebooks."),
            self.measure,
            self.colours,
        )
        card.add(self.measuring)

    def _show_needs(self) -> None:
        """What the chosen width takes, whether it is loaded or not."""
        bits, precision = (self.store.value("voice", f"kyutai_{name}") for name in ("bits", "precision"))
        wanted = needs(bits, precision)
        words = self.tr("Takes %s of memory.") % size(wanted.memory_bytes)
        if wanted.copy_bytes:
            words = self.tr("Takes %s of memory, and %s on the disk beside the download.") % (
                size(wanted.memory_bytes),
                size(wanted.copy_bytes),
            )
        self.bits.explain(words)

    def _show_codebooks(self) -> None:
        """What was measured, or chosen, as far as the voice that runs tells."""
        facts, measured = self._facts, self.store.value("voice", "kyutai_codebooks") == 0
        words = self.tr("As many as this machine speaks in time.") if measured else ""
        if facts.codebooks and facts.real_time_factor > 0:
            times = f"{1 / facts.real_time_factor:.1f}"
            words = self.tr("Now %s, made %s times as fast as they sound.") % (facts.codebooks, times)
        self.codebooks.explain(words)
        self.measure.setEnabled(measured)

    def _fill(self) -> None:
        joined = str(self.store.value("voice", "voice"))
        chosen = joined.partition("+")[0]
        options = [(voice, voice_name(voice)) for voice in self._voices]
        first = self._voices[0] if self._voices else ""
        self.others.offer(self._voices, joined or first, self._facts.most_speakers)
        if chosen and chosen not in self._voices:
            options.append((chosen, voice_name(chosen)))
        if not options:
            options = [("", self.tr("Default"))]
        self.voice.offer(options, chosen or first)

    def _pick(self, voice: str) -> None:
        others = str(self.store.value("voice", "voice")).split("+")[1:]
        self._speak_with([voice, *(other for other in others if other != voice)])

    def _pick_others(self, others: str) -> None:
        first = str(self.store.value("voice", "voice")).partition("+")[0]
        self._speak_with([first or (self._voices[0] if self._voices else ""), others])

    def _speak_with(self, names: Sequence[str]) -> None:
        joined = "+".join(name for name in names if name)
        self.voice_row.complain(self.store.change("voice", voice=joined))

    def _measure(self) -> None:
        self.measuring.complain("")
        self.measure.setEnabled(False)
        self.work.do(self._measure_again(), self._not_measured)

    async def _measure_again(self) -> None:
        await self._services.measure_again()
        await self._find_voices()

    def _not_measured(self, error: AloudError) -> None:
        self._show_codebooks()
        self.measuring.complain(errors.told(error))

    def _listen(self) -> None:
        self.voice_row.complain("")
        self.work.do(self._say(), self._unsaid)

    async def _say(self) -> None:
        await self._services.say(SAMPLE)

    def _unsaid(self, error: AloudError) -> None:
        self.voice_row.complain(errors.told(error))

    async def _find_voices(self) -> None:
        voices = await self._services.voices()
        self.show_voices(voices, await self._services.speech_facts() if voices else None)

    def _part(self, event: BackendStateChanged) -> None:
        if event.port is not Port.SYNTHESIZER:
            return
        loading = event.state in (BackendState.LOADING, BackendState.RESTARTING)
        words = self.tr("Loading %s…") if loading else self.tr("Now: %s")
        self.engine.explain(words % errors.words(event.name))
        if event.state is BackendState.READY and self.isVisible():
            self.work.do(self._find_voices())
