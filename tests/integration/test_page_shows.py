"""The page in real Chromium: what it shows, what it sends, and how it comes back."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from playwright.async_api import Browser, expect

from engine.broadcast.messages import Listener, RoleName
from engine.broadcast.server import RoomServer
from engine.events import (
    Outcome,
    ReplyCompleted,
    ReplyDelta,
    SpeechStarted,
    TranscriptReady,
    TurnEnded,
)
from engine.pcm import SpokenWord
from engine.units import SPEECH_RATE_HZ, TurnId
from tests.fakes.browser import (
    PAGE,
    WITHOUT_CHROMIUM,
    browser,
    chromium,
    faults,
    in_step,
    join_page,
    open_page,
    page_options,
    speak,
    until,
)
from tests.fakes.chaos_proxy import ChaosProxy
from tests.fakes.ports import free_port
from tests.fakes.room import RecordedCommands, served

pytestmark = pytest.mark.skipif(chromium() is None, reason=WITHOUT_CHROMIUM)

QUESTION = "What is a rainbow?"
REPLY = "A **rainbow** is light that was *bent*. It has seven colours."


SPOKEN_AND_WORD = """(() => {
    const [mark, word] = [".marks div", ".text strong"].map((which) => document.querySelector(which));
    return mark?.offsetWidth > 20 ? [mark, word].map((each) => each.getBoundingClientRect().toJSON()) : null;
})()"""
"""Where the mark of the spoken word is and where the bold word is, once a long word is marked."""

NO_RETRY = """() => {
    Math.random = () => 0.999;
    const later = window.setTimeout;
    window.setTimeout = (call, ms, ...rest) => (ms > 900 ? 0 : later(call, ms, ...rest));
}"""
"""From now on the page does not try again by itself: its pauses would be the longest, and never end."""


@pytest.fixture
async def chrome() -> AsyncIterator[Browser]:
    """A browser of this test's own."""
    async with browser() as running:
        yield running


def tell(server: RoomServer, turn: int = 1, reply: str = REPLY, heard: str | None = None) -> None:
    """A typed turn with its answer; interrupted where only ``heard`` of it was heard."""
    turn_id = TurnId(turn)
    server.publish(TranscriptReady(turn_id, 1.0, QUESTION, typed=True))
    server.publish(SpeechStarted(turn_id, 1.1, 1.1))
    server.publish(ReplyDelta(turn_id, 1.2, reply[:9]))
    server.publish(ReplyDelta(turn_id, 1.3, reply[9:]))
    server.publish(ReplyCompleted(turn_id, 1.4, reply))
    outcome = Outcome.COMPLETED if heard is None else Outcome.INTERRUPTED
    server.publish(TurnEnded(turn_id, 1.5, outcome, QUESTION, reply, reply if heard is None else heard))


async def test_who_joins_sees_the_conversation_so_far_and_what_comes(chrome: Browser) -> None:
    async with served(page_options()) as server:
        tell(server)
        page = await join_page(chrome, server)
        await expect(page.locator(".bubble")).to_have_text(QUESTION)
        await expect(page.locator(".text strong")).to_have_text("rainbow")
        tell(server, 2, "And *another* one.")
        await expect(page.locator(".text em").last).to_have_text("another")
        assert faults(page) == []


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


async def test_the_spoken_word_is_marked(chrome: Browser) -> None:
    async with served(page_options()) as server:
        page = await join_page(chrome, server)
        turn_id = TurnId(1)
        server.publish(TranscriptReady(turn_id, 1.0, QUESTION, typed=True))
        server.publish(ReplyDelta(turn_id, 1.2, REPLY))
        words = (SpokenWord("A", 0, 0, 1), SpokenWord("rainbow", 2_400, 4, 11))
        speak(server, 1, np.zeros(SPEECH_RATE_HZ, np.float32), SPEECH_RATE_HZ, words=words)
        marked, word = await until(page, SPOKEN_AND_WORD)
        assert abs(marked["x"] - word["x"]) < 2
        assert abs(marked["width"] - word["width"]) < 2
        mark = page.locator(".marks div")
        await expect(mark).to_have_count(0)


async def test_an_interrupted_answer_is_cut_where_it_was_heard(chrome: Browser) -> None:
    async with served(page_options()) as server:
        page = await join_page(chrome, server)
        tell(server, heard="A **rainbow** is light")
        await expect(page.get_by_text("What follows was not heard").first).to_be_visible()
        unheard = "".join(await page.locator(".unheard").all_text_contents())
        assert unheard == " that was bent. It has seven colours."


HOSTILE = """<img src=x onerror="document.title='owned'"> <script>document.title='owned'</script>
<iframe src="https://example.org"></iframe><style>body{display:none}</style>

![a picture](http://127.0.0.1:PORT/picture.png) [link](javascript:document.title='owned')
[good](https://example.org/page) <a href="https://example.org" onclick="document.title='owned'">raw</a>
"""


FORBIDDEN = ("img", "script", "iframe", "style", "[onclick]", "[onerror]", "a[href^=javascript]")


async def test_what_the_model_writes_can_do_nothing(chrome: Browser) -> None:
    async with served(page_options()) as server:
        page = await join_page(chrome, server)
        requests: list[str] = []
        page.on("request", lambda request: requests.append(request.url))
        tell(server, reply=HOSTILE.replace("PORT", str(server.port)))
        await expect(page.get_by_role("link", name="good")).to_be_visible()
        for forbidden in FORBIDDEN:
            assert await page.locator(f".text {forbidden}").count() == 0
        good = page.get_by_role("link", name="good")
        assert await good.get_attribute("rel") == "noopener noreferrer"
        assert await page.title() == "Aloud"
        assert requests == []
        assert faults(page) == []


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


