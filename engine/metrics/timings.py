"""How long each step of a turn took, gathered from the events of the bus."""

import math
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from engine.events import (
    Event,
    ListeningStarted,
    Outcome,
    ReplyCompleted,
    ReplyDelta,
    SpeechFinished,
    SpeechStarted,
    TranscriptReady,
    TurnEnded,
    UtteranceCaptured,
)
from engine.units import TurnId

TURNS_KEPT: Final = 500


@dataclass(frozen=True, slots=True)
class Stage:
    """A step of a turn on the waterfall, in seconds from the moment the wait began."""

    name: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class TurnTimings:
    """When the steps of one turn happened (``time.monotonic``), each None until it has.

    The wait of a spoken turn counts from ``released_at_s``, that of a typed one from
    ``transcript_at_s``. ``first_sample_at_s`` is the first audible one, leading silence included.
    """

    turn_id: TurnId
    began_at_s: float
    released_at_s: float | None = None
    captured_at_s: float | None = None
    transcript_at_s: float | None = None
    first_delta_at_s: float | None = None
    reply_complete_at_s: float | None = None
    first_frame_at_s: float | None = None
    first_sample_at_s: float | None = None
    speech_finished_at_s: float | None = None
    ended_at_s: float | None = None
    utterance_s: float = 0.0
    typed: bool = False
    underruns: int = 0
    outcome: Outcome | None = None

    @property
    def waited_from_s(self) -> float | None:
        """When the person began to wait: at the key's release, or when a written question was sent."""
        return self.released_at_s if self.released_at_s is not None else self.transcript_at_s

    @property
    def ttfa_s(self) -> float | None:
        """Time to first audio: from the start of the wait to the first audible sample."""
        return _between(self.waited_from_s, self.first_sample_at_s)

    @property
    def transcription_s(self) -> float | None:
        """From the key's release to the whole question as text."""
        return _between(self.released_at_s, self.transcript_at_s)

    @property
    def ttft_s(self) -> float | None:
        """Time to first token: from the question to the reply's first fragment."""
        return _between(self.transcript_at_s, self.first_delta_at_s)

    @property
    def first_frame_s(self) -> float | None:
        """From the reply's first fragment to the first frame of its sound."""
        return _between(self.first_delta_at_s, self.first_frame_at_s)

    @property
    def playout_s(self) -> float | None:
        """From the first frame to its first sample leaving the speaker."""
        return _between(self.first_frame_at_s, self.first_sample_at_s)

    @property
    def writing_s(self) -> float | None:
        """From the reply's first fragment to its last."""
        return _between(self.first_delta_at_s, self.reply_complete_at_s)

    @property
    def speaking_s(self) -> float | None:
        """From the first audible sample to the last, or to where the reply was cut."""
        end = self.speech_finished_at_s if self.speech_finished_at_s is not None else self.ended_at_s
        return _between(self.first_sample_at_s, end)

    def seconds(self) -> dict[str, float]:
        """Every duration that is known, by the name of its property, for keeping with the turn.

        And, where there were any, how many gaps were heard: ``underruns``, a count.
        """
        known = {name: getattr(self, name) for name in _DURATIONS}
        seconds = {name: value for name, value in known.items() if value is not None}
        if self.utterance_s:
            seconds["utterance_s"] = self.utterance_s
        if self.underruns:
            seconds["underruns"] = float(self.underruns)
        return seconds

    def waterfall(self) -> tuple[Stage, ...]:
        """The steps from the start of the wait to the first audible sample, as far as they have come."""
        origin_s = self.waited_from_s
        if origin_s is None:
            return ()
        marks = (
            ("transcript", self.released_at_s, self.transcript_at_s),
            ("first token", self.transcript_at_s, self.first_delta_at_s),
            ("first frame", self.first_delta_at_s, self.first_frame_at_s),
            ("first sample", self.first_frame_at_s, self.first_sample_at_s),
        )
        return tuple(
            Stage(name, start - origin_s, max(start, end) - origin_s)
            for name, start, end in marks
            if start is not None and end is not None
        )


