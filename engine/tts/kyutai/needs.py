"""What the published model takes of disk and memory, by how it is loaded. Imports no MLX.

Taken from the shapes of its arrays (``tests/integration/test_kyutai_needs.py`` holds them against each
other): which factors are kept in float32 is what tells "exact" from "fast".
"""

from dataclasses import dataclass
from typing import Final, Literal

MIMI_BYTES: Final = 385_000_000
"""Mimi in rustymimi, whole; in MLX its decoder takes 230 MB."""

_STORED_BYTES: Final = {0: 3_684_000_000, 4: 1_703_000_000, 6: 2_048_000_000, 8: 2_392_000_000}
"""The weights, shared slices once, by bits; quantised ones are kept in a file of that size."""

_WIDENED_BYTES: Final = {0: 3_049_000_000, 4: 388_000_000, 6: 388_000_000, 8: 388_000_000}
"""By how much they grow where they must be float32 to give moshi_mlx's own tokens."""

_ROOM_BYTES: Final = {"exact": 460_000_000, "fast": 230_000_000}
"""Two voices' keys and values, those of a reply's 40 s, and what a step computes."""


@dataclass(frozen=True, slots=True)
class Needs:
    """``copy_bytes``: the quantised copy beside the download; ``memory_bytes``: while it is loaded."""

    copy_bytes: int
    memory_bytes: int


def needs(bits: Literal[0, 4, 6, 8], precision: Literal["exact", "fast"]) -> Needs:
    """What the published model needs when it is loaded with ``bits`` and ``precision``, all codebooks."""
    stored = _STORED_BYTES[bits]
    widened = _WIDENED_BYTES[bits] if precision == "exact" else 0
    return Needs(stored if bits else 0, stored + widened + _ROOM_BYTES[precision] + MIMI_BYTES)
