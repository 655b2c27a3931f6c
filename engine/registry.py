"""The backends that a person can choose, as frozen specs whose code is imported only when chosen.

A spec says whether it could run here without importing anything heavy, so that "auto" can choose and
`aloud doctor` can tell what is missing.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Generic, TypeVar

from engine import secrets
from engine.errors import BackendUnavailable, ExtraMissing, ModelError, ModelMissing, SettingsError
from engine.models.catalog import DEFAULT_KYUTAI_VOICE
from engine.ports import LanguageModel, Progress, Synthesizer, Transcriber
from engine.settings import Settings
from engine.wording import Wording

Backend_co = TypeVar("Backend_co", covariant=True)

OPENAI_MODEL = "gpt-4.1-mini"

DEMO_TEMPERATURE = 0.2
"""The packaged brain has 135 million parameters; warmer than this it changes language in mid-sentence."""


@dataclass(frozen=True, slots=True)
class BackendSpec(Generic[Backend_co]):
    """A backend by name.

    ``title`` is what a person reads. ``packages`` are the import names it needs. ``ready`` says
    whether "auto" should take it under the given settings. ``make`` imports, loads and warms it, on
    the thread that will use it, and raises an ``AloudError`` where it can't.
    """

    name: str
    title: str
    packages: tuple[str, ...]
    ready: Callable[[Settings], bool]
    make: Callable[[Settings, Progress], Backend_co]

    def missing_package(self) -> str | None:
        """The first package it needs that is not installed, or None."""
        return next((package for package in self.packages if find_spec(package) is None), None)

    def load(self, settings: Settings, progress: Progress) -> Backend_co:
        """``make``, after a check that its packages are there. Raises ``ExtraMissing``."""
        if (package := self.missing_package()) is not None:
            raise ExtraMissing(self.title, package)
        return self.make(settings, progress)


def model_folder(chosen: str, model_id: str) -> Path:
    """The folder of a model's weights: the one a person chose, else where downloads are kept.

    Raises ``ModelMissing``.
    """
    if chosen:
        folder = Path(chosen).expanduser()
        if not folder.is_dir():
            raise ModelMissing(
                "There is no folder {folder}.", "Choose the model's folder in the settings.", folder=folder
            )
        return folder
    from engine.models import Models

    return Models().path(model_id)


def _on_disk(chosen: str, model_id: str) -> bool:
    try:
        model_folder(chosen, model_id)
    except ModelError:
        return False
    return True


def _always(settings: Settings) -> bool:
    return True


def _speaks_english(settings: Settings) -> bool:
    return settings.listening.language == "en"


def _never(settings: Settings) -> bool:
    return False


def _moonshine(settings: Settings, progress: Progress) -> Transcriber:
    from engine.stt.moonshine import MoonshineTranscriber

    if not _speaks_english(settings):
        remedy = "Download Parakeet (`aloud models download parakeet`, or in the settings), or type."
        raise BackendUnavailable("Moonshine understands English only.", remedy)
    progress(None, "Loading Moonshine")
    return _warmed(MoonshineTranscriber(), progress)


def _parakeet(settings: Settings, progress: Progress) -> Transcriber:
    from engine.stt.parakeet import ParakeetTranscriber

    progress(None, "Loading Parakeet")
    return _warmed(
        ParakeetTranscriber(model_folder(settings.listening.parakeet_folder, "parakeet")), progress
    )


def _hibari(settings: Settings, progress: Progress) -> Synthesizer:
    from engine.tts.hibari import HibariSynthesizer

    progress(None, "Loading hibari")
    return _warmed(HibariSynthesizer(), progress)


def _kyutai(settings: Settings, progress: Progress) -> Synthesizer:
    from engine.tts.kyutai.synthesizer import KyutaiSynthesizer

    voice = settings.voice
    folder, voice_folders = kyutai_folders(settings)
    made = KyutaiSynthesizer(
        folder,
        voice_folders,
        default_voice=DEFAULT_KYUTAI_VOICE,
        bits=voice.kyutai_bits,
        codebooks=voice.kyutai_codebooks,
        codec=voice.kyutai_codec,
        precision=voice.kyutai_precision,
        progress=progress,
    )
    return _warmed(made, progress)


def kyutai_folders(settings: Settings) -> tuple[Path, tuple[Path, ...]]:
    """Where Kyutai's model lies, and its voices: those beside it, then those that are downloaded.

    The latter's folder may not be there yet: a voice that comes later is found in it.
    Raises ``ModelMissing``.
    """
    folder = model_folder(settings.voice.kyutai_folder, "kyutai-tts")
    from engine.models import Models
    from engine.models.catalog import KYUTAI_VOICES

    fetched = Models().store.folder(KYUTAI_VOICES)
    own = folder / "voices"
    return folder, (own, fetched) if fetched is not None else (own,)


def forget_speed(settings: Settings) -> None:
    """Has Kyutai's voice measure this machine anew when it is next loaded. Raises an ``AloudError``."""
    from engine.tts.kyutai.calibrate import Records, records_folder

    folder, _ = kyutai_folders(settings)
    try:
        Records(records_folder(folder)).forget()
    except OSError as error:
        raise SettingsError("What was measured can't be forgotten: {reason}.", reason=error) from error


