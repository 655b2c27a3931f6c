"""The pill in each of its states, for ``app.screenshots``."""

import math
from collections.abc import Iterator

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from app.hud.pill import Pill
from app.presence import Doing
from app.theme import Theme

_SCENES = {
    "listening": (Doing.LISTENING, "and how much does each colour"),
    "latched": (Doing.LISTENING, "and how much does each colour"),
    "thinking": (Doing.THINKING, "and how much does each colour bend?"),
    "speaking": (Doing.SPEAKING, "red leaves the drop at about forty-two degrees, violet at about forty"),
    "quiet": (Doing.LISTENING, ""),
    "failed": (Doing.ERROR, "There is no microphone."),
}


def scenes(theme: Theme) -> Iterator[tuple[str, QWidget]]:
    """Each state as a name and a pill that shows it."""
    for name, (doing, text) in _SCENES.items():
        pill = Pill(theme)
        pill.tell(doing)
        pill.say(text)
        pill.set_hint("esc" if doing.live else "")
        if name == "latched":
            pill.set_note(QCoreApplication.translate("Hud", "Press again to ask"))
        if text:
            for step in range(20):
                level = -50 + 36 * abs(math.sin(step / 2.3)) * abs(math.sin(step / 7))
                pill.tell_level(level)
        pill.show_whole()
        yield f"hud-{name}", pill
