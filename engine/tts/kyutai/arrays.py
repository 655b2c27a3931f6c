"""The few calls of MLX whose types are too wide or missing, and its end; on the model's thread."""

import traceback
from pathlib import Path
from typing import Any

from engine.errors import AloudError


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


def forget_frames(error: BaseException | None) -> None:
    """Lets go of what the frames that ``error`` passed through hold: it may be kept, and they had arrays.

    What a person can mend says all there is to say without them; of a crash, the lines stay known.
    """
    known = isinstance(error, AloudError)
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        if known:  # for a cleared frame still holds its closure
            error.__traceback__ = None
        error = error.__cause__ or error.__context__


def end_mlx() -> None:
    """Ends MLX on this thread, without which it may abort at exit. Blocks until the device is done."""
    import mlx.core as mx

    mx.synchronize()
    mx.clear_cache()
    mx.clear_streams()