def _system_voice(settings: Settings, progress: Progress) -> Synthesizer:
    from engine.tts.system_voice import SystemVoice

    return SystemVoice()


def _embedded(settings: Settings, progress: Progress) -> LanguageModel:
    from engine.llm.embedded import EmbeddedModel
    from engine.llm.foreseeing import Foreseeing

    brain = settings.brain
    progress(None, "Loading the small brain")
    model = EmbeddedModel(
        Path(brain.gguf_file).expanduser() if brain.gguf_file else None,
        temperature=brain.temperature if brain.gguf_file else min(brain.temperature, DEMO_TEMPERATURE),
        longest_reply_tokens=brain.longest_reply_tokens,
    )
    return Foreseeing(model)


def _openai(settings: Settings, progress: Progress) -> LanguageModel:
    return _client(settings, settings.brain.model or OPENAI_MODEL, None)


def _compatible(settings: Settings, progress: Progress) -> LanguageModel:
    if not settings.brain.base_url:
        remedy = "Give its address in the settings, for example http://localhost:11434/v1."
        raise BackendUnavailable("No server is chosen.", remedy)
    return _client(settings, settings.brain.model, settings.brain.base_url)


def _client(settings: Settings, model: str, base_url: str | None) -> LanguageModel:
    from engine.llm.foreseeing import Foreseeing
    from engine.llm.openai_model import OpenAICompatible, is_loopback

    client = OpenAICompatible(
        model,
        base_url,
        partial(secrets.find_key, base_url),
        temperature=settings.brain.temperature,
        longest_reply_tokens=settings.brain.longest_reply_tokens,
    )
    return Foreseeing(client) if is_loopback(base_url) else client


def _has_key(settings: Settings) -> bool:
    try:
        return secrets.find_key() is not None
    except SettingsError:  # a locked keyring: said when the model is chosen by name
        return False


def _warmed(backend: "_Warmable", progress: Progress) -> "_Warmable":
    progress(None, "Warming up")
    backend.warm()
    return backend


_Warmable = TypeVar("_Warmable", Transcriber, Synthesizer)

TRANSCRIBERS: tuple[BackendSpec[Transcriber], ...] = (
    BackendSpec(
        "parakeet",
        "Parakeet",
        ("onnx_asr", "onnxruntime"),
        lambda settings: _on_disk(settings.listening.parakeet_folder, "parakeet"),
        _parakeet,
    ),
    BackendSpec("moonshine", "Moonshine tiny", ("onnxruntime",), _speaks_english, _moonshine),
)

LANGUAGE_MODELS: tuple[BackendSpec[LanguageModel], ...] = (
    BackendSpec("openai", "OpenAI", ("openai",), _has_key, _openai),
    BackendSpec(
        "compatible",
        Wording("OpenAI-compatible server"),
        ("openai",),
        lambda settings: bool(settings.brain.base_url),
        _compatible,
    ),
    BackendSpec(
        "embedded", Wording("SmolLM2 (small demo brain)"), ("xllamacpp", "openai"), _always, _embedded
    ),
)

SYNTHESIZERS: tuple[BackendSpec[Synthesizer], ...] = (
    BackendSpec(
        "kyutai",
        "Kyutai TTS 1.6B",
        ("moshi_mlx", "mlx", "sentencepiece"),
        lambda settings: _on_disk(settings.voice.kyutai_folder, "kyutai-tts"),
        _kyutai,
    ),
    BackendSpec("hibari", "hibari", ("hibari",), _always, _hibari),
    BackendSpec(
        "system", Wording("System voice"), (), _never if sys.platform != "darwin" else _always, _system_voice
    ),
)


def choose(
    specs: tuple[BackendSpec[Backend_co], ...], name: str, settings: Settings
) -> BackendSpec[Backend_co]:
    """The spec called ``name``, or for "auto" the first that is installed and ready.

    Where none is, the last installed one: loading it says why it can't. Raises ``ExtraMissing`` where
    not one is installed.
    """
    if name != "auto":
        return next(spec for spec in specs if spec.name == name)
    for spec in specs:
        if spec.missing_package() is None and spec.ready(settings):
            return spec
    for spec in reversed(specs):
        if spec.missing_package() is None:
            return spec
    wanted = specs[-1]
    raise ExtraMissing(wanted.title, wanted.missing_package() or wanted.name)
