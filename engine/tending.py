"""What the sound devices need between turns: a fresh pre-roll, and to be let go of in time."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

from engine.audio.capture import Capture
from engine.audio.playout import Playout

EVERY_S: Final = 0.1
SPEAKER_KEPT_OPEN_S: Final = 60.0
"""A follow-up comes within a minute or not at all; until then the first sample need not wait for a device."""


async def tend_devices(
    capture: Capture, playout: Playout, clock: Callable[[], float] = time.monotonic
) -> None:
    """Reads an idle microphone and closes devices whose time is over; returns once both are closed."""
    while capture.open or playout.is_open:
        await asyncio.sleep(EVERY_S)
        if not capture.in_use:
            capture.pump()
            capture.close_if_idle(clock())
        if playout.idle(clock(), SPEAKER_KEPT_OPEN_S):
            await asyncio.to_thread(playout.close_if_idle, clock(), SPEAKER_KEPT_OPEN_S)
