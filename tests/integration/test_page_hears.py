"""The page's sound, in real Chromium: what leaves its loudspeaker is recorded and listened to."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
import pytest

from benchmarks.sync import holes
from engine.broadcast.server import RoomServer
from engine.pcm import Pcm, level_dbfs
from engine.units import HEARING_RATE_HZ
from tests.fakes.browser import (
    WITHOUT_CHROMIUM,
    browser,
    chromium,
    faults,
    join_page,
    open_page,
    page_options,
    speak,
)
from tests.fakes.chaos_proxy import ChaosProxy
from tests.fakes.room import served
from tests.recorded_speech import RecordedUtterance
from tests.speech_check import check_sound, transcribe, word_error_rate
from tests.virtual_audio import CARD_RATE_HZ, VirtualAudio

pytestmark = [
    pytest.mark.skipif(chromium() is None, reason=WITHOUT_CHROMIUM),
    pytest.mark.sound,
]


@asynccontextmanager
async def proxied(server_port: int = 0) -> AsyncIterator[tuple[RoomServer, ChaosProxy]]:
    """A room that is known by a proxy's address, and the proxy in front of it."""
    async with ChaosProxy(server_port).running() as proxy:
        address = f"http://127.0.0.1:{proxy.port}"
        async with served(page_options(public_origins=frozenset({address}))) as server:
            proxy.target_port = server.port
            yield server, proxy


def address(proxy: ChaosProxy) -> str:
    """Where the page is through ``proxy``."""
    return f"http://127.0.0.1:{proxy.port}/"


def tone(seconds: float) -> Pcm:
    """A steady tone at 16 kHz: every break in it shows."""
    at = np.arange(round(seconds * HEARING_RATE_HZ)) / HEARING_RATE_HZ
    return (0.3 * np.sin(2 * np.pi * 440 * at)).astype(np.float32)


async def test_it_says_what_the_host_says(
    virtual_audio: VirtualAudio, recorded_speech: tuple[RecordedUtterance, ...]
) -> None:
    said = recorded_speech[0]
    async with served(page_options()) as server, browser() as chrome:
        page = await join_page(chrome, server)
        with virtual_audio.record() as recording:
            speak(server, 1, said.samples, HEARING_RATE_HZ)
            await asyncio.to_thread(recording.wait, len(said.samples) / HEARING_RATE_HZ + 1.0)
            heard = recording.so_far()
        assert word_error_rate(said.text, transcribe(heard, CARD_RATE_HZ)) <= 0.2
        stalls = holes(heard)  # of a browser that got no processor; its device clicks then, not the page
        assert check_sound(heard, CARD_RATE_HZ).clicks <= 2 * len(stalls)
        assert faults(page) == []


async def test_it_says_it_through_a_bad_network_too(
    virtual_audio: VirtualAudio, recorded_speech: tuple[RecordedUtterance, ...]
) -> None:
    said = recorded_speech[0]
    async with proxied() as (server, proxy), browser() as chrome:
        proxy.to_client.delay_s, proxy.to_client.jitter_s = 0.01, 0.03
        await join_page(chrome, server, base_url=address(proxy))
        with virtual_audio.record() as recording:
            speak(server, 1, said.samples, HEARING_RATE_HZ)
            await asyncio.to_thread(recording.wait, 1.5)
            proxy.to_client.stalled = True  # for less than what is waiting in the page
            await asyncio.to_thread(recording.wait, 0.3)
            proxy.to_client.stalled = False
            await asyncio.to_thread(recording.wait, len(said.samples) / HEARING_RATE_HZ - 0.8)
            heard = recording.so_far()
        assert word_error_rate(said.text, transcribe(heard, CARD_RATE_HZ)) <= 0.2


async def test_who_joins_late_hears_the_rest(
    virtual_audio: VirtualAudio, recorded_speech: tuple[RecordedUtterance, ...]
) -> None:
    missed, said = recorded_speech[0], recorded_speech[1]
    pause = np.zeros(3 * HEARING_RATE_HZ, np.float32)
    async with served(page_options()) as server, browser() as chrome:
        page = await open_page(chrome, server)
        with virtual_audio.record() as recording:
            speak(server, 1, np.concatenate([missed.samples, pause, said.samples]), HEARING_RATE_HZ)
            await asyncio.to_thread(recording.wait, len(missed.samples) / HEARING_RATE_HZ + 1.0)
            before = recording.so_far()
            await page.get_by_role("button", name="Join").click()
            await asyncio.to_thread(recording.wait, len(said.samples) / HEARING_RATE_HZ + 3.5)
            heard = recording.so_far()[len(before) :]
        assert level_dbfs(before) < -80
        assert word_error_rate(said.text, transcribe(heard, CARD_RATE_HZ)) <= 0.2


async def test_a_cut_silences_at_once_and_what_comes_next_is_heard(virtual_audio: VirtualAudio) -> None:
    async with served(page_options()) as server, browser() as chrome:
        await join_page(chrome, server)
        with virtual_audio.record() as recording:
            speak(server, 1, tone(6.0), HEARING_RATE_HZ)
            await asyncio.to_thread(recording.wait, 2.0)
            cut_at_s = time.monotonic()
            server.cut(1)
            await asyncio.to_thread(recording.wait, 1.5)
            cut_at = recording.position_at(cut_at_s)
            after_cut = recording.so_far()[cut_at:]
            speak(server, 2, tone(1.0), HEARING_RATE_HZ)
            await asyncio.to_thread(recording.wait, 1.5)
            heard_next = recording.so_far()[cut_at + len(after_cut) :]
        silence_from_s = check_sound(after_cut, CARD_RATE_HZ).ends_s
        assert silence_from_s < 0.8, "what the device and the browser hold is all that may still be heard"
        assert level_dbfs(heard_next) > -30


async def test_a_reply_that_was_cut_while_still_to_come_is_never_heard(virtual_audio: VirtualAudio) -> None:
    async with served(page_options()) as server, browser() as chrome:
        await join_page(chrome, server)
        with virtual_audio.record() as recording:
            speak(server, 1, tone(2.0), HEARING_RATE_HZ, after_s=0.5)
            server.cut(1)
            await asyncio.to_thread(recording.wait, 2.0)
            assert level_dbfs(recording.so_far()) < -80


async def test_muting_this_device_is_silent_and_remembered(virtual_audio: VirtualAudio) -> None:
    async with served(page_options()) as server, browser() as chrome:
        page = await join_page(chrome, server)
        await page.get_by_role("button", name="Mute on this device").click()
        with virtual_audio.record() as recording:
            speak(server, 1, tone(1.0), HEARING_RATE_HZ)
            await asyncio.to_thread(recording.wait, 2.0)
            assert level_dbfs(recording.so_far()) < -80
        await page.reload()
        await page.get_by_role("button", name="Come back in").click()
        await page.get_by_role("button", name="Unmute").wait_for()
