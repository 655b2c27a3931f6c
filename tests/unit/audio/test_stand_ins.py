"""The null and WAV-file devices: they keep a speaker's time, and what they write is what was heard."""

import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.audio.null import NullSink
from engine.audio.open import open_sink, open_source
from engine.audio.paced import BLOCK_SAMPLES
from engine.audio.ring import FLUSH_FADE_S, GAP_FADE_S
from engine.audio.wav_file import WavFileSink, WavFileSource
from engine.errors import DeviceLost, DiskFull, MicrophoneUnavailable, SettingsError, SpeakerUnavailable
from engine.pcm import Pcm, read_wav, write_wav
from engine.units import HEARING_RATE_HZ, SPEECH_RATE_HZ
from tests.fakes.clock import StillClock

TAIL = round(GAP_FADE_S * SPEECH_RATE_HZ)


def sound(seconds: float) -> Pcm:
    return np.linspace(0.1, 0.9, round(seconds * SPEECH_RATE_HZ), dtype=np.float32)


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("write"), st.integers(0, 20_000)),
            st.tuples(st.just("wait"), st.integers(0, 1_000)),
            st.sampled_from([("finish", 0), ("flush", 0)]),
        ),
        max_size=30,
    )
)
def test_the_position_never_goes_back_nor_beyond_what_was_written(operations: list[tuple[str, int]]) -> None:
    clock = StillClock()
    sink = NullSink(clock=clock, keep=True, capacity_samples=1 << 15)
    sink.start()
    written, position, finished, cut = 0, 0, False, None
    for name, count in operations:
        if name == "write":
            taken = sink.write(np.full(count, 0.5, np.float32))
            assert taken <= count if cut is None else taken == 0
            written += taken
        elif name == "wait":
            clock.go(count / 1000)
        elif name == "finish":
            finished = True
            sink.finish()
        else:
            cut = sink.flush()
            assert position <= cut <= written
        assert position <= sink.position_samples() <= (written if cut is None else cut)
        position = sink.position_samples()
        assert sink.drained() == (finished and position == (written if cut is None else cut))
    clock.go(100)
    assert sink.position_samples() == (written if cut is None else cut)


@pytest.fixture
def wav(tmp_path: Path) -> Path:
    return tmp_path / "heard.wav"


def test_a_file_holds_replies_as_fast_as_they_are_made(wav: Path) -> None:
    sink = WavFileSink(wav)
    sink.open()
    whole = sound(30.0)
    for reply in (whole, whole[::-1]):
        sink.start()
        for start in range(0, len(reply), 1_920):
            assert sink.write(reply[start : start + 1_920]) == len(reply[start : start + 1_920])
        sink.finish()
        assert sink.drained()
        assert sink.underruns() == 0
    sink.close()
    written = read_wav(wav, SPEECH_RATE_HZ)
    assert len(written) == 2 * len(whole)
    assert np.allclose(written[: len(whole) - TAIL], whole[:-TAIL], atol=1e-4)
    assert np.allclose(written[len(whole) : -TAIL], whole[::-1][:-TAIL], atol=1e-4)


def test_a_file_holds_the_gaps_that_would_be_heard(wav: Path) -> None:
    clock = StillClock()
    sink = WavFileSink(wav, real_time=True, clock=clock)
    sink.open()
    sink.start()
    piece = np.full(4_900, 0.5, np.float32)
    sink.write(piece)
    clock.go(0.7)
    sink.write(piece)
    sink.finish()
    clock.go(0.5)
    assert sink.drained()
    sink.close()
    written = read_wav(wav, SPEECH_RATE_HZ)
    block = round(0.7 * SPEECH_RATE_HZ) // BLOCK_SAMPLES + 1  # the first that the second piece can be in
    assert len(written) == block * BLOCK_SAMPLES + len(piece)
    assert np.all(written[: len(piece) - TAIL] > 0.49)
    assert not np.any(written[len(piece) : block * BLOCK_SAMPLES])
    assert np.all(written[block * BLOCK_SAMPLES + TAIL : -TAIL] > 0.49)


