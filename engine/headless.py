"""A conversation without a screen: settings, devices and a conversation, opened and closed together."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from pathlib import Path

from engine.audio.devices import inputs, outputs
from engine.audio.null import NullSource
from engine.audio.wav_file import WavFileSink
from engine.build import build
from engine.conversation import Conversation
from engine.errors import AloudError, SettingsError
from engine.events import NO_TURN, Failed
from engine.history import History, Recorder
from engine.metrics import Metrics
from engine.paths import history_file, settings_file
from engine.ports import AudioSink, AudioSource
from engine.settings import Settings, load


def read_settings() -> tuple[Settings, list[SettingsError]]:
    """The settings of this machine's user, and what is wrong with their file."""
    return load(settings_file())


def default_sink(wav: Path | None) -> tuple[AudioSink | None, Path | None]:
    """The stand-in for a speaker, if one is wanted or needed, and the file that it writes.

    (None, None) where there is a speaker and no ``wav`` is asked for.
    """
    if wav is None and outputs():
        return None, None
    path = wav or Path("aloud-reply.wav")
    return WavFileSink(path, real_time=False), path


def default_source() -> AudioSource | None:
    """The stand-in for a microphone where there is none, or None where there is one."""
    return None if inputs() else NullSource()


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
