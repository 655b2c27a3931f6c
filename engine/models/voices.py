"""The voices that the hub offers for Kyutai TTS, and fetching one more of them."""

from dataclasses import dataclass
from typing import Final

from engine.errors import DownloadFailed
from engine.models.catalog import KYUTAI_VOICE_SUFFIX, KYUTAI_VOICES
from engine.models.models import Models

LICENCES: Final = {
    "voice-donations": "CC0",
    "voice-zero": "CC0",
    "vctk": "CC BY 4.0",
    "cml-tts": "CC BY 4.0",
    "alba-mackenna": "CC BY 4.0",
    "expresso": "CC BY-NC 4.0",
    "ears": "CC BY-NC 4.0",
}
"""Under what the folders of the voice repository stand, by its README: not all allow all uses."""

UNKNOWN_LICENCE: Final = "see kyutai/tts-voices"


@dataclass(frozen=True, slots=True)
class OfferedVoice:
    """A voice of the hub's repository; ``name`` is what ``KyutaiSynthesizer`` calls it."""

    name: str
    licence: str
    size_bytes: int
    here: bool


def offered(models: Models) -> list[OfferedVoice]:
    """Every voice of the hub, in the order of their names. Blocks for the network; ``DownloadFailed``."""
    here = set(present(models))
    return [
        OfferedVoice(name, licence(name), size, name in here)
        for path, size in sorted(models.offered_files(KYUTAI_VOICES.model_id).items())
        if path.endswith(KYUTAI_VOICE_SUFFIX)
        for name in [path.removesuffix(KYUTAI_VOICE_SUFFIX)]
    ]


def present(models: Models) -> list[str]:
    """The voices that are on this machine. Touches the disk only."""
    spec = models.spec(KYUTAI_VOICES.model_id)
    return [
        place.file.name.removesuffix(KYUTAI_VOICE_SUFFIX)
        for place in models.store.places(spec)
        if place.path.is_file()
    ]


def licence(name: str) -> str:
    """Under what a voice stands."""
    return LICENCES.get(name.partition("/")[0], UNKNOWN_LICENCE)


def add(models: Models, name: str) -> None:
    """Fetches a voice, a quarter of a megabyte. Blocks for it. Raises ``DownloadFailed`` or ``DiskFull``."""
    if "/" not in name or ".." in name.split("/"):
        raise DownloadFailed(
            "{name} is no voice of the hub.", "Choose one of `aloud models voices`.", name=name
        )
    models.add_file(KYUTAI_VOICES.model_id, name + KYUTAI_VOICE_SUFFIX)
