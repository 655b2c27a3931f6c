"""Time to first audio of the voice loop, beside the naive loop that does one thing after another.

``python -m benchmarks.turn [--turns N] [--json]``: recorded human speech is played in real time into
a WAV microphone, the key is released ``--release-after-ms`` after its end, and the embedded trio
(Moonshine, SmolLM2, hibari) answers into a null speaker that keeps real time. Both loops run in
turns on the same utterances in this one process, each with a language model server of its own so
that neither spoils the other's prompt cache, in conversations of six turns so that history grows.

TTFA is from the key's release to the first audible sample, leading silence included. The overhead is
TTFA minus the models' own time after the release: the recogniser's compute, the language model from its
request to the delta that completed the first words spoken, and the synthesizer from those words to its
first piece of sound. What the models did before the release costs nobody a wait and counts as nothing.
The naive loop gets TTFA for free beyond its models: its sound counts as heard the moment its first
sentence is synthesized.
"""

import argparse
import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, fields
from itertools import cycle, islice
from typing import TypeVar

from benchmarks.machine import print_machine
from benchmarks.naive_turn import NaiveLoop
from benchmarks.timed_backends import SpeechSource, TimedBrain, TimedEars, TimedVoice, TurnClock
from engine.audio.capture import Capture
from engine.audio.null import NullSink
from engine.audio.playout import Playout
from engine.audio.speech_detector import SpeechDetector
from engine.bus import Bus
from engine.choices import Choices
from engine.conversation import Conversation
from engine.events import Event, Port, SpeechStarted, TranscriptReady, TurnEnded, UtteranceCaptured
from engine.llm.embedded import EmbeddedModel
from engine.llm.foreseeing import Foreseeing
from engine.ports import LanguageModel, Progress, Synthesizer, Transcriber
from engine.stt.moonshine import MoonshineTranscriber
from engine.supervise import Supervisor
from engine.tts.hibari import HibariSynthesizer
from engine.units import HEARING_RATE_HZ, SPEECH_RATE_HZ
from engine.workers import Worker, host_on_thread
from tests.recorded_speech import RecordedUtterance, recorded_utterances

Made = TypeVar("Made")
Told = TypeVar("Told", bound=Event)

SYSTEM_PROMPT = "You are a friendly voice assistant. Answer in one short sentence."
LONGEST_REPLY_TOKENS = 40
TURNS_A_CONVERSATION = 6
TURN_LIMIT_S = 120.0


@dataclass(frozen=True, slots=True)
class TurnFigures:
    """One turn of ours, in milliseconds."""

    ttfa_ms: float
    naive_ttfa_ms: float
    transcript_ms: float
    stt_ms: float
    ttft_ms: float
    writing_ms: float
    first_frame_ms: float
    overhead_ms: float


