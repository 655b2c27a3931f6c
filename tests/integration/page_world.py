"""A browser for the page, and a turn for it to show."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from engine.broadcast.server import RoomServer
from engine.events import Outcome, ReplyCompleted, ReplyDelta, SpeechStarted, TranscriptReady, TurnEnded
from engine.units import TurnId
from tests.fakes.browser import browser

QUESTION = "What is a rainbow?"
REPLY = "A **rainbow** is light that was *bent*. It has seven colours."


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
