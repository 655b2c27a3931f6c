"""``python -m tests.page_pictures FOLDER`` photographs the listeners' page in a real Chromium."""

import asyncio
import sys
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from playwright.async_api import Browser, Page

from engine.broadcast.messages import RoleName
from engine.broadcast.server import RoomServer
from engine.events import (
    Event,
    Outcome,
    ReplyCompleted,
    ReplyDelta,
    SpeechStarted,
    TranscriptReady,
    TurnEnded,
)
from engine.pcm import SpokenWord
from engine.units import SPEECH_RATE_HZ, TurnId
from tests.fakes.browser import browser, join_page, open_page, page_options, speak, until
from tests.fakes.room import served

SIZES: Final = {390: 844, 820: 1_180, 1_280: 800}
"""A phone, a tablet and a desktop, in CSS pixels."""

SHOWN: Final[tuple[tuple[str, int, Literal["light", "dark"]], ...]] = (
    ("door", 390, "dark"),
    ("door", 1_280, "light"),
    ("speaking", 390, "light"),
    ("speaking", 820, "light"),
    ("speaking", 1_280, "dark"),
    ("settings", 390, "dark"),
    ("settings", 1_280, "light"),
)

FIRST: Final = """A rainbow is sunlight, sorted by a drop of rain.

| colour | angle |
|---|---|
| red | 42° |
| violet | 40° |

> Every observer sees their own rainbow.

You can try it with `n = 1.33`:

```python
angle = 4 * asin(sin(x) / n) - 2 * x
```
"""
SECOND: Final = """A **double rainbow** appears when light reflects twice inside each drop. The second bow is
fainter, and its colours run the other way round.

The dark band between the two is called [Alexander's band](https://example.org)."""
THIRD: Final = """The Moon can make one too. A **moonbow** is so faint that most people see it as white, since
our eyes hardly see colour in the dark."""
HEARD: Final = "A **double rainbow** appears when light reflects twice"
MARKED: Final = "document.querySelector('.marks div')?.offsetWidth > 20"
MARKED_FOR_S: Final = 30.0


def asked(turn: int, question: str, reply: str, heard: str | None) -> list[Event]:
    """A turn up to its end, or to its being spoken where ``heard`` is None."""
    turn_id = TurnId(turn)
    told: list[Event] = [
        TranscriptReady(turn_id, 1.0, question),
        ReplyDelta(turn_id, 1.1, reply),
        ReplyCompleted(turn_id, 1.2, reply),
    ]
    if heard is None:
        return [*told, SpeechStarted(turn_id, 1.3, 1.3)]
    outcome = Outcome.COMPLETED if heard == reply else Outcome.INTERRUPTED
    return [*told, TurnEnded(turn_id, 1.4, outcome, question, reply, heard)]


def tell(server: RoomServer) -> None:
    """A conversation of three turns, of which the second was cut and the third is being spoken."""
    for event in (
        *asked(1, "Why is a rainbow round?", FIRST, FIRST),
        *asked(2, "And a double rainbow?", SECOND, HEARD),
        *asked(3, "What about the moon?", THIRD, None),
    ):
        server.publish(event)


def say_a_word(server: RoomServer) -> None:
    """From now on one word of the third answer is being heard."""
    at = THIRD.index("can")
    quiet = np.zeros(round(MARKED_FOR_S * SPEECH_RATE_HZ), np.float32)
    speak(server, 3, quiet, SPEECH_RATE_HZ, words=(SpokenWord("can", 0, at, at + len("can")),))


async def shown(chrome: Browser, server: RoomServer, scene: str, context: dict[str, Any]) -> Page:
    """The page in one of its states."""
    if scene == "door":
        return await open_page(chrome, server, **context)
    role: RoleName = "owner" if scene == "settings" else "talker"
    page = await join_page(chrome, server, role, **context)
    say_a_word(server)
    await until(page, MARKED)
    if scene == "settings":
        await page.get_by_role("button", name="Settings").click()
        await page.get_by_text("(You)").wait_for()
    return page


async def draw(folder: Path) -> None:
    """Writes all pictures into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    async with browser() as chrome:
        for scene, width, look in SHOWN:
            context = {
                "viewport": {"width": width, "height": SIZES[width]},
                "color_scheme": look,
                "reduced_motion": "reduce",
            }
            async with served(page_options()) as server:
                tell(server)
                page = await shown(chrome, server, scene, context)
                await page.screenshot(path=folder / f"page-{scene}-{width}-{look}.png")
                await page.context.close()


if __name__ == "__main__":
    asyncio.run(draw(Path(sys.argv[1])))