class Bench:
    """Our loop and the naive one, each over models of its own."""

    def __init__(self, release_after_s: float) -> None:
        self.clock = TurnClock()
        self.synthesis_s = self.spoken_s = 0.0
        self._source = SpeechSource()
        self._release_after_s = release_after_s
        self._talk = Conversation(
            Capture(self._source, SpeechDetector(), keep_open_s=3600.0),
            _supervised(Port.TRANSCRIBER, lambda: TimedEars(_ears(), self.clock)),
            _supervised(Port.LANGUAGE_MODEL, lambda: Foreseeing(TimedBrain(_brain(), self.clock)), _close),
            _supervised(Port.SYNTHESIZER, lambda: TimedVoice(_voice(), self.clock)),
            Playout(NullSink()),
            Bus(),
            Choices(system_prompt=SYSTEM_PROMPT),
        )
        self._naive_ears = _supervised(Port.TRANSCRIBER, _ears)
        self._naive_voice = _supervised(Port.SYNTHESIZER, _voice)
        self._naive_brain = _supervised(Port.LANGUAGE_MODEL, _brain, _close)

    async def run(self, utterances: Sequence[RecordedUtterance]) -> list[TurnFigures]:
        """All turns, ours and naive in alternation."""
        talk, mine = self._talk, (self._naive_ears, self._naive_voice, self._naive_brain)
        talk.start()
        for backend in mine:
            backend.start()
        for backend in (talk.ears, talk.brain, talk.voice, *mine):
            await backend.worker()
        naive_brain = await self._naive_brain.call(lambda brain: brain)
        naive = NaiveLoop(self._naive_ears, naive_brain, self._naive_voice, SYSTEM_PROMPT)
        figures: list[TurnFigures] = []
        for number, utterance in enumerate(utterances):
            if number % TURNS_A_CONVERSATION == 0:
                talk.resume(())
                naive.forget()
            events = await self._turn(utterance)
            naive_s = await asyncio.wait_for(naive.turn(utterance.samples), TURN_LIMIT_S)
            figures.append(self._figures(events, naive_s))
            print(f"turn {number + 1:2d} {utterance.name:14s} {figures[-1]}")
        for backend in mine:
            await backend.close()
        await talk.close()
        return figures

    async def _turn(self, utterance: RecordedUtterance) -> list[Event]:
        """Says ``utterance`` while the key is held; what the bus told until the turn's end."""
        self.clock.clear()
        told: list[Event] = []
        ended = asyncio.Event()
        undo = self._talk.bus.subscribe(told.append)
        undo_end = self._talk.bus.subscribe(
            lambda event: ended.set() if isinstance(event, TurnEnded) else None
        )
        self._source.say(utterance.samples)
        self._talk.press()
        await asyncio.sleep(len(utterance.samples) / HEARING_RATE_HZ + self._release_after_s)
        self._talk.release()
        await asyncio.wait_for(ended.wait(), TURN_LIMIT_S)
        undo()
        undo_end()
        return told

    def _figures(self, told: Sequence[Event], naive_s: float) -> TurnFigures:
        clock = self.clock
        released_at_s = _one(told, UtteranceCaptured).released_at_s
        ttfa_s = _one(told, SpeechStarted).at_s - released_at_s
        stt_s = clock.hearing_after_s(released_at_s)
        own_s = stt_s + clock.writing_after_s(released_at_s) + clock.first_frame_s()
        self.synthesis_s += clock.synthesis_s
        self.spoken_s += clock.spoken_samples / SPEECH_RATE_HZ
        return TurnFigures(
            ttfa_ms=1e3 * ttfa_s,
            transcript_ms=1e3 * (_one(told, TranscriptReady).at_s - released_at_s),
            stt_ms=1e3 * stt_s,
            ttft_ms=1e3 * clock.first_delta_s(),
            writing_ms=1e3 * clock.writing_after_s(released_at_s),
            first_frame_ms=1e3 * clock.first_frame_s(),
            overhead_ms=1e3 * (ttfa_s - own_s),
            naive_ttfa_ms=1e3 * naive_s,
        )


def _ears() -> Transcriber:
    ears = MoonshineTranscriber()
    ears.warm()
    return ears


def _voice() -> Synthesizer:
    voice = HibariSynthesizer()
    voice.warm()
    return voice


def _brain() -> LanguageModel:
    return EmbeddedModel(temperature=0.0, longest_reply_tokens=LONGEST_REPLY_TOKENS)


async def _close(brain: LanguageModel) -> None:
    await brain.close()


def _supervised(
    port: Port, make: Callable[[], Made], release: Callable[[Made], Awaitable[None]] | None = None
) -> Supervisor[Made]:
    def make_worker(progress: Progress) -> Worker[Made]:
        return Worker(port.value, lambda report: make())

    return Supervisor(port, port.value, make_worker, host_on_thread, lambda event: None, release=release)


def _one(told: Sequence[Event], kind: type[Told]) -> Told:
    found = next((event for event in told if isinstance(event, kind)), None)
    if found is None:
        raise SystemExit(f"no {kind.__name__} in this turn: {told[-1]}")
    return found


def _quantile(values: Sequence[float], share: float) -> float:
    """The value that ``share`` of ``values`` do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


def summary(figures: Sequence[TurnFigures], bench: Bench) -> dict[str, float]:
    """p50 and p95 of each part, in milliseconds, and the synthesizer's real-time factor."""
    found: dict[str, float] = {"turns": len(figures)}
    for field in fields(TurnFigures):
        values = [getattr(figure, field.name) for figure in figures]
        part = field.name.removesuffix("_ms")
        found[f"{part}_p50_ms"] = round(_quantile(values, 0.5), 1)
        found[f"{part}_p95_ms"] = round(_quantile(values, 0.95), 1)
    found["tts_rtf"] = round(bench.synthesis_s / bench.spoken_s, 4)
    found["ratio_to_naive"] = round(found["ttfa_p50_ms"] / found["naive_ttfa_p50_ms"], 3)
    return found


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.turn", description="Time to first audio.")
    parser.add_argument("--turns", type=int, default=24)
    parser.add_argument("--release-after-ms", type=float, default=150.0, help="how long after the speech")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    args = parser.parse_args()
    print_machine()
    bench = Bench(args.release_after_ms / 1e3)
    figures = asyncio.run(bench.run(list(islice(cycle(recorded_utterances()), args.turns))))
    found = summary(figures, bench)
    for name, value in found.items():
        print(f"{name:24s} {value}")
    if args.json:
        print(json.dumps(found))


if __name__ == "__main__":
    main()
