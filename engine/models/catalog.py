"""The weights that can be fetched, each pinned to one commit of the hub's repository and to hashes.

Sizes are bytes on the hub; ``memory_bytes`` is what a loaded model takes, roughly. The large files'
sizes and hashes are those that the hub publishes for the pinned commits; a file without a hash here
(small text files) is checked against the hash that the hub names for it at download.
"""

from dataclasses import dataclass
from typing import Final

from engine.events import Port
from engine.tts.kyutai.needs import needs
from engine.wording import Wording


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A file of a repository. ``sha256`` and ``size_bytes`` are empty where they are not pinned.

    An ``optional`` file that the repository lacks is passed over.
    """

    name: str
    size_bytes: int = 0
    sha256: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A model: where its files are, under which licence, and what it asks of the machine.

    ``revision`` is a full commit hash, or "" to take the newest commit at the first download and
    stay with it. ``extra_disk_bytes`` is written beside the download, from its largest file (a
    quantised copy). ``needs`` names models that are fetched along with this one.
    """

    model_id: str
    title: str
    port: Port
    repo_id: str
    revision: str
    files: tuple[ModelFile, ...]
    licence: str
    memory_bytes: int
    extra_disk_bytes: int = 0
    needs: tuple[str, ...] = ()

    @property
    def download_bytes(self) -> int:
        """Bytes of all files whose size is known before the hub is asked."""
        return sum(file.size_bytes for file in self.files)

    @property
    def largest_file(self) -> str:
        """The name of the file with the weights."""
        return max(self.files, key=lambda file: file.size_bytes).name

    @property
    def disk_bytes(self) -> int:
        """Bytes on disk once the model is in use."""
        return self.download_bytes + self.extra_disk_bytes


KYUTAI_VOICE_SUFFIX: Final = ".1e68beda@240.safetensors"
"""What moshi_mlx appends to a voice's name: the signature and the epoch of the TTS checkpoint."""

DEFAULT_KYUTAI_VOICE: Final = "voice-donations/robert.wav"
"""A donated voice under CC0, so that anything spoken with it may be used for anything."""

KYUTAI_VOICES: Final = ModelSpec(
    model_id="kyutai-voices",
    title=Wording("Kyutai voices"),
    port=Port.SYNTHESIZER,
    repo_id="kyutai/tts-voices",
    revision="323332d33f997de8394f24a193e1a76df720e01a",
    files=(
        ModelFile(
            DEFAULT_KYUTAI_VOICE + KYUTAI_VOICE_SUFFIX,
            256_136,
            "bc79b0162c94862aadd6c5d351b5b4984274af0616e3a56b0df9973ff7c793c7",
        ),
        *(
            ModelFile(voice + KYUTAI_VOICE_SUFFIX, optional=True)
            for voice in (
                "vctk/p225_023.wav",
                "vctk/p226_023.wav",
                "vctk/p228_023.wav",
                "vctk/p292_023.wav",
                "cml-tts/fr/4724_3731_000031-0001.wav",
                "cml-tts/fr/928_486_000075-0001.wav",
            )
        ),
    ),
    licence="CC0 (voice-donations), CC BY 4.0 (vctk, cml-tts)",
    memory_bytes=2_000_000,
)

KYUTAI_TTS: Final = ModelSpec(
    model_id="kyutai-tts",
    title="Kyutai TTS 1.6B",
    port=Port.SYNTHESIZER,
    repo_id="kyutai/tts-1.6b-en_fr",
    revision="f65439609986c392cb12df63938abcc550c3fb15",
    files=(
        ModelFile("config.json"),
        ModelFile(
            "tokenizer_spm_8k_en_fr_audio.model",
            120_378,
            "cd87dd5d17169151782ac700280ec057e5d658a9afbe238a048ea5ff318cce69",
        ),
        ModelFile(
            "tokenizer-e351c8d8-checkpoint125.safetensors",
            384_644_900,
            "09b782f0629851a271227fb9d36db65c041790365f11bbe5d3d59369cf863f50",
        ),
        ModelFile(
            "dsm_tts_1e68beda@240.safetensors",
            3_683_719_712,
            "726ddadd90a080c89cbc6b217745296ef32d8e25666d30f81a09e8ae5c9e0f0c",
        ),
    ),
    licence="CC BY 4.0",
    memory_bytes=needs(8, "exact").memory_bytes,
    extra_disk_bytes=needs(8, "exact").copy_bytes,
    needs=("kyutai-voices",),
)

PARAKEET: Final = ModelSpec(
    model_id="parakeet",
    title="Parakeet TDT 0.6B v3 (int8)",
    port=Port.TRANSCRIBER,
    # The repository that onnx-asr itself names for "nemo-parakeet-tdt-0.6b-v3"; its
    # preprocessor comes inside the package, so nemo128.onnx is not fetched.
    repo_id="istupakov/parakeet-tdt-0.6b-v3-onnx",
    revision="8f23f0c03c8761650bdb5b40aaf3e40d2c15f1ce",
    files=(
        ModelFile("config.json", 97, "666903c76b9798caf2c210afd4f6cd60b08a8dbf9800ec8d7a3bc0d2148ac466"),
        ModelFile("vocab.txt", 93_939, "d58544679ea4bc6ac563d1f545eb7d474bd6cfa467f0a6e2c1dc1c7d37e3c35d"),
        ModelFile(
            "decoder_joint-model.int8.onnx",
            18_202_004,
            "eea7483ee3d1a30375daedc8ed83e3960c91b098812127a0d99d1c8977667a70",
        ),
        ModelFile(
            "encoder-model.int8.onnx",
            652_183_999,
            "6139d2fa7e1b086097b277c7149725edbab89cc7c7ae64b23c741be4055aff09",
        ),
    ),
    licence="CC BY 4.0",
    memory_bytes=1_000_000_000,
)

QWEN_SMALL: Final = ModelSpec(
    model_id="qwen-1.5b",
    title="Qwen2.5 1.5B Instruct (4 bits)",
    port=Port.LANGUAGE_MODEL,
    repo_id="Qwen/Qwen2.5-1.5B-Instruct-GGUF",
    revision="91cad51170dc346986eccefdc2dd33a9da36ead9",
    files=(
        ModelFile(
            "qwen2.5-1.5b-instruct-q4_k_m.gguf",
            1_117_320_736,
            "6a1a2eb6d15622bf3c96857206351ba97e1af16c30d7a74ee38970e434e9407e",
        ),
    ),
    licence="Apache 2.0",
    memory_bytes=1_500_000_000,
)

QWEN_LARGE: Final = ModelSpec(
    model_id="qwen-4b",
    title="Qwen3 4B Instruct 2507 (4 bits)",
    port=Port.LANGUAGE_MODEL,
    repo_id="unsloth/Qwen3-4B-Instruct-2507-GGUF",
    revision="a06e946bb6b655725eafa393f4a9745d460374c9",
    files=(
        ModelFile(
            "Qwen3-4B-Instruct-2507-Q4_K_M.gguf",
            2_497_281_120,
            "3605803b982cb64aead44f6c1b2ae36e3acdb41d8e46c8a94c6533bc4c67e597",
        ),
    ),
    licence="Apache 2.0",
    memory_bytes=3_300_000_000,
)

CATALOG: Final[tuple[ModelSpec, ...]] = (PARAKEET, KYUTAI_TTS, KYUTAI_VOICES, QWEN_SMALL, QWEN_LARGE)
