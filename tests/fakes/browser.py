"""The built page in real Chromium: joined to a room, playing to the virtual sound card."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright, expect

from engine.broadcast.messages import RoleName
from engine.broadcast.options import RoomOptions
from engine.broadcast.server import RoomServer
from engine.pcm import Pcm, SpeechFrame, SpokenWord, resample
from engine.units import FRAME_SAMPLES, SPEECH_RATE_HZ, TurnId
from tests.fakes.room import WAIT_S, in_us

PAGE: Final = Path(__file__).resolve().parents[2] / "resources" / "listener" / "dist"
NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
FLAGS: Final = (
    "--no-sandbox",  # a container has no user namespaces for it
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
)
WITHOUT_CHROMIUM: Final = "the page's tests need Chromium (packaging/system.sh installs it on Debian)"
FRAME_US: Final = FRAME_SAMPLES * 1_000_000 // SPEECH_RATE_HZ

expect.set_options(timeout=1_000 * WAIT_S)  # a watchdog, as everywhere here


def chromium() -> str | None:
    """The installed browser, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def page_options(**options: object) -> RoomOptions:
    """A room on a free port that serves the built page."""
    return RoomOptions(**{"port": 0, "page": PAGE, **options})  # type: ignore[arg-type]  # any option's value


@asynccontextmanager
async def browser(
    flags: Sequence[str] = (), environment: dict[str, str] | None = None
) -> AsyncIterator[Browser]:
    """A Chromium of its own; its sound goes where ``environment`` (or this process's) says."""
    path = chromium()
    assert path is not None, WITHOUT_CHROMIUM
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(
            executable_path=path,
            args=[*FLAGS, *flags],
            ignore_default_args=["--mute-audio"],
            env={**os.environ, **(environment or {})},
        )
        try:
            yield running
        finally:
            async with asyncio.timeout(WAIT_S):  # playwright's own waiting has no limit
                await running.close()


async def open_page(
    browser: Browser, server: RoomServer, role: RoleName = "listener", base_url: str = "", **context: object
) -> Page:
    """The page at a new invitation, not yet joined, in a profile of its own. ``faults`` tells its errors."""
    invitation = await asyncio.to_thread(server.invite, role, base_url)
    page = await (await browser.new_context(locale="en-GB", **context)).new_page()  # type: ignore[arg-type]  # options of a context
    found: list[str] = []

    def console(message: ConsoleMessage) -> None:
        if "Content Security" in message.text:
            found.append(message.text)

    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("console", console)
    page.faults = found  # type: ignore[attr-defined]  # kept with the page for `faults`
    await page.goto(invitation.url)
    return page


async def join_page(
    browser: Browser, server: RoomServer, role: RoleName = "listener", base_url: str = "", **context: object
) -> Page:
    """The page, joined by a click."""
    page = await open_page(browser, server, role, base_url, **context)
    await page.get_by_role("button", name="Join").click()
    await in_step(page)
    return page


async def in_step(page: Page) -> None:
    """Waits until the page's clock is ready ("Getting in step" is not yet that)."""
    await expect(page.get_by_text("In step", exact=True)).to_be_visible()


async def until(page: Page, expression: str) -> Any:
    """Waits for a JavaScript expression to be true, and returns it.

    The page's policy lets no watcher run inside it.
    """
    async with asyncio.timeout(WAIT_S):
        while not (value := await page.evaluate(expression)):  # noqa: ASYNC110 - it happens in another process
            await asyncio.sleep(0.02)
    return value


def faults(page: Page) -> list[str]:
    """What went wrong in the page without being caught, and what its policy forbade."""
    found: list[str] = page.faults  # type: ignore[attr-defined]  # see open_page
    return found


def speak(
    server: RoomServer,
    turn: int,
    voice: Pcm,
    rate_hz: int,
    *,
    after_s: float = 0.1,
    words: tuple[SpokenWord, ...] = (),
) -> int:
    """Hands the whole of ``voice`` to the room as a turn's frames; when the host plays its first sample."""
    samples = resample(voice, rate_hz, SPEECH_RATE_HZ)
    samples = np.concatenate([samples, np.zeros(-len(samples) % FRAME_SAMPLES, np.float32)])
    start_us = in_us(after_s)
    for sequence, at in enumerate(range(0, len(samples), FRAME_SAMPLES)):
        mine = tuple(word for word in words if at <= word.offset_samples < at + FRAME_SAMPLES)
        frame = SpeechFrame(TurnId(turn), sequence, samples[at : at + FRAME_SAMPLES], mine)
        server.audio(frame, start_us + sequence * FRAME_US)
    return start_us
