"""The one place where a sound device is chosen by a word: "device", "null" or "wav:PATH"."""

from pathlib import Path
from typing import Final

from engine.audio.background import BackgroundSource
from engine.audio.device_sink import DeviceSink
from engine.audio.device_source import DeviceSource
from engine.audio.null import NullSink, NullSource
from engine.audio.wav_file import WavFileSink, WavFileSource
from engine.errors import SettingsError
from engine.ports import AudioSink, AudioSource

WAV_PREFIX: Final = "wav:"
CHOICES: Final = 'Choose "device", "null" or "wav:PATH".'


def open_sink(choice: str, device: str = "", *, real_time: bool = True) -> AudioSink:
    """The sink that ``choice`` names, not opened yet. Raises ``SettingsError`` for any other word.

    ``device``: for "device", which one ("" for the default). ``real_time``: for a WAV file, whether
    it is written at a speaker's pace or as fast as the sound is made.
    """
    if choice == "device":
        return DeviceSink(device or None)
    if choice == "null":
        return NullSink()
    if choice.startswith(WAV_PREFIX):
        return WavFileSink(Path(choice.removeprefix(WAV_PREFIX)), real_time=real_time)
    raise SettingsError('There is no speaker of the kind "{choice}".', CHOICES, choice=choice)


def open_source(choice: str, device: str = "", *, avoid_bluetooth: bool = True) -> AudioSource:
    """The source that ``choice`` names, not opened yet. Raises ``SettingsError`` for any other word.

    A device opens in the background: the key goes down on a thread that must not wait for it.
    ``device``: for "device", which one ("" for the default). Raises ``MicrophoneUnavailable`` for a
    WAV file that can't be read.
    """
    if choice == "device":
        return BackgroundSource(DeviceSource(device or None, avoid_bluetooth=avoid_bluetooth))
    if choice == "null":
        return NullSource()
    if choice.startswith(WAV_PREFIX):
        return WavFileSource(Path(choice.removeprefix(WAV_PREFIX)))
    raise SettingsError('There is no microphone of the kind "{choice}".', CHOICES, choice=choice)
