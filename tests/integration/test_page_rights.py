"""The page in real Chromium: what owners decide about others, and how a device comes to trust the room."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from engine.broadcast.authority import ensure_certificate
from tests.fakes.browser import (
    WITHOUT_CHROMIUM,
    browser,
    chromium,
    faults,
    join_page,
    open_page,
    page_options,
)
from tests.fakes.room import RecordedCommands, served

pytestmark = pytest.mark.skipif(chromium() is None, reason=WITHOUT_CHROMIUM)

ANDROID = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36"


@pytest.fixture
async def chrome() -> AsyncIterator[Browser]:
    """A browser of this test's own."""
    async with browser() as running:
        yield running


async def test_an_owner_keeps_a_microphone_out_and_its_person_goes_on_typing(chrome: Browser) -> None:
    async with served(page_options()) as server:
        commands = server.commands = RecordedCommands()
        owner = await join_page(chrome, server, "owner")
        guest = await join_page(chrome, server, "talker")
        await owner.get_by_role("button", name="Settings").click()
        keep_out = owner.get_by_role("button", name="Keep the microphone out")
        await keep_out.click()
        await expect(keep_out).to_have_attribute("aria-pressed", "true")
        talk = guest.get_by_role("button", name="Hold to talk")
        await expect(talk).to_have_attribute("aria-disabled", "true")
        await expect(guest.locator(".hint")).to_contain_text("kept out")
        await guest.get_by_label("Ask something").fill("By hand?")
        await guest.keyboard.press("Enter")
        await commands.made("ask", "By hand?")
        await keep_out.click()
        await expect(talk).to_have_attribute("aria-disabled", "false")
        assert faults(owner) == faults(guest) == []


async def test_the_steps_to_trust_the_room_are_those_of_the_device(chrome: Browser, tmp_path: Path) -> None:
    made = ensure_certificate(tmp_path, ["localhost"], ["127.0.0.1"])
    options = page_options(certificate=made.leaf, key=made.key, authority=made.authority)
    async with served(options) as server:
        page = await open_page(chrome, server, ignore_https_errors=True, user_agent=ANDROID)
        await page.get_by_text("To talk from this device").click()
        await expect(page.get_by_text("Encryption & credentials")).to_be_visible()
        link = page.get_by_role("link", name="Get the certificate")
        answer = await page.request.get(await link.evaluate("link => link.href"))
        assert answer.headers["content-type"] == "application/x-x509-ca-cert"
        assert await answer.body() == made.authority.read_bytes()
        await page.get_by_role("button", name="Join").click()
        await page.get_by_role("button", name="Settings").click()
        await page.get_by_text("To talk from this device").click()
        await expect(page.get_by_text("Encryption & credentials")).to_be_visible()
        assert faults(page) == []


async def test_where_there_is_no_certificate_no_steps_are_shown(chrome: Browser) -> None:
    async with served(page_options()) as server:
        page = await join_page(chrome, server)
        await page.get_by_role("button", name="Settings").click()
        await expect(page.get_by_text("Round trip")).to_be_visible()
        await expect(page.get_by_text("To talk from this device")).to_have_count(0)