async def test_questions_are_typed_and_sent_with_enter(chrome: Browser) -> None:
    async with served(page_options()) as server:
        commands = server.commands = RecordedCommands()
        page = await join_page(chrome, server, "typist")
        box = page.get_by_role("textbox")
        await box.fill("Wie spät ist es?")
        await box.press("Enter")
        await commands.made("ask", "Wie spät ist es?")
        await expect(box).to_have_value("")
        server.publish(TranscriptReady(TurnId(1), 1.0, "Wie spät ist es?", typed=True))
        server.publish(SpeechStarted(TurnId(1), 1.1, 1.1))
        await page.get_by_role("button", name="Stop").click()
        await commands.made("stop")
        commands.calls.clear()
        await page.keyboard.press("Escape")
        await commands.made("stop")


async def test_too_long_a_question_is_kept_and_said_to_be_too_long(chrome: Browser) -> None:
    async with served(page_options()) as server:
        page = await join_page(chrome, server, "typist")
        await page.get_by_role("textbox").fill("ü" * 1_100)
        await page.get_by_role("button", name="Send").click()
        await expect(page.get_by_text("too long")).to_be_visible()
        assert len(await page.get_by_role("textbox").input_value()) == 1_100


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


async def test_screen_readers_are_told_whole_sentences_only(chrome: Browser) -> None:
    async with served(page_options()) as server:
        page = await join_page(chrome, server)
        log = page.get_by_role("log").locator("p")
        server.publish(TranscriptReady(TurnId(1), 1.0, QUESTION, typed=True))
        server.publish(ReplyDelta(TurnId(1), 1.1, "It is **one**. And"))
        await expect(log).to_have_text([QUESTION, "It is one."])
        server.publish(ReplyDelta(TurnId(1), 1.2, " two"))
        server.publish(ReplyCompleted(TurnId(1), 1.3, "It is **one**. And two"))
        await expect(log).to_have_text([QUESTION, "It is one.", "And two"])


async def test_screen_readers_are_told_nothing_twice(chrome: Browser) -> None:
    async with served(page_options()) as server:
        page = await join_page(chrome, server)
        log = page.get_by_role("log").locator("p")
        for number in range(1, 6):
            tell(server, number, reply=f"Answer {number}.")
        await expect(log.last).to_have_text("Answer 5.")
        await log.evaluate_all("all => { for (const p of all) p.dataset.known = 'yes'; }")
        server.publish(TranscriptReady(TurnId(6), 1.0, "And?", typed=True))
        await expect(log.last).to_have_text("And?")
        new = await log.evaluate_all("all => all.filter((p) => !p.dataset.known).length")
        assert new == 1, "a screen reader reads every element that is new"


async def test_french_browsers_are_spoken_to_in_french(chrome: Browser) -> None:
    async with served(page_options()) as server:
        page = await (await chrome.new_context(locale="fr-CA")).new_page()
        await page.goto((await asyncio.to_thread(server.invite, "listener")).url)
        await page.get_by_role("button", name="Rejoindre").click()
        await expect(page.get_by_text("En phase")).to_be_visible()
        assert await page.locator("html").get_attribute("lang") == "fr"


WIDE = f"{'long' * 60} and\n\n| a | b |\n|-|-|\n| {'wide' * 40} | 2 |\n\n```\n{'x' * 200}\n```"
SCREENS = ((320, 560), (390, 844), (820, 1_180), (1_280, 800))


async def test_nothing_sticks_out_of_any_screen(chrome: Browser) -> None:
    async with served(page_options()) as server:
        page = await join_page(chrome, server, "owner")
        tell(server, reply=WIDE)
        await expect(page.locator(".reply")).to_be_visible()
        for width, height in SCREENS:
            await page.set_viewport_size({"width": width, "height": height})
            assert not await page.evaluate("document.documentElement.scrollWidth > innerWidth")
            await page.get_by_role("button", name="Settings").click()
            assert not await page.evaluate("document.documentElement.scrollWidth > innerWidth")
            await page.get_by_role("button", name="Close").click()


async def test_listening_works_where_the_page_is_not_secure(chrome: Browser) -> None:
    """As over plain HTTP in a local network: no AudioWorklet, no microphone."""
    async with served(page_options()) as server:
        page = await open_page(chrome, server, "talker")
        await page.add_init_script(
            "delete window.AudioWorkletNode;"
            "Object.defineProperty(window, 'isSecureContext', {value: false});"
            "Object.defineProperty(navigator, 'mediaDevices', {value: undefined});"
        )
        await page.reload()
        await page.get_by_role("button", name="Join").click()
        await in_step(page)
        await expect(page.get_by_text("https address")).to_be_visible()
        await expect(page.get_by_role("button", name="Hold to talk")).to_be_disabled()
        assert faults(page) == []


def test_the_whole_page_weighs_at_most_60_kilobytes() -> None:
    served_files = [path for path in PAGE.iterdir() if path.suffix != ".txt"]  # licences stay on the disk
    weights = {path.name: len(gzip.compress(path.read_bytes(), 9)) for path in served_files}
    assert weights["index.html"] > 0
    assert sum(weights.values()) <= 60_000, weights
