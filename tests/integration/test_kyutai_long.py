"""Twenty minutes in one answer: passage after passage on a small context, in step to the last word.

The model is as small as one can be, and its codec writes the tokens of each frame into the sound, so that
what is heard tells exactly which tokens it was made of.
"""

import copy
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.pcm import Pcm, SpokenWord
from engine.ports import SpeakableWord, Speech
from engine.tts.kyutai.codec import Codec, PendingSound
from engine.tts.kyutai.keys import KeyChain
from engine.tts.kyutai.passage import Passage
from engine.tts.kyutai.script import Known, Script
from engine.tts.kyutai.step import StepLoop
from engine.tts.kyutai.synthesizer import KyutaiSynthesizer
from engine.tts.kyutai.voices import Conditioning
from engine.units import FRAME_SAMPLES, SPEECH_RATE_HZ, s_to_samples
from tests.fakes.mlx_thread import PATIENCE_S, MlxThread, hub_in
from tests.fakes.tiny_hub import TINY, TINY_MIMI, WORDS

pytestmark = pytest.mark.may_take(PATIENCE_S)

SMALLEST = replace(
    TINY, dimension=64, heads=2, context=96, codebooks=2, schedule=(0, 1), mimi=TINY_MIMI | {"filters": 2}
)


class TokenCodec:
    """Sound whose first samples are the tokens of its frame."""

    def reset(self) -> None: ...

    def decode(self, codes: Any) -> PendingSound:
        def sound() -> Pcm:
            samples = np.full(FRAME_SAMPLES, 0.1, np.float32)
            tokens = np.array(codes).reshape(-1)
            samples[: len(tokens)] = 0.5 + tokens / 128
            return samples

        return sound

    def shortened(self, codebooks: int) -> Codec:
        return self


@dataclass
class Begun:
    """What a passage began with: how many words and samples there were before it, the keys, the memory."""

    words: int
    samples: int
    keys: KeyChain
    active_bytes: int


@dataclass
class Answer:
    """Words without end, until the sound made of them is long enough; and what became of them."""

    longest_samples: int
    kept_samples: int
    """Of each frame, from its beginning."""

    samples: int = 0
    given: list[SpeakableWord] = field(default_factory=list)
    passages: list[Begun] = field(default_factory=list)
    frames: list[Pcm] = field(default_factory=list)
    told: list[SpokenWord] = field(default_factory=list)

    def __post_init__(self) -> None:
        ends = {6: ".", 12: ",", 20: "!"}
        self._texts = itertools.cycle([word + ends.get(at, "") for at, word in enumerate(WORDS)])

    def __iter__(self) -> Iterator[SpeakableWord]:
        return self

    def __next__(self) -> SpeakableWord:
        if self.samples >= self.longest_samples:
            raise StopIteration
        number = len(self.given)
        word = SpeakableWord(next(self._texts), number, number + 1)
        self.given.append(word)
        return word

    def waits(self) -> bool:
        return False

    def take(self, piece: Speech) -> None:
        self.samples += len(piece.samples)
        self.told += piece.words
        if len(piece.samples):
            assert len(piece.samples) == FRAME_SAMPLES
            self.frames.append(piece.samples[: self.kept_samples].copy())


def speak(voice: KyutaiSynthesizer, answer: Answer) -> None:
    import mlx.core as mx

    begin = voice.loop.begin

    def begun(conditioning: Conditioning, keys: KeyChain) -> None:
        active_bytes = int(mx.get_active_memory())
        answer.passages.append(Begun(len(answer.given), answer.samples, copy.deepcopy(keys), active_bytes))
        begin(conditioning, keys)

    voice.loop.begin = begun  # type: ignore[method-assign]  # the same, and notes it
    for piece in voice.speak(answer):
        answer.take(piece)


def spoken_afresh(
    voice: KyutaiSynthesizer, words: list[SpeakableWord], keys: KeyChain, kept_samples: int
) -> Answer:
    """The words of one passage, by a loop that has spoken nothing before."""
    again, loop = Answer(0, kept_samples), StepLoop(voice.model)
    loop.begin(voice.conditioning(""), keys)
    for piece in Passage(voice.model, loop, Script(Known(words), voice.model, 1, True), 0).pieces():
        again.take(piece)
    return again


def check(voice: KyutaiSynthesizer, answer: Answer, *, every: int) -> None:
    """Speaks ``answer``; one passage of ``every`` is spoken again by itself, and the last."""
    speak(voice, answer)
    assert answer.samples >= answer.longest_samples
    # Every word once, in order, and never later than its sound.
    assert [word.source_start for word in answer.told] == list(range(len(answer.given)))
    offsets = [word.offset_samples for word in answer.told]
    assert offsets == sorted(offsets)
    assert offsets[-1] < answer.samples
    # Memory does not grow: the later half needs no more than the earlier one did.
    active = [passage.active_bytes for passage in answer.passages[1:]]
    half = len(active) // 2
    assert max(active[half:]) - max(active[:half]) < 200_000
    # Each passage as if it were the first.
    ends = [*answer.passages[1:], Begun(len(answer.given), answer.samples, KeyChain(0), 0)]
    pairs = list(zip(answer.passages, ends, strict=True))
    for begin, end in [*pairs[:-1:every], pairs[-1]]:
        words = answer.given[begin.words : end.words]
        again = spoken_afresh(voice, words, begin.keys, answer.kept_samples)
        frames = answer.frames[begin.samples // FRAME_SAMPLES : end.samples // FRAME_SAMPLES]
        assert np.array_equal(np.array(again.frames), np.array(frames))
        told = answer.told[begin.words : end.words]
        assert [word.offset_samples - begin.samples for word in told] == [
            word.offset_samples for word in again.told
        ]


def test_twenty_minutes_stay_in_step(tmp_path: Path) -> None:
    hub = hub_in(tmp_path / "hub", SMALLEST)

    def run() -> int:
        voice = KyutaiSynthesizer(hub, bits=0, codebooks=2)
        voice.model = replace(voice.model, codec=TokenCodec())
        answer = Answer(s_to_samples(20 * 60.0, SPEECH_RATE_HZ), kept_samples=2)
        check(voice, answer, every=15)
        voice.close()
        return len(answer.passages)

    with MlxThread() as thread:
        assert thread.run(run) > 100


def test_every_passage_sounds_as_a_reply_of_its_own(tmp_path: Path) -> None:
    """With Mimi, which begins afresh as well."""
    hub = hub_in(tmp_path / "hub", SMALLEST)

    def run() -> int:
        voice = KyutaiSynthesizer(hub, bits=0, codebooks=2)
        answer = Answer(s_to_samples(15.0, SPEECH_RATE_HZ), kept_samples=FRAME_SAMPLES)
        check(voice, answer, every=1)
        voice.close()
        return len(answer.passages)

    with MlxThread() as thread:
        assert thread.run(run) > 3
