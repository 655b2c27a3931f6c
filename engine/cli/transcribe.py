"""``aloud transcribe FILE``: a recording as text."""

import argparse
import asyncio
import wave
from pathlib import Path

from engine.audio.speech_detector import SpeechDetector
from engine.build import ears
from engine.bus import Bus
from engine.errors import AloudError
from engine.headless import read_settings
from engine.pcm import Pcm, read_wav
from engine.ports import Transcriber
from engine.settings import Settings
from engine.stt.live import LiveTranscript
from engine.supervise import Supervisor
from engine.units import HEARING_RATE_HZ
from engine.workers import host_on_thread

BLOCK_SAMPLES = HEARING_RATE_HZ // 50


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds ``transcribe``."""
    parser = commands.add_parser("transcribe", help="write down what a WAV file says")
    parser.add_argument("file", type=Path)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs ``transcribe``."""
    try:
        samples = read_wav(args.file, HEARING_RATE_HZ)
    except FileNotFoundError as error:
        raise AloudError(f"There is no file {args.file}.", "Give the path of a WAV file.") from error
    except (OSError, EOFError, KeyError, wave.Error) as error:
        raise AloudError(
            f"{args.file} can't be read: {error}.", "Give a WAV file of whole-number PCM."
        ) from error
    settings, _ = read_settings()
    print(asyncio.run(_transcribe(samples, settings)))
    return 0


async def _transcribe(samples: Pcm, settings: Settings) -> str:
    """Cut at its pauses as a live utterance would be, so that an hour of speech needs no hour of memory."""
    recogniser = ears(settings, host_on_thread, Bus())
    recogniser.start()
    live, detector = LiveTranscript(), SpeechDetector()
    for start in range(0, len(samples), BLOCK_SAMPLES):
        block = samples[start : start + BLOCK_SAMPLES]
        detector.feed(block)
        live.add(block, detector.speaking, detector.last_speech_end_samples)
    live.release()
    try:
        while (job := live.final_job()) is not None:
            live.done(job, await _piece(recogniser, job.samples), 0.0)
        return live.final_text
    finally:
        await recogniser.close()


async def _piece(recogniser: Supervisor[Transcriber], samples: Pcm) -> str:
    return await recogniser.call(lambda ears: ears.transcribe(samples))
