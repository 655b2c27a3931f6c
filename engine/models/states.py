"""What a window or a terminal shows of a model, as values."""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from engine.models.catalog import ModelSpec


class ModelStatus(Enum):
    """How far a model's weights are from being usable."""

    MISSING = "missing"
    PARTIAL = "partial"
    DOWNLOADING = "downloading"
    READY = "ready"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class Transfer:
    """A download under way. ``bytes_total`` is 0 until the hub has told every size.

    ``rate_bytes_per_s`` is that of the last few seconds; ``checking`` while a file's hash is read.
    """

    bytes_done: int
    bytes_total: int
    rate_bytes_per_s: float
    file: str = ""
    checking: bool = False

    @property
    def fraction(self) -> float | None:
        """Share of the bytes that are here, in [0, 1], or None where it can't be told."""
        return min(1.0, self.bytes_done / self.bytes_total) if self.bytes_total else None

    @property
    def seconds_left(self) -> float | None:
        """How long the rest takes at the present rate, or None where it can't be told."""
        if not self.bytes_total or self.rate_bytes_per_s <= 0:
            return None
        return (self.bytes_total - self.bytes_done) / self.rate_bytes_per_s


@dataclass(frozen=True, slots=True)
class ModelState:
    """A model as it is on this machine now.

    ``folder`` has the files once ``status`` is READY; ``is_local_folder`` where a person chose it.
    ``faults`` names the files that are missing or damaged. ``detail`` and ``remedy`` are sentences.
    """

    spec: ModelSpec
    status: ModelStatus
    bytes_on_disk: int = 0
    folder: Path | None = None
    is_local_folder: bool = False
    transfer: Transfer | None = None
    faults: tuple[str, ...] = ()
    detail: str = ""
    remedy: str = ""

    @property
    def ready(self) -> bool:
        """Whether the weights can be loaded."""
        return self.status is ModelStatus.READY