def test_a_file_ends_where_a_reply_was_flushed(wav: Path) -> None:
    clock = StillClock()
    sink = WavFileSink(wav, real_time=True, clock=clock)
    sink.open()
    sink.start()
    sink.write(sound(2.0))
    clock.go(1.0)
    cut = sink.flush()
    clock.go(1.0)
    sink.position_samples()
    sink.close()
    written = read_wav(wav, SPEECH_RATE_HZ)
    fade = round(FLUSH_FADE_S * SPEECH_RATE_HZ)
    assert len(written) == cut <= SPEECH_RATE_HZ + 2 * BLOCK_SAMPLES + fade
    assert np.allclose(written[: cut - fade], sound(2.0)[: cut - fade], atol=1e-4)
    assert written[-1] == 0


def test_a_file_without_any_sound_is_a_wav_file_all_the_same(wav: Path) -> None:
    sink = WavFileSink(wav)
    sink.open()
    sink.close()
    with wave.open(str(wav)) as file:
        assert (file.getnframes(), file.getframerate()) == (0, SPEECH_RATE_HZ)


def test_a_file_that_can_not_be_made_is_told(tmp_path: Path) -> None:
    with pytest.raises(SpeakerUnavailable) as raised:
        WavFileSink(tmp_path / "missing" / "heard.wav").open()
    assert raised.value.remedy


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full is a Linux thing")
def test_a_full_disk_is_told() -> None:
    sink = WavFileSink(Path("/dev/full"))
    try:
        with pytest.raises((DiskFull, DeviceLost)) as raised:
            sink.open()
            sink.start()
            for _ in range(100):
                sink.write(sound(1.0))
        assert isinstance(raised.value, DiskFull)
    finally:
        sink.close()


def test_a_file_speaks_into_the_microphone_and_then_falls_silent(wav: Path) -> None:
    said = np.linspace(-0.5, 0.5, HEARING_RATE_HZ, dtype=np.float32)
    write_wav(wav, said, HEARING_RATE_HZ)
    clock = StillClock()
    source = WavFileSource(wav, clock=clock)
    source.open()
    clock.go(0.75)
    assert np.allclose(source.read(), said[:12_000], atol=1e-4)
    assert not source.finished
    clock.go(0.75)
    rest = source.read()
    assert np.allclose(rest[:4_000], said[12_000:], atol=1e-4)
    assert not np.any(rest[4_000:])
    assert len(rest) == 12_000
    assert source.finished


def test_another_file_speaks_when_it_is_wanted(wav: Path) -> None:
    write_wav(wav, np.full(1_600, 0.5, np.float32), HEARING_RATE_HZ)
    clock = StillClock()
    source = WavFileSource(None, clock=clock)
    source.open()
    clock.go(1.0)
    assert not np.any(source.read())
    clock.go(1.0)
    source.play(wav)
    clock.go(0.2)
    heard = source.read()
    assert np.flatnonzero(heard).tolist() == list(range(1_600))


def test_a_file_wanted_while_closed_is_said_once_the_source_opens(wav: Path) -> None:
    write_wav(wav, np.full(1_600, 0.5, np.float32), HEARING_RATE_HZ)
    clock = StillClock()
    source = WavFileSource(None, clock=clock)
    source.play(wav)
    assert not source.finished
    heard = []
    for _ in range(2):
        source.open()
        clock.go(0.2)
        heard.append(np.count_nonzero(source.read()))
        source.close()
    assert heard == [1_600, 0]
    assert source.finished


@pytest.mark.parametrize("content", [b"", b"not a WAV file at all", b"RIFF\x10\0\0\0WAVEfmt "])
def test_what_is_no_wav_file_is_told(wav: Path, content: bytes) -> None:
    wav.write_bytes(content)
    with pytest.raises(MicrophoneUnavailable) as raised:
        WavFileSource(wav)
    assert raised.value.remedy


def test_devices_are_chosen_by_a_word(wav: Path) -> None:
    write_wav(wav, sound(0.1), SPEECH_RATE_HZ)
    made = [open_sink("null"), open_sink(f"wav:{wav}"), open_sink("device", "USB")]
    assert [type(sink).__name__ for sink in made] == ["NullSink", "WavFileSink", "DeviceSink"]
    heard = [open_source("null"), open_source(f"wav:{wav}"), open_source("device", "USB")]
    assert [type(source).__name__ for source in heard] == ["NullSource", "WavFileSource", "BackgroundSource"]
    for choose in (open_sink, open_source):
        with pytest.raises(SettingsError) as raised:
            choose("loud")
        assert raised.value.remedy
