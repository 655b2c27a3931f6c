"""The page in real Chromium: turns that were taken back, another conversation, the voice switched off."""

import pytest
from playwright.async_api import Browser, expect

from engine.events import NO_TURN, Outcome, TranscriptReady, TurnEnded, VoiceMuted
from engine.turn import Turn, TurnState
from engine.units import TurnId
from tests.fakes.browser import WITHOUT_CHROMIUM, chromium, faults, join_page, page_options
from tests.fakes.room import served
from tests.integration.page_world import chrome

__all__ = ["chrome"]

pytestmark = pytest.mark.skipif(chromium() is None, reason=WITHOUT_CHROMIUM)


def ended(turn: int, question: str) -> Turn:
    return Turn(
        TurnId(turn), TurnState.ENDED, question=question, reply="Yes.", reply_complete=True,
        heard_text="Yes.", outcome=Outcome.COMPLETED,
    )  # fmt: skip


async def test_turns_that_were_taken_back_leave_the_page(chrome: Browser) -> None:
    async with served(page_options()) as server:
        page = await join_page(chrome, server)
        for turn, question in enumerate(("First question?", "Second question?"), 1):
            server.publish(TranscriptReady(TurnId(turn), 1.0, question, typed=True))
            server.publish(TurnEnded(TurnId(turn), 2.0, Outcome.COMPLETED, question, "Yes.", "Yes."))
        transcript = page.get_by_role("main")
        await expect(transcript.get_by_text("Second question?")).to_be_visible()
        server.replace([ended(1, "First question?")], None)
        await expect(transcript.get_by_text("Second question?")).to_have_count(0)
        await expect(transcript.get_by_text("First question?")).to_be_visible()
        server.replace([ended(3, "Another conversation?")], None)
        await expect(transcript.get_by_text("Another conversation?")).to_be_visible()
        await expect(transcript.get_by_text("First question?")).to_have_count(0)
        server.replace([], None)
        await expect(page.get_by_text("Nothing was said yet")).to_be_visible()
        assert faults(page) == []


async def test_the_voice_s_being_off_is_seen_between_turns(chrome: Browser) -> None:
    async with served(page_options()) as server:
        page = await join_page(chrome, server)
        off = page.get_by_text("The voice is off for everybody")
        server.publish(VoiceMuted(NO_TURN, 1.0, muted=True))
        await expect(off).to_be_visible()
        server.publish(VoiceMuted(NO_TURN, 2.0, muted=False))
        await expect(off).to_have_count(0)
