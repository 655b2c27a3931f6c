"""The page in real Chromium: how it comes in, and how it comes back."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.fakes.browser import WITHOUT_CHROMIUM, chromium, in_step, join_page, open_page, page_options
from tests.fakes.chaos_proxy import ChaosProxy
from tests.fakes.ports import free_port
from tests.fakes.room import served
from tests.integration.page_world import chrome, tell

__all__ = ["chrome"]

pytestmark = pytest.mark.skipif(chromium() is None, reason=WITHOUT_CHROMIUM)


NO_RETRY = """() => {
    Math.random = () => 0.999;
    const later = window.setTimeout;
    window.setTimeout = (call, ms, ...rest) => (ms > 900 ? 0 : later(call, ms, ...rest));
}"""
"""From now on the page does not try again by itself: its pauses would be the longest, and never end."""


async def test_the_token_is_used_up_and_not_kept_in_the_address(chrome: Browser) -> None:
    seen: set[str] = set()
    async with served(
        page_options(), on_listeners=lambda here: seen.update(one.listener for one in here)
    ) as server:
        page = await join_page(chrome, server)
        assert "join" not in page.url
        await page.reload()
        await page.get_by_role("button", name="Come back in").click()
        await in_step(page)
    assert len(seen) == 1, "it came back as the same listener"


async def test_without_an_invitation_it_says_what_is_missing(chrome: Browser) -> None:
    async with served(page_options()) as server:
        page = await chrome.new_page()
        await page.goto(server.url)
        await expect(page.get_by_role("heading", name="You need an invitation")).to_be_visible()
        await page.goto(f"{server.url}#join=no-such-token")
        await page.get_by_role("button", name="Join").click()
        await expect(page.get_by_role("heading", name="This invitation is not good any more")).to_be_visible()


async def test_the_door_is_shown_until_the_room_lets_the_person_in(chrome: Browser) -> None:
    async with ChaosProxy(0).running() as proxy:
        address = f"http://127.0.0.1:{proxy.port}"
        async with served(page_options(public_origins=frozenset({address}))) as server:
            proxy.target_port = server.port
            page = await open_page(chrome, server, base_url=f"{address}/")
            proxy.refuse(True)
            await page.get_by_role("button", name="Join").click()
            await expect(page.get_by_text("No connection, trying again")).to_be_visible()
            assert await page.get_by_text("Nothing was said yet").count() == 0, "it can't know"
            proxy.refuse(False)
            await page.evaluate("dispatchEvent(new Event('online'))")
            await expect(page.get_by_text("Nothing was said yet")).to_be_visible()


async def test_it_comes_back_after_the_server_was_restarted(chrome: Browser, tmp_path: Path) -> None:
    sessions = tmp_path / "sessions.json"
    port = free_port()
    async with served(page_options(sessions_file=sessions, port=port)) as server:
        page = await join_page(chrome, server)
    await expect(page.get_by_text("No connection")).to_be_visible()
    async with served(page_options(sessions_file=sessions, port=port)) as server:
        tell(server, reply="Here **again**.")
        await in_step(page)
        await expect(page.locator(".text strong")).to_have_text("again")


async def test_it_comes_back_at_once_when_the_network_does(chrome: Browser) -> None:
    async with ChaosProxy(0).running() as proxy:
        address = f"http://127.0.0.1:{proxy.port}"
        async with served(page_options(public_origins=frozenset({address}))) as server:
            proxy.target_port = server.port
            page = await join_page(chrome, server, base_url=f"{address}/")
            await page.evaluate(NO_RETRY)
            proxy.refuse(True)
            proxy.reset()
            await expect(page.get_by_text("No connection")).to_be_visible()
            proxy.refuse(False)
            await page.evaluate("dispatchEvent(new Event('online'))")
            await in_step(page)


async def test_a_second_tab_takes_over_and_can_be_taken_back(chrome: Browser) -> None:
    async with served(page_options()) as server:
        first = await join_page(chrome, server)
        second = await first.context.new_page()
        await second.goto(server.url)
        await second.get_by_role("button", name="Come back in").click()
        await expect(first.get_by_role("heading", name="Open in another place")).to_be_visible()
        await first.get_by_role("button", name="Listen here instead").click()
        await in_step(first)
