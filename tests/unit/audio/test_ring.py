"""The ring against a list: whatever is written, taken and flushed, in whatever order."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.audio.paced import BLOCK_SAMPLES, ClockedReader
from engine.audio.ring import FLUSH_FADE_S, GAP_FADE_S, ReplyRing
from engine.pcm import Pcm
from engine.units import SPEECH_RATE_HZ

CAPACITY = 16_000
GAP_FADE = round(GAP_FADE_S * SPEECH_RATE_HZ)
FLUSH_FADE = round(FLUSH_FADE_S * SPEECH_RATE_HZ)
STEEPEST = 1.1 * np.pi / 2 / GAP_FADE
"""The largest step from sample to sample that a fade of a constant may have."""

operations = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.integers(0, 9_000)),
        st.tuples(st.just("take"), st.integers(0, 3_000)),
        st.tuples(st.just("flush"), st.just(0)),
    ),
    max_size=40,
)


class RingAgainstList:
    """A ring, and what is known of it from its outside only: lists and counts."""

    def __init__(self) -> None:
        self.reader = ClockedReader(CAPACITY)
        self.ring = ReplyRing(self.reader.memory, self.reader, SPEECH_RATE_HZ)
        self.accepted: list[float] = []
        self.heard: list[float] = []
        self.late_writes: list[int] = []
        self.gaps: list[int] = []
        self.cut: int | None = None

    def write(self, samples: Pcm) -> None:
        room = 0 if self.cut is not None else CAPACITY - (len(self.accepted) - len(self.heard))
        comes = min(len(samples), room)
        if comes and self.accepted and len(self.heard) + BLOCK_SAMPLES > len(self.accepted) - GAP_FADE:
            self.late_writes.append(len(self.accepted))
            if len(self.heard) == len(self.accepted):
                self.gaps.append(len(self.accepted))
        being_read = self.being_read()
        assert self.ring.write(samples) == comes
        assert np.array_equal(being_read, self.being_read(len(being_read)))
        self.accepted += samples[:room].tolist()

    def being_read(self, count: int = BLOCK_SAMPLES) -> Pcm:
        """What the callback may be reading at this moment, which nobody may touch."""
        end = min(len(self.heard) + count, len(self.accepted))
        samples: Pcm = self.reader.memory[np.arange(len(self.heard), end) % CAPACITY, 0]
        return samples

    def take(self, count: int) -> None:
        self.heard += self.reader.take(count).tolist()
        assert len(self.heard) <= len(self.accepted)

    def flush(self) -> None:
        being_read = self.being_read()
        cut = self.ring.flush()
        assert np.array_equal(being_read, self.being_read(len(being_read)))
        if self.cut is None:
            self.cut = cut
            nearest = len(self.heard) + BLOCK_SAMPLES
            assert cut == min(nearest + FLUSH_FADE, len(self.accepted))
        assert cut == self.cut

    def run(self, operations: list[tuple[str, int]], sound: Pcm) -> None:
        for name, count in operations:
            if name == "write":
                self.write(sound[len(self.accepted) : len(self.accepted) + count])
            elif name == "take":
                self.take(count)
            else:
                self.flush()

    def may_be_faded(self) -> np.ndarray:
        """Which samples lie where a fade belongs."""
        faded = np.zeros(len(self.accepted), bool)
        for edge in [*self.late_writes, len(self.accepted)]:
            faded[max(0, edge - GAP_FADE) : edge + GAP_FADE] = True
        if self.cut is not None:
            faded[max(0, self.cut - FLUSH_FADE) :] = True
        return faded


@given(operations)
def test_what_is_taken_is_what_was_written_except_for_fades_where_they_belong(
    operations: list[tuple[str, int]],
) -> None:
    model = RingAgainstList()
    rng = np.random.default_rng(1)
    sound = rng.uniform(0.1, 1.0, 200_000).astype(np.float32)
    model.run(operations, sound)
    model.take(CAPACITY)

    heard, accepted = np.array(model.heard), np.array(model.accepted)
    assert len(heard) == len(accepted)
    assert np.all(heard <= accepted + 1e-6)
    assert np.all(heard >= 0)
    exact = ~model.may_be_faded()
    assert np.array_equal(heard[exact], accepted[exact])
    if model.cut is not None:
        assert not np.any(heard[model.cut :])


@given(operations)
def test_no_gap_and_no_flush_clicks(operations: list[tuple[str, int]]) -> None:
    model = RingAgainstList()
    model.run(operations, np.ones(200_000, np.float32))
    dry_at_end = len(model.heard) == len(model.accepted)
    heard = np.array(model.heard)
    for gap in reversed(model.gaps):
        heard = np.insert(heard, gap, 0.0)
    if dry_at_end:
        heard = np.append(heard, 0.0)
    assert np.abs(np.diff(heard)).max(initial=0.0) <= STEEPEST


@given(operations)
def test_gaps_count_only_what_ran_dry_and_went_on(operations: list[tuple[str, int]]) -> None:
    model = RingAgainstList()
    model.run(operations, np.ones(200_000, np.float32))
    assert model.ring.gaps == len(model.gaps)


def test_a_flush_before_anything_was_taken_leaves_a_block_and_a_fade() -> None:
    model = RingAgainstList()
    model.write(np.ones(3_000, np.float32))
    assert model.ring.flush() == BLOCK_SAMPLES + FLUSH_FADE
    assert model.ring.dry() is False
    model.take(BLOCK_SAMPLES + FLUSH_FADE)
    assert model.ring.dry()


def test_what_was_not_heard_can_be_carried_to_another_device() -> None:
    model = RingAgainstList()
    sound = np.linspace(0.1, 1.0, 6_000, dtype=np.float32)
    model.run([("write", 3_500), ("take", 3_000), ("write", 2_000)], sound)
    assert np.array_equal(model.ring.unplayed(2_500), sound[2_500:5_500])


@pytest.mark.parametrize("count", [1, GAP_FADE - 1, GAP_FADE, GAP_FADE + 1])
def test_the_shortest_pieces_come_out_whole_when_they_come_in_time(count: int) -> None:
    model = RingAgainstList()
    sound = np.linspace(0.1, 1.0, CAPACITY, dtype=np.float32)
    early = 2 * BLOCK_SAMPLES  # what a block that is being read can't reach
    model.ring.write(sound[:early])
    for start in range(early, CAPACITY, count):
        model.ring.write(sound[start : start + count])
    heard = model.reader.take(CAPACITY)
    assert np.array_equal(heard[:-GAP_FADE], sound[:-GAP_FADE])
    assert len(heard) == CAPACITY