_DURATIONS = (
    "ttfa_s",
    "transcription_s",
    "ttft_s",
    "first_frame_s",
    "playout_s",
    "writing_s",
    "speaking_s",
)


class Metrics:
    """The timings of the last turns, in memory: ``bus.subscribe(metrics)``.

    On the conversation's loop only; never blocks. Subscribe it before whoever asks it at
    ``TurnEnded``, the history's recorder say.
    """

    def __init__(self, turns_kept: int = TURNS_KEPT) -> None:
        self._turns: OrderedDict[TurnId, TurnTimings] = OrderedDict()
        self._turns_kept = turns_kept

    def of(self, turn_id: TurnId) -> TurnTimings | None:
        """The timings of a turn, as far as it has come; None where it isn't known (any more)."""
        return self._turns.get(turn_id)

    def seconds_of(self, turn_id: TurnId) -> dict[str, float]:
        """The known durations of a turn by name, none for one that isn't known."""
        timings = self.of(turn_id)
        return timings.seconds() if timings else {}

    @property
    def recent(self) -> tuple[TurnTimings, ...]:
        """The last turns, oldest first."""
        return tuple(self._turns.values())

    def __call__(self, event: Event) -> None:
        """Takes an event of the bus."""
        match event:
            case ListeningStarted(turn_id=turn_id, at_s=at_s):
                self._begin(turn_id, at_s)
            case UtteranceCaptured():
                self._note(
                    event.turn_id,
                    event.at_s,
                    captured_at_s=event.at_s,
                    released_at_s=event.released_at_s,
                    utterance_s=event.duration_s,
                )
            case TranscriptReady(turn_id=turn_id, at_s=at_s, typed=typed):
                self._note(turn_id, at_s, transcript_at_s=at_s, typed=typed)
            case ReplyDelta(turn_id=turn_id, at_s=at_s):
                known = self._turns.get(turn_id)
                if known is None or known.first_delta_at_s is None:
                    self._note(turn_id, at_s, first_delta_at_s=at_s)
            case ReplyCompleted(turn_id=turn_id, at_s=at_s):
                self._note(turn_id, at_s, reply_complete_at_s=at_s)
            case SpeechStarted(turn_id=turn_id, at_s=at_s, first_frame_at_s=first_frame_at_s):
                self._note(turn_id, at_s, first_sample_at_s=at_s, first_frame_at_s=first_frame_at_s)
            case SpeechFinished(turn_id=turn_id, at_s=at_s, underruns=underruns):
                self._note(turn_id, at_s, speech_finished_at_s=at_s, underruns=underruns)
            case TurnEnded(turn_id=turn_id, at_s=at_s, outcome=outcome):
                self._note(turn_id, at_s, ended_at_s=at_s, outcome=outcome)
            case _:
                pass

    def _begin(self, turn_id: TurnId, at_s: float) -> TurnTimings:
        timings = self._turns[turn_id] = TurnTimings(turn_id, at_s)
        while len(self._turns) > self._turns_kept:
            self._turns.popitem(last=False)
        return timings

    def _note(self, turn_id: TurnId, at_s: float, **values: object) -> None:
        timings = self._turns.get(turn_id) or self._begin(turn_id, at_s)
        self._turns[turn_id] = replace(timings, **values)  # type: ignore[arg-type]  # names checked by replace


@dataclass(frozen=True, slots=True)
class Spread:
    """Of many durations: how many, the middle one, the one that 95 in 100 stay below, the longest."""

    count: int
    p50_s: float
    p95_s: float
    longest_s: float


def spread(durations_s: Iterable[float | None]) -> Spread | None:
    """The spread of the durations that are known, or None where none is."""
    known = sorted(value for value in durations_s if value is not None)
    if not known:
        return None
    return Spread(len(known), percentile(known, 50), percentile(known, 95), known[-1])


def percentile(ascending: list[float], percent: float) -> float:
    """The smallest of ``ascending`` that ``percent`` in 100 do not exceed: nearest rank, no interpolation."""
    rank = math.ceil(percent / 100 * len(ascending))
    return ascending[max(0, rank - 1)]


def _between(start_s: float | None, end_s: float | None) -> float | None:
    return end_s - start_s if start_s is not None and end_s is not None else None
