"""``aloud say "text"``: the voice alone."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from engine.audio.open import open_sink
from engine.audio.playout import Playout
from engine.build import choices, voice
from engine.bus import Bus
from engine.choices import VoiceChoice
from engine.errors import AloudError
from engine.events import SpeechFinished
from engine.headless import default_sink, read_settings, sound_trouble
from engine.ports import SpeakableWord
from engine.settings import Settings
from engine.speaking import Speaking
from engine.text import Speakable
from engine.units import TurnId
from engine.workers import host_on_thread


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds ``say``."""
    parser = commands.add_parser("say", help="speak a text (Markdown is made speakable)")
    parser.add_argument("text", help='the text, or "-" to read it from standard input')
    parser.add_argument("--out", type=Path, help="write the voice into this WAV file instead of the speaker")
    parser.add_argument("--voice", help="one of the voice engine's voices, or several joined by +")
    parser.add_argument("--speed", type=float, help="1.0 is natural; 0.5 to 2.0")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs ``say``."""
    text = sys.stdin.read() if args.text == "-" else args.text
    if not text.strip():
        raise AloudError("There is nothing to say.", 'Give it a text: aloud say "Hello."')
    if args.speed is not None and not 0.5 <= args.speed <= 2.0:
        raise AloudError(f"The speed {args.speed} is out of range.", "Choose one from 0.5 to 2.0.")
    settings, _ = read_settings()
    sink, path = default_sink(args.out)
    if args.out is None and (trouble := sound_trouble()) is not None:
        print(f"{trouble} {trouble.remedy}", file=sys.stderr)
    playout = Playout(sink or open_sink("device", settings.voice.output_device))
    chosen = choices(settings)
    choice = VoiceChoice(args.voice or chosen.voice.voice, args.speed or chosen.voice.speed)
    speakable = Speakable(chosen.language, choice.speakers)
    asyncio.run(_say([*speakable.feed(text), *speakable.end()], settings, playout, choice))
    if path is not None:
        print(f"The voice is in {path}.", file=sys.stderr)
    return 0


async def _say(
    words: Sequence[SpeakableWord], settings: Settings, playout: Playout, choice: VoiceChoice
) -> None:
    synthesizer = voice(settings, host_on_thread, Bus())
    synthesizer.start()
    speaking = Speaking(TurnId(1), synthesizer, playout, choice)
    speaking.say(words)
    speaking.end()
    made = asyncio.ensure_future(speaking.speak())
    try:
        while not any(isinstance(event, SpeechFinished) for event in playout.poll()):
            if made.done():
                made.result()
            await asyncio.sleep(0.01)
    finally:
        speaking.silence()
        made.cancel()  # it may still wait for the voice to be loaded
        await asyncio.gather(made, return_exceptions=True)
        playout.close()
        await synthesizer.close()
