"""The two ticks when the microphone opens and closes."""

from pathlib import Path

import numpy as np
from pytestqt.qtbot import QtBot

from app.bridge import Bridge
from app.sounds import DONE, LISTEN, Sounds
from engine.audio.wav_file import WavFileSink
from engine.errors import SpeakerUnavailable
from engine.pcm import read_wav
from engine.ports import AudioSink
from engine.units import SPEECH_RATE_HZ
from tests.fakes.conversation import FakeConversation
from tests.gui.shell_world import Make, make

__all__ = ["make"]


class Played:
    """Speakers that write what they play into files."""

    def __init__(self, folder: Path) -> None:
        self.files: list[Path] = []
        self._folder = folder

    def __call__(self) -> AudioSink:
        self.files.append(self._folder / f"{len(self.files)}.wav")
        return WavFileSink(self.files[-1], real_time=False)


def test_the_microphone_opens_and_closes_with_a_sound(
    qtbot: QtBot, conversation: FakeConversation, tmp_path: Path
) -> None:
    bridge, played = Bridge(), Played(tmp_path)
    bridge.connect_to(conversation)
    sounds = Sounds(bridge, played, lambda: True)
    conversation.press()
    qtbot.waitUntil(lambda: len(played.files) == 1)
    conversation.release()
    qtbot.waitUntil(lambda: len(played.files) == 2)
    sounds.close()
    listen, done = (read_wav(path, SPEECH_RATE_HZ) for path in played.files)
    assert 0.1 < len(listen) / SPEECH_RATE_HZ < 0.5
    for heard in (listen, done):
        assert 0.05 < np.abs(heard).max() < 0.3  # heard, and soft
    assert rises(listen) and not rises(done)


def rises(samples: "np.ndarray[tuple[int], np.dtype[np.float32]]") -> bool:
    """Whether the second half of the sound is higher than the first."""
    middle = len(samples) // 2
    first, second = (np.count_nonzero(np.diff(np.sign(part))) for part in np.split(samples, [middle])[:2])
    return bool(second / (len(samples) - middle) > first / middle)


def test_no_sound_where_none_is_wanted(make: Make, conversation: FakeConversation, tmp_path: Path) -> None:
    bridge, played = Bridge(), Played(tmp_path)
    bridge.connect_to(conversation)
    sounds = Sounds(bridge, played, lambda: False)
    conversation.press()
    conversation.stop()
    sounds.close()
    assert played.files == []


def test_a_speaker_that_is_not_there_is_no_error(qtbot: QtBot, tmp_path: Path) -> None:
    played, tried = Played(tmp_path), []

    def broken_once() -> AudioSink:
        tried.append(1)
        if len(tried) == 1:
            raise SpeakerUnavailable("none")
        return played()

    sounds = Sounds(Bridge(), broken_once, lambda: True)
    sounds.play(LISTEN)
    qtbot.waitUntil(lambda: len(tried) == 1)
    sounds.play(DONE)
    qtbot.waitUntil(lambda: len(played.files) == 1)
    sounds.close()
