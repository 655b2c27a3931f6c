"""What the tests lean on: the network guard, the private home, the virtual card and the speech measures."""

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from engine.audio.devices import portaudio
from engine.units import HEARING_RATE_HZ
from tests import network_guard
from tests.recorded_speech import RecordedUtterance
from tests.speech_check import check_sound, transcribe, word_error_rate
from tests.terminal import Terminal
from tests.virtual_audio import VirtualAudio
from tests.watchdog import WATCHDOG_S


def tone(frequency_hz: float, duration_s: float, rate_hz: int) -> "np.typing.NDArray[np.float32]":
    times_s = np.arange(round(duration_s * rate_hz)) / rate_hz
    return (0.3 * np.sin(2 * np.pi * frequency_hz * times_s)).astype(np.float32)


def loudest_hz(samples: "np.typing.NDArray[np.float32]", rate_hz: int) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * rate_hz / len(samples))


def test_a_connection_beyond_this_machine_is_refused() -> None:
    with socket.socket() as opened, pytest.raises(network_guard.NetworkRefused):
        opened.connect(("192.0.2.1", 80))
    with pytest.raises(network_guard.NetworkRefused):
        socket.getaddrinfo("example.com", 80)
    assert network_guard.attempts == ["reach 192.0.2.1, port 80", "look up example.com"]
    network_guard.attempts.clear()


def test_loopback_is_not_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(("localhost", server.getsockname()[1])).close()
    assert not network_guard.attempts


def test_home_is_not_the_users(home: Path) -> None:
    assert os.environ["HOME"] == str(home)
    assert Path.home() == home


def test_a_daemon_thread_may_stay() -> None:
    threading.Thread(target=threading.Event().wait, daemon=True).start()


HANGING = """
import ctypes, pytest
def test_in_c(): ctypes.PyDLL(None).sleep(1_000)
def test_that_has_failed(goes_on_for_ever): assert False
@pytest.fixture
def goes_on_for_ever():
    yield
    while True: pass
"""

GUARDED = """
import pytest, sys
from tests import hang_guard
hang_guard.LONGEST_TEST_S = 0.5
alone = ["-p", "no:cacheprovider", "--noconftest", "-c", "/dev/null"]
sys.exit(pytest.main([*alone, *sys.argv[1:]], plugins=[hang_guard]))
"""


@pytest.mark.parametrize("hangs", ["test_in_c", "test_that_has_failed"])
def test_a_test_that_hangs_is_ended_with_its_stack(hangs: str, tmp_path: Path) -> None:
    (tmp_path / "test_hanging.py").write_text(HANGING)
    command = [sys.executable, "-c", GUARDED, str(tmp_path), "-k", hangs]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=WATCHDOG_S, check=False)
    assert ended.returncode == 1
    assert "Timeout" in ended.stderr and "test_hanging.py" in ended.stderr


def test_the_speaker_is_heard(virtual_audio: VirtualAudio) -> None:
    # Closing the stream drops what the card still holds, so the tone ends well before the stream does.
    spoken = np.concatenate([tone(440, 0.5, 24_000), np.zeros(12_000, np.float32)])
    with portaudio() as sounddevice, virtual_audio.record() as recording:
        sounddevice.play(spoken, 24_000, blocking=True, latency=0.3)
        heard = recording.stop(24_000)
    loud = np.flatnonzero(np.abs(heard) > 0.05)
    assert loudest_hz(heard[loud[0] : loud[-1]], 24_000) == pytest.approx(440, abs=3)
    # 89 of 100 samples of this tone are that loud; a pause that a busy machine makes counts for nothing.
    assert len(loud) / 24_000 == pytest.approx(0.5 * 0.893, abs=0.02)


def test_the_microphone_hears(virtual_audio: VirtualAudio) -> None:
    with (
        portaudio() as sounddevice,
        sounddevice.InputStream(16_000, channels=1, dtype="float32") as stream,
    ):
        virtual_audio.play(tone(660, 0.5, 16_000), 16_000)
        heard = np.concatenate([stream.read(1_600)[0][:, 0] for _ in range(15)])
    loud = np.flatnonzero(np.abs(heard) > 0.05)
    assert loudest_hz(heard[loud[0] : loud[-1]], 16_000) == pytest.approx(660, abs=3)


def test_recorded_speech_says_its_words(recorded_speech: tuple[RecordedUtterance, ...]) -> None:
    said = " ".join(utterance.text for utterance in recorded_speech)
    heard = " ".join(transcribe(utterance.samples, HEARING_RATE_HZ) for utterance in recorded_speech)
    assert word_error_rate(said, heard) < 0.1


def test_words_are_compared_without_case_and_punctuation() -> None:
    assert word_error_rate("It’s the café, isn't it?", "its the cafe isn't it") == pytest.approx(1 / 5)
    assert word_error_rate("one two", "ONE, two!") == 0


def test_natural_speech_has_no_clicks(recorded_speech: tuple[RecordedUtterance, ...]) -> None:
    for utterance in recorded_speech:
        assert check_sound(utterance.samples, HEARING_RATE_HZ).clicks == 0, utterance.name


def test_a_hole_in_a_tone_is_a_gap_between_two_clicks() -> None:
    holed = tone(440, 1.0, 24_000)
    holed[6_013:8_413] = 0
    measured = check_sound(holed, 24_000)
    assert measured.longest_gap_s == pytest.approx(0.1, abs=0.02)
    assert measured.clicks == 2
    assert (measured.begins_s, measured.ends_s) == (0.0, 1.0)


def test_clipping_is_counted() -> None:
    assert check_sound(np.clip(5 * tone(440, 1.0, 24_000), -1, 1), 24_000).clipped_samples > 10_000
    assert check_sound(tone(440, 1.0, 24_000), 24_000).clipped_samples == 0


def test_silence_measures_as_silence() -> None:
    assert check_sound(np.zeros(2_400, np.float32), 24_000).level_dbfs == -120.0
    assert check_sound(np.zeros(0, np.float32), 24_000).clicks == 0


@pytest.mark.skipif(sys.platform == "win32", reason="there are no ptys")
async def test_a_program_that_goes_on_without_its_terminal_is_not_waited_for_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with Terminal(["sh", "-c", f"exec sleep {WATCHDOG_S} <&- >&- 2>&-"]) as terminal:
        with pytest.raises(AssertionError, match="has ended"):
            await terminal.until(lambda screen: False)
        monkeypatch.setattr("tests.terminal.WAIT_S", 0.01)
        with pytest.raises(subprocess.TimeoutExpired):
            await terminal.end()
