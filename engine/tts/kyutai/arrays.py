"""The few calls of MLX whose types are too wide or missing, and its end; on the model's thread."""

import contextlib
import traceback
from collections.abc import Iterator
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


def device_name() -> str:
    """The device that MLX computes on here: "metal", "cuda" or "cpu". It takes the best there is."""
    import mlx.core as mx

    if mx.default_device() == mx.cpu:
        return "cpu"
    return "metal" if mx.metal.is_available() else "cuda"


@contextlib.contextmanager
def wired() -> Iterator[None]:
    """Keeps what MLX holds in a Mac's memory meanwhile: under pressure macOS would page weights out.

    Nothing elsewhere, or before macOS 15. Ends once the device is done.
    """
    import mlx.core as mx

    before: int | None = None
    if device_name() == "metal":
        with contextlib.suppress(RuntimeError, ValueError, KeyError):
            before = mx.set_wired_limit(int(mx.device_info()["max_recommended_working_set_size"]))
    try:
        yield
    finally:
        if before is not None:
            mx.synchronize()
            mx.set_wired_limit(before)


def end_mlx() -> None:
    """Ends MLX on this thread, without which it may abort at exit. Blocks until the device is done."""
    import mlx.core as mx

    mx.synchronize()
    mx.clear_cache()
    mx.clear_streams()
