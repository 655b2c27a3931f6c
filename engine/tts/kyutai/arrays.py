"""The few calls of MLX whose types are too wide or missing; on the model's thread, like all of MLX."""

from pathlib import Path
from typing import Any


def read_arrays(path: Path) -> dict[str, Any]:
    """The arrays of a safetensors file by name, read from disk when they are first used.

    Raises ``RuntimeError`` for a file that is not one.
    """
    import mlx.core as mx

    arrays: Any = mx.load(str(path))
    return dict(arrays)


def begin(*arrays: Any) -> None:
    """Queues the computing of ``arrays`` on the device and returns at once."""
    import mlx.core as mx

    mx.async_eval(*arrays)  # type: ignore[no-untyped-call]  # its stub has no annotations
