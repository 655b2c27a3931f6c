"""Holding the page's button in real Chromium, with a recorded voice as its microphone."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from playwright.async_api import Browser, expect

from engine.pcm import write_wav
from engine.units import HEARING_RATE_HZ
from tests.fakes.browser import (
    WITHOUT_CHROMIUM,
    browser,
    chromium,
    faults,
    in_step,
    join_page,
    page_options,
    until,
)
from tests.fakes.chaos_proxy import ChaosProxy
from tests.fakes.room import RecordedCommands, served
from tests.recorded_speech import RecordedUtterance
from tests.speech_check import transcribe, word_error_rate

pytestmark = pytest.mark.skipif(chromium() is None, reason=WITHOUT_CHROMIUM)

QUIET = np.zeros(3 * HEARING_RATE_HZ, np.float32)
"""Long enough for a busy machine to get from the open microphone to the first block of sound."""


@pytest.fixture
def said(recorded_speech: tuple[RecordedUtterance, ...]) -> RecordedUtterance:
    """What the microphone hears."""
    return recorded_speech[0]


@pytest.fixture
async def chrome(said: RecordedUtterance, tmp_path: Path) -> AsyncIterator[Browser]:
    """A browser whose microphone says the sentence as soon as it is opened, after a while of quiet."""
    voice = tmp_path / "voice.wav"
    write_wav(voice, np.concatenate([QUIET, said.samples, QUIET]), HEARING_RATE_HZ)
    flags = (
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={voice}",
    )
    async with browser(flags) as running:
        yield running


@pytest.mark.sound  # the browser's microphone runs in real time and loses what a busy machine does not fetch
async def test_what_is_said_while_the_button_is_held_reaches_the_host(
    chrome: Browser, said: RecordedUtterance
) -> None:
    async with served(page_options()) as server:
        commands = server.commands = RecordedCommands()
        page = await join_page(chrome, server, "talker")
        other = await join_page(chrome, server, "talker")
        button = page.get_by_role("button", name="Hold to talk")
        await button.hover()
        await page.mouse.down()
        await commands.made("press")
        await expect(page.get_by_text("Speak now")).to_be_visible()
        await expect(other.get_by_text("is talking")).to_be_visible()
        await other.keyboard.press(" ")
        await expect(other.get_by_text("Somebody else is talking.")).to_be_visible()
        await until(page, "Number(document.querySelector('.talk').style.getPropertyValue('--level')) > 0.3")
        await asyncio.sleep(len(said.samples) / HEARING_RATE_HZ + 1.2)  # as long as the voice speaks
        await page.mouse.up()
        await commands.made("release")
        await expect(other.get_by_text("is talking")).to_have_count(0)
        assert commands.microphone is not None
        heard = commands.microphone.read()
        assert word_error_rate(said.text, transcribe(heard, HEARING_RATE_HZ)) <= 0.1
        assert faults(page) == []


async def test_the_space_bar_talks_too(chrome: Browser) -> None:
    async with served(page_options()) as server:
        commands = server.commands = RecordedCommands()
        page = await join_page(chrome, server, "talker")
        await page.keyboard.down(" ")
        await commands.made("press")
        await page.keyboard.up(" ")
        await commands.made("release")


async def test_a_space_in_a_question_does_not_talk(chrome: Browser) -> None:
    async with served(page_options()) as server:
        commands = server.commands = RecordedCommands()
        page = await join_page(chrome, server, "talker")
        await page.get_by_role("textbox").type("one two")
        await page.get_by_role("textbox").press("Enter")
        await commands.made("ask", "one two")
        assert ("press",) not in commands.calls


async def test_a_talker_whose_connection_breaks_has_asked_nothing(chrome: Browser) -> None:
    async with ChaosProxy(0).running() as proxy:
        address = f"http://127.0.0.1:{proxy.port}"
        async with served(page_options(public_origins=frozenset({address}))) as server:
            proxy.target_port = server.port
            commands = server.commands = RecordedCommands()
            page = await join_page(chrome, server, "talker", base_url=f"{address}/")
            await page.get_by_role("button", name="Hold to talk").hover()
            await page.mouse.down()
            await commands.made("press")
            proxy.reset()
            await commands.made("stop")
            await in_step(page)
            await page.mouse.up()
            await expect(page.get_by_role("button", name="Hold to talk")).to_have_attribute(
                "aria-pressed", "false"
            )
        assert ("release",) not in commands.calls
