"""A sentence spoken with the chosen voice, outside of any turn."""

import asyncio
import contextlib
from typing import Final

from engine.conversation import Conversation
from engine.events import SpeechFinished
from engine.speaking import Speaking
from engine.text import Speakable
from engine.workers import Cancelled

POLL_EVERY_S: Final = 0.03
SAMPLE: Final = "Hello! This is how I sound when I read an answer to you."
"""In English, which every voice speaks."""


async def say(conversation: Conversation, text: str) -> None:
    """Speaks ``text`` and returns once it was heard; a turn that begins meanwhile silences it.

    Used on the conversation's loop; whatever goes on there is stopped first. Raises an ``AloudError``
    where there is no voice or no speaker.
    """
    conversation.stop()
    playout, choices = conversation.playout, conversation.choices
    turn_id = conversation.turns.next_id()
    speaking = Speaking(turn_id, conversation.voice, playout, choices.voice, tapped=False)
    speakable = Speakable(language=choices.language)
    speaking.say([*speakable.feed(text), *speakable.end()])
    speaking.end()
    made = asyncio.ensure_future(speaking.speak())
    try:
        while not (speaking.cancelled or conversation.busy):
            if made.done():
                made.result()
            if any(isinstance(event, SpeechFinished) for event in playout.poll()):
                return
            await asyncio.sleep(POLL_EVERY_S)
    finally:
        speaking.silence()
        made.cancel()
        with contextlib.suppress(Cancelled, asyncio.CancelledError):
            await made
