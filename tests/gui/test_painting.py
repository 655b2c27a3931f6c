"""What is on the screen while an answer grows is what painting everything anew would put there."""

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.theme import Theme
from app.transcript.view import Transcript
from engine.events import Outcome, ReplyDelta, SpeechStarted, TranscriptReady, TurnEnded, WordSpoken
from engine.pcm import SpokenWord
from engine.units import TurnId
from tests.gui.test_prose import TEXT

WORDS = "Light enters a drop of rain and bends, because it is slower in water than in air. " * 4
MARKS = (
    "It **bends** in *water*, see `n = 1.33` and [more](https://example.org).\n\n"
    "- **Red** bends\n- Violet `most`\n\n"
)
FUNCTIONS = "".join(f"def bend_{number}(angle):\n    return angle\n" for number in range(12))
CODE = f"```python\n{FUNCTIONS}```\n\n"
LONG_LINE = "```\nx = 1\n" + "y = 2; " * 40 + "\nz = 3\n```\n\nThe end."


class Screen:
    """A transcript alone in a window, whose pixels can be compared with a painting from nothing."""

    def __init__(self, qtbot: QtBot, theme: Theme) -> None:
        self.transcript = Transcript(theme)
        qtbot.addWidget(self.transcript)
        self.transcript.resize(620, 420)
        self.transcript.show()
        qtbot.waitExposed(self.transcript)
        self.last_id = 0

    def ask(self) -> TurnId:
        self.last_id += 1
        self.transcript.tell(TranscriptReady(TurnId(self.last_id), 0.0, "Why?", typed=True))
        return TurnId(self.last_id)

    def write(self, turn_id: TurnId, text: str) -> None:
        self.transcript.tell(ReplyDelta(turn_id, 0.0, text))
        self.transcript.turns[-1].answer.flush()

    def end(self, turn_id: TurnId, reply: str) -> None:
        self.transcript.tell(TurnEnded(turn_id, 0.0, Outcome.COMPLETED, "Why?", reply, reply))

    def assert_whole(self) -> None:
        QApplication.processEvents()
        shown = pixels(self.transcript.screen().grabWindow(self.transcript.winId()))
        anew = pixels(self.transcript.grab())
        # The arc of a plate whose height is another may be rounded otherwise, by one of 256 steps.
        assert np.abs(shown - anew).max() <= 1


def pixels(picture: QPixmap) -> "np.ndarray[tuple[int, ...], np.dtype[np.int16]]":
    image = picture.toImage().convertToFormat(QImage.Format.Format_RGB32)
    return np.frombuffer(image.constBits(), np.uint8).astype(np.int16)


@pytest.fixture
def screen(qtbot: QtBot, theme: Theme) -> Screen:
    return Screen(qtbot, theme)


@pytest.mark.parametrize("text", [WORDS, MARKS * 3, TEXT, CODE + WORDS, LONG_LINE], ids=range(5))
@pytest.mark.parametrize("size", [7, 40])
def test_an_answer_that_grows_is_painted_as_it_is(screen: Screen, text: str, size: int) -> None:
    turn_id = screen.ask()
    screen.transcript.turns[-1]._stop_waiting()  # its dots move, and are another picture each time
    for start in range(0, len(text), size):
        screen.write(turn_id, text[start : start + size])
        screen.assert_whole()
    screen.end(turn_id, text)
    screen.assert_whole()


def test_it_is_painted_as_it_is_wherever_the_reader_has_scrolled(screen: Screen) -> None:
    for _ in range(3):
        turn_id = screen.ask()
        screen.write(turn_id, MARKS + CODE)
        screen.end(turn_id, MARKS + CODE)
    turn_id = screen.ask()
    text = MARKS * 6 + CODE + WORDS
    bar = screen.transcript.verticalScrollBar()
    for start in range(0, len(text), 30):
        screen.write(turn_id, text[start : start + 30])
        screen.assert_whole()
        if start == 300:
            bar.setValue(bar.value() - 150)
        if start == 600:
            screen.transcript.follow()
        if start == 900:
            screen.transcript.resize(560, 400)
    assert bar.value() == bar.maximum() > 0


def test_the_spoken_word_is_painted_where_it_is_and_nowhere_else(screen: Screen) -> None:
    turn_id = screen.ask()
    screen.transcript.tell(SpeechStarted(turn_id, 0.0, 0.0))
    for start in range(0, len(WORDS), 30):
        screen.write(turn_id, WORDS[start : start + 30])
        word = SpokenWord("", 0, max(0, start - 30), max(0, start - 30) + 5)
        screen.transcript.tell(WordSpoken(turn_id, 0.0, word))
        screen.assert_whole()
