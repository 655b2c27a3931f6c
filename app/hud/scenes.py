"""The pill in each of its states, for ``app.screenshots``."""

import math
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QWidget

from app.hud.pill import Pill
from app.presence import Doing
from app.theme import Theme
from engine.wording import Wording


def _pill(doing: Doing, text: str, theme: Theme, place: Path, *, latched: bool = False) -> Pill:
    pill = Pill(theme)
    pill.tell(doing)
    pill.say(text)
    pill.set_hint(Wording("esc") if doing.live else "")
    if latched:
        pill.set_note(Wording("Press again to ask"))
    if text:
        for step in range(20):
            level = -50 + 36 * abs(math.sin(step / 2.3)) * abs(math.sin(step / 7))
            pill.tell_level(level)
    pill.show_whole()
    return pill


SCENES: dict[str, Callable[[Theme, Path], QWidget]] = {
    "hud-listening": partial(_pill, Doing.LISTENING, "and how much does each colour"),
    "hud-latched": partial(_pill, Doing.LISTENING, "and how much does each colour", latched=True),
    "hud-quiet": partial(_pill, Doing.LISTENING, ""),
    "hud-understanding": partial(_pill, Doing.UNDERSTANDING, ""),
    "hud-thinking": partial(_pill, Doing.THINKING, "and how much does each colour bend?"),
    "hud-speaking": partial(
        _pill, Doing.SPEAKING, "red leaves the drop at about forty-two degrees, violet at about forty"
    ),
    "hud-failed": partial(_pill, Doing.ERROR, Wording("There is no microphone.")),
}
