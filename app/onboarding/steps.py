"""The first steps of the first run: welcome, microphone, key and voice."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app import errors
from app.balanced import balanced
from app.controls import TextButton
from app.forms import Choice, Words
from app.hotkey.chord import parse
from app.icons import paint_icon
from app.onboarding.step import TEXT_PX, Step
from app.settings.cards import beside
from app.settings.key_field import KeyLamp
from app.settings.more_voices import voice_name
from app.settings.probe import LevelProbe
from app.settings.sample import SAMPLE
from app.settings.services import Services
from app.settings.store import SettingsStore
from app.text_size import roomy
from app.theme import Colours, Theme
from app.window.level import LevelMeter, loudness
from app.window.talk_button import TalkButton
from engine.errors import AloudError, SettingsError
from engine.events import Failed, LevelMeasured, ListeningStarted, TranscriptReady, TurnEnded

HEARD_FROM = 0.35
"""The loudness, on the meter's scale, that only speech close by reaches."""


class WelcomeStep(Step):
    """What Aloud is, in two sentences."""

    def __init__(self, store: SettingsStore, services: Services, theme: Theme) -> None:
        super().__init__("voice", store, services, theme)
        self.say(
            self.tr("Hello. This is Aloud."),
            self.tr(
                "Hold a key, speak, and let go: the answer is spoken while it is still being written. "
                "It works right now, without an account and without a network."
            ),
        )
        promises = QWidget()
        column = QVBoxLayout(promises)
        column.setSpacing(4)
        for icon, text in (
            ("stop", self.tr("Press again and it is silent at once, and listening")),
            ("lock", self.tr("Your voice never leaves this machine")),
            ("people", self.tr("Whoever you invite can follow from a browser")),
        ):
            column.addWidget(Promise(icon, text, theme.colours))
        self.add(promises)


class Promise(QWidget):
    """One thing to know, behind its icon."""

    def __init__(self, icon: str, text: str, colours: Colours) -> None:
        super().__init__()
        self._icon, self._colours = icon, colours
        self.words = Words(text, colours)
        self.words.setFixedSize(balanced(self.words, roomy(TEXT_PX)))
        row = QHBoxLayout(self)
        row.setContentsMargins(34, 3, 0, 3)
        row.addWidget(self.words, 0, Qt.AlignmentFlag.AlignLeft)

    def set_colours(self, colours: Colours) -> None:
        """Takes other colours."""
        self._colours = colours
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The icon."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_icon(painter, self._icon, self._colours.accent, QPointF(12, self.height() / 2), 20)
        painter.end()


class MicrophoneStep(Step):
    """The permission, and a level that proves that sound arrives."""

    def __init__(self, store: SettingsStore, services: Services, theme: Theme) -> None:
        super().__init__("mic", store, services, theme)
        self.say(
            self.tr("Can I hear you?"),
            self.tr("Say something. The bars move when your voice arrives. Nothing is recorded or sent."),
        )
        self.meter = LevelMeter(theme.colours)
        self.meter.setFixedSize(360, 56)
        self.verdict = Words("", theme.colours, tone="quiet")
        self.allow = TextButton(self.tr("Allow the microphone"), "mic", None, theme.colours, filled=True)
        self.allow.clicked.connect(lambda: self.work.do(self._ask(), self._failed))
        self.again = TextButton(self.tr("Try again"), "retry", None, theme.colours)
        self.again.clicked.connect(self.enter)
        self.probe = LevelProbe(lambda: services.microphone(store.settings), self)
        self.probe.level.connect(self._hear)
        self.probe.failed.connect(self._failed)
        for widget in (self.meter, self.verdict, self.allow, self.again):
            self.add(widget)
        self.again.hide()
        self.allow.hide()

    def enter(self) -> None:
        """Opens the microphone, or asks for it first."""
        self.complain("")
        permission = self.services.permission()
        self.allow.setVisible(permission == "unknown")
        self.again.setVisible(permission == "denied")
        self.verdict.say(self.tr("Listening…") if permission == "granted" else "", "quiet")
        if permission == "granted":
            self.probe.start()
        elif permission == "denied":
            self.complain(
                self.tr("macOS does not let Aloud use the microphone. Allow it in System Settings, Privacy.")
            )

    def leave(self) -> None:
        """Lets go of the microphone."""
        super().leave()
        self.probe.stop()

    async def _ask(self) -> None:
        if self.services.ask_permission is not None:
            await self.services.ask_permission()
        self.enter()

    def _hear(self, level_dbfs: float) -> None:
        self.meter.tell(level_dbfs)
        if loudness(level_dbfs) >= HEARD_FROM:
            self.emblem.set_good(True)
            self.verdict.say(self.tr("I hear you."), "good")

    def _failed(self, error: AloudError) -> None:
        self.verdict.say("")
        self.again.show()
        self.complain(errors.told(error))


