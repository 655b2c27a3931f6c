"""A conversation without a screen: settings, devices and a conversation, opened and closed together."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from pathlib import Path

from engine.audio.devices import Device, inputs, outputs
from engine.audio.null import NullSource
from engine.audio.wav_file import WavFileSink
from engine.build import build
from engine.conversation import Conversation
from engine.errors import AloudError, DeviceError, SettingsError
from engine.events import NO_TURN, Failed
from engine.history import History, Recorder
from engine.metrics import Metrics
from engine.paths import history_file, settings_file
from engine.ports import AudioSink, AudioSource
from engine.settings import Settings, load


def read_settings() -> tuple[Settings, list[SettingsError]]:
    """The settings of this machine's user, and what is wrong with their file."""
    return load(settings_file())


def sound_trouble() -> DeviceError | None:
    """Why the sound devices can't be listed, with what mends it; None where they can."""
    try:
        outputs()
    except DeviceError as error:
        return error
    return None


def default_sink(wav: Path | None) -> tuple[AudioSink | None, Path | None]:
    """The stand-in for a speaker, if one is wanted or needed, and the file that it writes.

    (None, None) where there is a speaker and no ``wav`` is asked for.
    """
    if wav is None and _any(outputs):
        return None, None
    path = wav or Path("aloud-reply.wav")
    return WavFileSink(path, real_time=False), path


def default_source() -> AudioSource | None:
    """The stand-in for a microphone where there is none, or None where there is one."""
    return None if _any(inputs) else NullSource()


def _any(devices: Callable[[], list[Device]]) -> bool:
    """Whether there are devices that can be used; ``sound_trouble`` tells why there are none."""
    try:
        return bool(devices())
    except DeviceError:
        return False


@asynccontextmanager
async def conversation(
    settings: Settings, *, sink: AudioSink | None = None, source: AudioSource | None = None
) -> AsyncIterator[Conversation]:
    """A conversation that has started; closed, with its threads and devices, on the way out.

    Its turns are kept in the history, where the settings want one.
    """
    running = build(settings, sink=sink, source=source)
    metrics = Metrics()
    running.bus.subscribe(metrics)
    with _recorded(running, metrics) if settings.privacy.history else nullcontext():
        running.start()
        try:
            yield running
        finally:
            await running.close()


@contextmanager
def _recorded(running: Conversation, metrics: Metrics) -> Iterator[None]:
    loop = asyncio.get_running_loop()

    def tell(error: AloudError) -> None:
        running.bus.publish(Failed(NO_TURN, running.now_s(), error))

    try:
        history = History(history_file())
    except AloudError as error:
        loop.call_soon(tell, error)  # once somebody listens
        yield
        return

    def report(error: AloudError) -> None:
        loop.call_soon_threadsafe(tell, error)

    recorder = Recorder(history, timings_of=metrics.seconds_of, report=report)
    undo = running.bus.subscribe(recorder)
    try:
        yield
    finally:
        undo()
        recorder.close()
        history.close()
