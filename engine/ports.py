"""The Protocols that every backend keeps.

A backend does one thing, synchronously, on whatever thread its owner calls it from; threads,
queues and cancelling are ``engine.workers``' and ``engine.audio.playout``'s. The constructor of a
Transcriber or Synthesizer loads its weights (raising a ``ModelError`` that says what to do), so it
is called on the thread that will use it, and everything else is called on that thread too.
"""

from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from engine.pcm import Pcm, SpokenWord

Progress = Callable[[float | None, str], None]
"""Told how loading goes: a fraction in [0, 1] (None where it can't be told) and a short sentence.

It raises ``engine.crossing.Cancelled`` once nobody waits for the loading any more; a backend lets that
pass through, and tells often enough that leaving need not wait for a long load.
"""


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation as the language model sees it."""

    role: Literal["system", "user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class SpeakableWord:
    """A word to be spoken, its punctuation attached, in the order of the reply.

    ``source_start`` and ``source_end`` are the characters of the reply's written text that it
    speaks for; they never go backwards from word to word. ``pause_s`` is silence wanted after the
    word beyond what its punctuation implies (the end of a paragraph or a list item).
    """

    text: str
    source_start: int
    source_end: int
    pause_s: float = 0.0


class WordSource(Protocol):
    """The words of one reply as they are written: an iterator that blocks until the next is known.

    It ends after the last word of the reply. It raises ``engine.crossing.Cancelled`` in whoever
    waits on it when the reply is called off; a backend lets that pass through.
    """

    def __iter__(self) -> Iterator[SpeakableWord]: ...

    def __next__(self) -> SpeakableWord: ...

    def waits(self) -> bool:
        """Whether ``next`` would block now: the moment to let go of any sound that is held back."""
        ...


class Speech(NamedTuple):
    """A piece of sound that a synthesizer made.

    ``samples``: mono float32 at ``SPEECH_RATE_HZ``, of any length; empty where a step of the model
    gave no sound yet (it still lets the worker check for a barge-in and show that it lives).
    ``words``: those whose sound begins in this piece or earlier and were not told before, with
    ``offset_samples`` counted from the start of the reply.
    """

    samples: Pcm
    words: tuple[SpokenWord, ...] = ()


class Synthesizer(Protocol):
    """Turns the words of a reply into sound while they are still being written."""

    @property
    def real_time_factor(self) -> float:
        """Compute over duration of sound as ``warm`` found it; 0.0 before, or where that is far below 1."""
        ...

    def warm(self) -> None:
        """Speaks a little to nobody, so that the first reply does not pay for first-time work."""
        ...

    def voices(self) -> Sequence[str]:
        """The names of the voices that ``speak`` accepts; the first is the default. Never empty."""
        ...

    def speak(self, words: WordSource, *, voice: str = "", speed: float = 1.0) -> Iterator[Speech]:
        """Speaks one reply.

        A generator: closing it between two pieces is how a reply is interrupted, after which the
        next ``speak`` starts afresh. ``voice``: one of ``voices()``, or "" for the default.
        ``speed``: 1.0 is natural, range [0.5, 2.0].
        """
        ...

    def close(self) -> None:
        """Lets go of weights and threads; the object is not used again."""
        ...


class Transcriber(Protocol):
    """Turns a captured utterance into text."""

    def warm(self) -> None:
        """Transcribes a little silence, so that the first utterance does not pay for first-time work."""
        ...

    def transcribe(self, samples: Pcm) -> str:
        """The text of ``samples`` (mono float32 at ``HEARING_RATE_HZ``); "" for silence or no samples.

        Stateless: called on a growing buffer for partial transcripts. Blocks for its compute time.
        """
        ...

    def close(self) -> None:
        """Lets go of weights and threads; the object is not used again."""
        ...


class LanguageModel(Protocol):
    """Writes replies. Used on the conversation's loop and never blocks it."""

    def reply(self, messages: Sequence[Message]) -> AsyncGenerator[str, None]:
        """Streams the reply to ``messages`` as non-empty fragments.

        Raises a ``BrainError``. Closing the generator, or cancelling the task that iterates, stops the
        model within its next token. What was received before an error has been yielded already.
        """
        ...

    @property
    def reads_ahead(self) -> bool:
        """Whether ``prepare`` gains anything from a part of the question; else it is called once a turn."""
        ...

    async def prepare(self, messages: Sequence[Message], *, likely: bool = False) -> None:
        """Does ahead what a reply to ``messages`` will need: opens the connection, reads the prompt.

        Called when the key goes down, with the conversation so far, and, of a model that
        ``reads_ahead``, with partial questions, perhaps while an earlier call still runs. ``likely``:
        the question is probably whole; a model whose tokens are free may begin its reply.
        Never raises (``reply`` will say what is wrong) and may be cancelled.
        """
        ...

    async def forget(self) -> None:
        """Drops what ``prepare`` has begun, for nobody will ask for it. Never raises."""
        ...

    async def close(self) -> None:
        """Closes connections and ends what runs in process; the object is not used again."""
        ...


class AudioSource(Protocol):
    """A microphone, or what stands in for one. Gives mono float32 at ``HEARING_RATE_HZ``."""

    @property
    def live(self) -> bool:
        """Whether what is said now is heard: not while a device opens, nor before its first sound."""
        ...

    def open(self) -> None:
        """Starts capturing. Harmless when open.

        Raises ``MicrophoneUnavailable``, or lets ``read`` raise it where it opens in the background.
        """
        ...

    def read(self) -> Pcm:
        """All samples that came since the last call, perhaps none. Never blocks.

        Raises ``DeviceLost`` once the device is gone (what came before it has been returned).
        """
        ...

    def close(self) -> None:
        """Stops capturing and drops what was not read. Harmless when closed."""
        ...


class AudioSink(Protocol):
    """A speaker, or what stands in for one. Plays one reply at a time, mono at ``SPEECH_RATE_HZ``.

    ``write`` and ``finish`` may be called on another thread than the rest; only ``write`` may run
    at the same time as another method. Positions count the samples of the present reply from 0.
    """

    def open(self) -> None:
        """Makes the device ready so that the first sample is not late. Raises ``SpeakerUnavailable``."""
        ...

    def start(self) -> None:
        """Begins a reply at position 0, dropping whatever was left of the one before."""
        ...

    def write(self, samples: Pcm) -> int:
        """Queues samples to be played and returns how many were taken (fewer when full, 0 after a flush).

        Never blocks. Raises ``DeviceLost`` once the device is gone.
        """
        ...

    def finish(self) -> None:
        """Says that nothing more will be written to this reply, so that running dry is its end."""
        ...

    def flush(self) -> int:
        """Silence, within a device block or two, behind a fade of 10 ms; returns the position reached.

        No sample written before it is heard after the fade.
        """
        ...

    def position_samples(self) -> int:
        """How many samples of the reply have left the speaker, as well as the device can tell.

        Raises ``DeviceLost`` where the device is gone and sound is still to come.
        """
        ...

    def started_at_s(self) -> float | None:
        """When the reply's first sample left the speaker (``time.monotonic``), or None before that."""
        ...

    def latency_s(self) -> float:
        """How long after it was written a sample leaves the speaker where nothing waits before it, about."""
        ...

    def drained(self) -> bool:
        """Whether ``finish`` was called and every sample has left the speaker. Raises ``DeviceLost``."""
        ...

    def underruns(self) -> int:
        """How many gaps were heard in the reply: it ran dry and went on later."""
        ...

    def close(self) -> None:
        """Lets go of the device. Harmless when closed."""
        ...
