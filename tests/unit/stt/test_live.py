"""What is transcribed while the key is held: nothing lost, nothing twice, and nothing left at the release."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.pcm import SILENCE
from engine.stt.live import Job, LiveTranscript
from engine.units import HEARING_RATE_HZ

SECOND = HEARING_RATE_HZ


class Talk:
    """Feeds a ``LiveTranscript`` with numbered samples, and keeps its jobs."""

    def __init__(self) -> None:
        self.live = LiveTranscript()
        self.total = 0
        self.speech_end = 0
        self.now_s = 0.0
        self.jobs: list[Job] = []

    def add(self, samples: int, speaking: bool) -> None:
        """Time goes on and that many samples come in."""
        fresh = np.arange(self.total, self.total + samples, dtype=np.float32)
        self.total += samples
        self.now_s += samples / SECOND
        if speaking:
            self.speech_end = self.total
        self.live.add(fresh, speaking, self.speech_end)

    def ask(self) -> Job | None:
        job = self.live.next_job(self.now_s)
        if job is not None:
            self.jobs.append(job)
        return job

    def answer(self, job: Job, cost_s: float = 0.0, text: str | None = None) -> None:
        self.live.done(job, heard(job) if text is None else text, self.now_s + cost_s)

    def finish(self) -> list[Job]:
        """Releases the key, and does what is left."""
        self.live.release()
        left: list[Job] = []
        while (job := self.live.final_job()) is not None:
            left.append(job)
            assert len(left) < 1_000, "final_job never settles"
            self.live.done(job, heard(job), 0.0)
        return left


def heard(job: Job) -> str:
    """A recogniser that tells which samples it was given."""
    if not len(job.samples):
        return ""
    return f"{int(job.samples[0])}-{int(job.samples[-1]) + 1}"


@dataclass(frozen=True)
class Step:
    samples: int
    speaking: bool
    asks: bool
    answers: bool
    fails: bool


steps = st.lists(
    st.builds(
        Step,
        st.integers(0, 3 * SECOND),
        st.booleans(),
        asks=st.booleans(),
        answers=st.booleans(),
        fails=st.integers(0, 9).map(lambda number: number == 0),
    ),
    max_size=60,
)


@settings(max_examples=200, deadline=None)
@given(steps, st.booleans())
def test_the_final_text_is_of_all_speech_in_order_and_once(sequence: list[Step], late_answer: bool) -> None:
    talk = Talk()
    out: Job | None = None
    for step in sequence:
        talk.add(step.samples, step.speaking)
        if out is not None and step.fails:
            talk.live.failed(out)
            out = None
        elif out is not None and step.answers:
            talk.answer(out, cost_s=0.05)
            out = None
        if out is None and step.asks:
            out = talk.ask()
    if out is not None and late_answer:
        talk.live.release()
        talk.answer(out)
    talk.finish()

    pieces = [tuple(map(int, piece.split("-"))) for piece in talk.live.final_text.split()]
    reached = 0
    for begin, end in pieces:
        assert begin == reached, "a sample was lost or used twice"
        assert end > begin
        reached = end
    assert reached >= talk.speech_end
    assert reached <= talk.total


@settings(max_examples=100, deadline=None)
@given(steps)
def test_a_job_holds_the_samples_it_names_and_one_is_out_at_a_time(sequence: list[Step]) -> None:
    talk = Talk()
    out: Job | None = None
    for step in sequence:
        talk.add(step.samples, step.speaking)
        job = talk.ask()
        if out is not None:
            assert job is None
        elif job is not None:
            assert np.array_equal(job.samples, np.arange(job.begin_samples, job.end_samples))
            assert len(job.samples) <= max(20 * SECOND, step.samples)
            out = job
        if out is not None and step.answers:
            talk.answer(out)
            out = None


def test_at_a_pause_the_whole_is_transcribed_at_once_and_nothing_is_left_at_release() -> None:
    talk = Talk()
    talk.add(2 * SECOND, True)
    talk.add(SECOND // 10, False)
    job = talk.ask()
    assert job is not None
    assert (job.begin_samples, job.end_samples) == (0, talk.total)
    talk.answer(job, cost_s=0.1, text="all of it")
    talk.add(SECOND // 10, False)
    assert talk.ask() is None, "the pause was already heard"
    assert talk.finish() == []
    assert talk.live.final_text == "all of it"


def test_speech_after_the_last_text_is_transcribed_at_release_in_one_piece() -> None:
    talk = Talk()
    talk.add(SECOND, True)
    first = talk.ask()
    assert first is not None
    talk.answer(first)
    talk.add(SECOND, True)
    (left,) = talk.finish()
    assert (left.begin_samples, left.end_samples) == (0, 2 * SECOND)
    assert talk.live.final_text == f"0-{2 * SECOND}"


def test_partials_come_no_faster_than_they_are_read_and_slower_where_they_are_dear() -> None:
    talk = Talk()
    at: list[float] = []
    for _ in range(200):
        talk.add(SECOND // 50, True)
        if (job := talk.ask()) is not None:
            at.append(talk.now_s)
            talk.answer(job, cost_s=0.0)
    gaps = np.diff(at)
    assert gaps.min() >= 0.4
    assert gaps.max() <= 0.5

    talk = Talk()
    talk.add(SECOND, True)
    job = talk.ask()
    assert job is not None
    talk.now_s += 1.0
    talk.answer(job)
    talk.add(2 * SECOND, True)
    assert talk.ask() is None, "a partial that took 1 s is followed by a rest of 3 s"
    talk.add(SECOND, True)
    assert talk.ask() is not None


def test_what_lies_before_a_long_pause_is_never_transcribed_again() -> None:
    talk = Talk()
    talk.add(9 * SECOND, True)
    talk.add(SECOND // 5, False)
    job = talk.ask()
    assert job is not None
    talk.answer(job, cost_s=0.2, text="first.")
    talk.add(SECOND // 5, False)
    talk.add(2 * SECOND, True)
    again = talk.ask()
    assert again is not None
    assert again.begin_samples == job.end_samples
    talk.answer(again, text="second")
    assert talk.live.partial_text == "first. second"


def test_somebody_who_never_pauses_is_cut_and_the_tail_at_release_stays_short() -> None:
    talk = Talk()
    for _ in range(60 * 10):
        talk.add(SECOND // 10, True)
        if (job := talk.ask()) is not None:
            talk.answer(job, cost_s=0.02)
    left = talk.finish()
    assert len(left) == 1
    assert len(left[0].samples) <= 20 * SECOND


def test_an_hour_without_a_recogniser_is_left_in_pieces_cut_at_its_pauses() -> None:
    talk = Talk()
    for _ in range(30):
        talk.add(9 * SECOND, True)
        talk.add(SECOND, False)
    left = talk.finish()
    assert len(left) >= 15
    for job in left[:-1]:
        assert job.settles
        assert 9 * SECOND <= job.end_samples % (10 * SECOND) <= 10 * SECOND, "the cut lies in a pause"


def test_silence_makes_no_work_while_the_key_is_held_and_is_judged_once_at_release() -> None:
    talk = Talk()
    for _ in range(50):
        talk.add(SECOND // 10, False)
        assert talk.ask() is None
    (left,) = talk.finish()
    assert len(left.samples) == talk.total


def test_no_samples_are_no_text() -> None:
    live = LiveTranscript()
    live.add(SILENCE, False, 0)
    live.release()
    assert live.final_job() is None
    assert live.final_text == ""


def test_a_failed_job_is_done_again_later_and_a_forgotten_one_changes_nothing() -> None:
    talk = Talk()
    talk.add(SECOND, True)
    job = talk.ask()
    assert job is not None
    talk.live.failed(job)
    assert talk.live.next_job(talk.now_s + 5.0) is not None
    talk.answer(job, text="stale")
    assert "stale" not in talk.live.final_text


def test_the_text_shown_never_shrinks_when_a_cut_settles() -> None:
    talk = Talk()
    shown = 0
    for _ in range(30 * 10):
        talk.add(SECOND // 10, True)
        if (job := talk.ask()) is not None:
            talk.answer(job, cost_s=0.02, text="word " * (len(job.samples) // SECOND))
        assert len(talk.live.partial_text) >= shown - 10
        shown = len(talk.live.partial_text)


def test_after_release_only_final_jobs_are_given() -> None:
    talk = Talk()
    talk.add(SECOND, True)
    talk.live.release()
    assert talk.live.next_job(100.0) is None
    with pytest.raises(AssertionError):
        talk.live.add(np.zeros(1, np.float32), True, 1)


def test_a_job_keeps_its_samples_while_the_utterance_grows() -> None:
    talk = Talk()
    talk.add(SECOND, True)
    job = talk.ask()
    assert job is not None
    before = job.samples.copy()
    talk.live.add(np.zeros(30 * SECOND, np.float32), True, 31 * SECOND)
    assert np.array_equal(job.samples, before)
