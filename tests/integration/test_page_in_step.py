"""Two browsers, recorded on one clock: how far apart they are. For exact figures see ``benchmarks.sync``."""

import asyncio
import os
from contextlib import AsyncExitStack

import numpy as np
import pytest

from benchmarks.sync import Channels, SharedCard, Tape, noise, windows_of
from engine.units import SPEECH_RATE_HZ
from tests.fakes.browser import WITHOUT_CHROMIUM, browser, chromium, join_page, page_options, speak
from tests.fakes.chaos_proxy import ChaosProxy
from tests.fakes.room import served
from tests.virtual_audio import CARD_RATE_HZ, VirtualAudio

pytestmark = [
    pytest.mark.skipif(chromium() is None, reason=WITHOUT_CHROMIUM),
    pytest.mark.sound,
]

TRIM_MS = 60
PART_S = 7.0
LEAST_WINDOWS = 3
IN_STEP_MS = 20.0
"""Ears hear two sounds as one up to about 30 ms. Over this network, whose two ways differ by up to 10 ms, the
clocks are at most 5 ms apart, and the stamps of a device that was opened on a busy machine wander by 15 ms
for ten seconds. Usually it is below 3; ``benchmarks.sync`` has the exact figures."""


async def test_two_browsers_play_together_and_a_trim_moves_one(virtual_audio: VirtualAudio) -> None:
    """One of them is behind a slow, uneven network. What a browser's stall disturbed does not count."""
    shared = SharedCard(virtual_audio, 2)
    async with AsyncExitStack() as stack:
        proxy = await stack.enter_async_context(ChaosProxy(0).running())
        address = f"http://127.0.0.1:{proxy.port}"
        server = await stack.enter_async_context(served(page_options(public_origins=frozenset({address}))))
        proxy.target_port = server.port
        for way in (proxy.to_client, proxy.to_server):
            way.delay_s, way.jitter_s = 0.01, 0.01
        here = await stack.enter_async_context(browser((), {"PULSE_SINK": "part0"}))
        there = await stack.enter_async_context(browser((), {"PULSE_SINK": "part1"}))
        tape = Tape(shared.recorder(), 2)  # first: a recorder that comes upsets the card's clock for seconds
        await join_page(here, server)
        far = await join_page(there, server, base_url=f"{address}/")
        speak(server, 1, noise(2 * PART_S + 2.0), SPEECH_RATE_HZ)
        await asyncio.sleep(PART_S)
        changed_at = len(tape)
        await far.get_by_role("button", name="Settings").click()
        await far.get_by_label("Delay").fill(str(TRIM_MS))
        await asyncio.sleep(PART_S)
        channels = await tape.stop()
    together = undisturbed(channels[:, :changed_at])
    trimmed = undisturbed(channels[:, changed_at + CARD_RATE_HZ :])
    assert np.median(together) <= IN_STEP_MS, together
    assert abs(np.median(trimmed) - TRIM_MS) <= IN_STEP_MS, trimmed


def undisturbed(channels: Channels) -> list[float]:
    """The skews in milliseconds while both browsers had a processor to play with."""
    found = [window.skew_ms for window in windows_of(channels) if window.undisturbed]
    if len(found) < LEAST_WINDOWS and os.getloadavg()[0] > (os.cpu_count() or 1):
        pytest.skip("this machine is so busy that the browsers' sound stalls all the time")
    assert len(found) >= LEAST_WINDOWS, "too little was heard of both"
    return found