class KeyStep(Step):
    """The key, or the button, tried out on a real question."""

    def __init__(self, store: SettingsStore, services: Services, theme: Theme) -> None:
        super().__init__("key", store, services, theme)
        self.talk = TalkButton(theme.colours)
        self.talk.held.connect(services.bridge.press)
        self.talk.let_go.connect(services.bridge.release)
        self.lamp = KeyLamp(theme.colours, centred=True)
        self.heard = Words("", theme.colours)
        self.heard.setFixedWidth(roomy(TEXT_PX))
        self.heard.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        for widget in (self.talk, self.lamp, self.heard):
            self.add(widget)
        self.lamp.setVisible(services.talk_key is not None)
        if services.talk_key is not None:
            services.talk_key.arrived.connect(self._arrived)
        bridge = services.bridge
        bridge.listening_started.connect(self._listens)
        bridge.level_measured.connect(self._level)
        bridge.transcript_ready.connect(self._understood)
        bridge.turn_ended.connect(self._ended)
        bridge.failed.connect(self._failed)

    def enter(self) -> None:
        """Names the key as it is set."""
        try:
            name = parse(self.store.settings.general.hotkey).symbols()
        except SettingsError:
            name = ""
        if self.services.talk_key is None or not name:
            text = self.tr("Hold the button, ask something, and let go. Try: “What can you do?”")
        else:
            text = self.tr("Hold %s in any app, ask something, and let go. Try: “What can you do?”") % name
        self.say(self.tr("Hold, speak, let go"), text)
        self.lamp.reset()

    def leave(self) -> None:
        """Silences what was asked."""
        super().leave()
        self.services.bridge.stop()

    def _arrived(self, down: bool) -> None:
        self.lamp.show()
        self.lamp.tell(down)

    def _listens(self, event: ListeningStarted) -> None:
        self.complain("")
        self.talk.set_listening(True)
        self.heard.say(self.tr("Listening…"), "quiet")

    def _level(self, event: LevelMeasured) -> None:
        self.talk.set_level(loudness(event.level_dbfs))

    def _understood(self, event: TranscriptReady) -> None:
        self.talk.set_listening(False)
        self.emblem.set_good(True)
        self.lamp.setVisible(self.lamp.arrived)  # the button did it, and the key is not asked for any more
        self.heard.say(self.tr("“%s”") % event.text, "text")

    def _ended(self, event: TurnEnded) -> None:
        self.talk.set_listening(False)

    def _failed(self, event: Failed) -> None:
        if self.isVisible():
            self.heard.say("")
            self.complain(errors.told(event.error))


class VoiceStep(Step):
    """A voice chosen by listening."""

    def __init__(self, store: SettingsStore, services: Services, theme: Theme) -> None:
        super().__init__("speaker", store, services, theme)
        self.say(
            self.tr("Which voice do you like?"),
            self.tr("Listen to a few. A larger and more natural one can be downloaded later."),
        )
        self.voice = Choice(self.tr("Voice"), theme.colours)
        self.voice.picked.connect(self._pick)
        self.listen = TextButton(self.tr("Listen"), "play", None, theme.colours)
        self.listen.set_tinted(True)
        self.listen.clicked.connect(lambda: self.work.do(self._say(), self._failed))
        self.add(beside(self.voice, self.listen, spacing=10))
        self.show_voices(())

    def enter(self) -> None:
        """Asks which voices there are; they come when the voice is loaded."""
        self.work.do(self._find())

    def show_voices(self, voices: Sequence[str]) -> None:
        """Offers ``voices``."""
        settings = self.store.settings.voice
        system = settings.engine == "system"
        own = () if system else voices
        options = [(f"auto:{voice}", voice_name(voice)) for voice in own] or [("auto:", self.tr("Built-in"))]
        if self.services.system_voice or system:
            options.append(("system:", self.tr("System voice")))
        first = settings.voice or (own[0] if own else "")
        self.voice.offer(options, "system:" if system else f"auto:{first}")

    async def _find(self) -> None:
        self.show_voices(await self.services.voices())

    async def _say(self) -> None:
        self.complain("")
        await self.services.say(SAMPLE)
        self.emblem.set_good(True)

    def _pick(self, picked: str) -> None:
        engine, _, voice = picked.partition(":")
        self.store.change("voice", engine=engine, voice=voice)
        self.work.cancel()
        self.work.do(self._say(), self._failed)

    def _failed(self, error: AloudError) -> None:
        self.complain(errors.told(error))
