"""Tells a screen reader what happens: each state, and each sentence of an answer that is not spoken.

A sentence that Aloud itself speaks is not announced too: two voices at once help nobody.
"""

import re

from PySide6.QtCore import QObject
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QWidget

from app import errors
from app.bridge import Bridge
from engine.events import (
    Event,
    Failed,
    ListeningStarted,
    Outcome,
    ReplyCompleted,
    ReplyDelta,
    TranscriptReady,
    TurnEnded,
)

_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"')\]]*\s+|\n+")
_MARKS = re.compile(r"\*\*|__|`+|^#+\s*|!?\[|\]\([^)\s]*\)?", re.MULTILINE)


def sentences(text: str) -> tuple[list[str], str]:
    """The finished sentences of ``text`` without Markdown's marks, and the rest that is not finished."""
    pieces = _SENTENCE_END.split(text)
    plain = [_MARKS.sub("", piece).strip() for piece in pieces[:-1]]
    return [sentence for sentence in plain if sentence], pieces[-1]


class Announcer(QObject):
    """Follows the bridge and announces in the name of ``widget``; polite but for errors."""

    def __init__(self, bridge: Bridge, widget: QWidget) -> None:
        super().__init__(widget)
        self._bridge, self._widget = bridge, widget
        self._unsaid = ""
        bridge.told.connect(self._follow)

    def say(self, message: str, *, urgent: bool = False) -> None:
        """Announces ``message`` where a screen reader listens."""
        event = QAccessibleAnnouncementEvent(self._widget, message)
        level = QAccessible.AnnouncementPoliteness
        event.setPoliteness(level.Assertive if urgent else level.Polite)
        QAccessible.updateAccessibility(event)

    def _follow(self, event: Event) -> None:
        match event:
            case ListeningStarted():
                self.say(self.tr("Listening"))
            case TranscriptReady(typed=False):
                self._unsaid = ""
                self.say(self.tr("You asked: %s") % event.text)
            case TranscriptReady():
                self._unsaid = ""
            case ReplyDelta() if self._bridge.muted:
                finished, self._unsaid = sentences(self._unsaid + event.text)
                self._say_all(finished)
            case ReplyCompleted() if self._bridge.muted:
                self._say_all(sentences(self._unsaid + "\n")[0])
                self._unsaid = ""
            case TurnEnded(outcome=Outcome.INTERRUPTED):
                self.say(self.tr("Stopped"))
            case Failed():
                self.say(errors.told(event.error), urgent=True)
            case _:
                pass

    def _say_all(self, finished: list[str]) -> None:
        for sentence in finished:
            self.say(sentence)
