"""The page in real Chromium: what a role finds there, what owners decide, how a device trusts the room."""

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from engine.broadcast.authority import ensure_certificate
from engine.broadcast.messages import Listener, RoleName
from tests.fakes.browser import WITHOUT_CHROMIUM, chromium, faults, join_page, open_page, page_options
from tests.fakes.room import RecordedCommands, served
from tests.integration.page_world import chrome

__all__ = ["chrome"]

pytestmark = pytest.mark.skipif(chromium() is None, reason=WITHOUT_CHROMIUM)

ANDROID = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36"


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


SHOWN: dict[RoleName, tuple[int, int]] = {
    "listener": (0, 0),
    "typist": (1, 0),
    "talker": (1, 1),
    "owner": (1, 1),
}
"""How many fields to write in and buttons to talk a role has."""


async def test_the_role_decides_what_is_there(chrome: Browser) -> None:
    async with served(page_options()) as server:
        for role, (fields, buttons) in SHOWN.items():
            page = await join_page(chrome, server, role)
            await expect(page.get_by_role("textbox")).to_have_count(fields)
            await expect(page.get_by_role("button", name="Hold to talk")).to_have_count(buttons)


async def test_a_promoted_listener_may_ask_at_once(chrome: Browser) -> None:
    here: asyncio.Queue[str] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def seen(listeners: tuple[Listener, ...]) -> None:
        for one in listeners:
            loop.call_soon_threadsafe(here.put_nowait, one.listener)

    async with served(page_options(), on_listeners=seen) as server:
        page = await join_page(chrome, server)
        await asyncio.to_thread(server.promote, await here.get(), "typist")
        await expect(page.get_by_role("textbox")).to_be_visible()


async def test_an_owner_invites_promotes_removes_and_mutes(chrome: Browser) -> None:
    async with served(page_options()) as server:
        commands = server.commands = RecordedCommands()
        owner = await join_page(chrome, server, "owner")
        guest = await join_page(chrome, server)
        await owner.get_by_role("button", name="Settings").click()
        await owner.get_by_role("switch").click()
        await commands.made("mute", True)
        await owner.get_by_label("Invite as").select_option("typist")
        await owner.get_by_role("button", name="Invite").click()
        link = await owner.locator(".link").input_value()
        third = await (await chrome.new_context(locale="en-GB")).new_page()
        await third.goto(link)
        await third.get_by_role("button", name="Join").click()
        await expect(third.get_by_role("textbox")).to_be_visible()
        roles = owner.get_by_label("Role:")
        await expect(roles).to_have_count(3)
        listener = owner.locator(".people select:not([disabled])").first
        await listener.select_option("talker")
        await expect(guest.get_by_role("button", name="Hold to talk")).to_be_visible()
        await owner.get_by_role("button", name="Remove").first.click()
        await expect(guest.get_by_role("heading", name="You were taken out of the room")).to_be_visible()
