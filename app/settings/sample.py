"""A sentence spoken with the chosen voice, outside of any turn."""

import asyncio
from typing import Final

from engine.conversation import Conversation
from engine.speaking import Speaking
from engine.text import Speakable

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
    speakers = choices.voice.speakers
    speakable = Speakable(choices.language, speakers)
    if speakers > 1:  # each of them says it
        text = "\n".join(f"S{number}: {text}" for number in range(1, speakers + 1))
    speaking.say([*speakable.feed(text), *speakable.end()])
    speaking.end()
    heard = asyncio.ensure_future(speaking.be_heard(lambda event: None))
    try:
        while not (heard.done() or conversation.busy):
            await asyncio.wait([heard], timeout=POLL_EVERY_S)
    finally:
        speaking.silence()
        conversation.tend()
        await heard
