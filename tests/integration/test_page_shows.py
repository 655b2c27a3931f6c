"""The page in real Chromium: what it shows, what it sends, and how it fits a screen."""

import asyncio
import gzip

import numpy as np
import pytest
from playwright.async_api import Browser, expect

from engine.events import ReplyCompleted, ReplyDelta, SpeechStarted, TranscriptReady
from engine.pcm import SpokenWord
from engine.units import SPEECH_RATE_HZ, TurnId
from tests.fakes.browser import (
    PAGE,
    WITHOUT_CHROMIUM,
    chromium,
    faults,
    in_step,
    join_page,
    open_page,
    page_options,
    speak,
    until,
)
from tests.fakes.room import RecordedCommands, served
from tests.integration.page_world import QUESTION, REPLY, chrome, tell

__all__ = ["chrome"]

pytestmark = pytest.mark.skipif(chromium() is None, reason=WITHOUT_CHROMIUM)


SPOKEN_AND_WORD = """(() => {
    const [mark, word] = [".marks div", ".text strong"].map((which) => document.querySelector(which));
    return mark?.offsetWidth > 20 ? [mark, word].map((each) => each.getBoundingClientRect().toJSON()) : null;
})()"""
"""Where the mark of the spoken word is and where the bold word is, once a long word is marked."""


async def test_who_joins_sees_the_conversation_so_far_and_what_comes(chrome: Browser) -> None:
    async with served(page_options()) as server:
        tell(server)
        page = await join_page(chrome, server)
        await expect(page.locator(".bubble")).to_have_text(QUESTION)
        await expect(page.locator(".text strong")).to_have_text("rainbow")
        tell(server, 2, "And *another* one.")
        await expect(page.locator(".text em").last).to_have_text("another")
        assert faults(page) == []


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
