"""What the published model takes of disk and memory, against the shapes of its arrays; none is computed."""

from typing import Any, get_args

import pytest

from engine.models.catalog import KYUTAI_TTS
from engine.tts.kyutai.config import mimi_config
from engine.tts.kyutai.loader import Bits
from engine.tts.kyutai.needs import MIMI_BYTES, needs
from engine.tts.kyutai.weights import cast, fuse, quantise, share_slices
from tests.fakes.mlx_thread import PATIENCE_S, MlxThread
from tests.fakes.tiny_hub import FULL, SHARED_SCHEDULE, config_dict

pytestmark = pytest.mark.may_take(PATIENCE_S)


def bytes_of(tree: Any) -> int:
    from mlx.utils import tree_flatten

    return sum(array.nbytes for _, array in tree_flatten(tree))


def weights_bytes(bits: int) -> tuple[int, int, int]:
    """As stored, and as loaded for exact and for fast arithmetic."""
    import mlx.core as mx
    from moshi_mlx.models.lm import Lm, LmConfig

    lm = Lm(LmConfig.from_config_dict(config_dict(FULL)))
    lm.set_dtype(mx.bfloat16)
    for conditioner in lm.condition_provider.conditioners.values():
        conditioner.set_dtype(mx.float32)
    share_slices(lm, SHARED_SCHEDULE)
    quantise(lm, bits)
    tree = fuse(lm, SHARED_SCHEDULE)
    types = (mx.float32, mx.bfloat16)
    exact, fast = (bytes_of(cast(tree, early=dtype, late=dtype)) for dtype in types)
    assert mx.get_active_memory() < 50_000_000
    return bytes_of(tree), exact, fast


@pytest.mark.parametrize("bits", get_args(Bits))
def test_needs_are_those_of_the_published_shapes(bits: Bits) -> None:
    with MlxThread() as thread:
        stored, exact, fast = thread.run(lambda: weights_bytes(bits))
    assert needs(bits, "exact").copy_bytes == pytest.approx(stored if bits else 0, rel=0.01)
    for precision, loaded in (("exact", exact), ("fast", fast)):
        memory_bytes = needs(bits, precision).memory_bytes  # type: ignore[arg-type]
        assert loaded + MIMI_BYTES < memory_bytes < 1.05 * loaded + MIMI_BYTES + 600_000_000


def test_mimi_takes_at_most_what_is_said() -> None:
    def mimi_bytes() -> int:
        from moshi_mlx.models.mimi import Mimi

        return bytes_of(Mimi(mimi_config({}, 32, 2048)).parameters())

    with MlxThread() as thread:
        assert thread.run(mimi_bytes) == pytest.approx(MIMI_BYTES, rel=0.01)


def test_the_catalog_names_the_needs_of_the_default() -> None:
    assert KYUTAI_TTS.extra_disk_bytes == needs(8, "exact").copy_bytes
    assert KYUTAI_TTS.memory_bytes == needs(8, "exact").memory_bytes
