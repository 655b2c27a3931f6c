"""The recorder on a real bus and a real file: what is on disk at every moment."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from engine.bus import Bus
from engine.errors import AloudError, BrainUnreachable, DiskFull
from engine.events import (
    Failed,
    Outcome,
    ReplyCompleted,
    ReplyDelta,
    TranscriptReady,
    TurnEnded,
    WordSpoken,
)
from engine.history import History, Recorder, TurnRecord
from engine.history.store import ENDED_WITH_THE_PROGRAM
from engine.metrics import Metrics
from engine.pcm import SpokenWord
from engine.units import TurnId
from tests.child import child
from tests.watchdog import WATCHDOG_S

ONE, TWO = TurnId(1), TurnId(2)


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    opened = History(tmp_path / "history.sqlite3")
    yield opened
    opened.close()


class Recording:
    """A bus with a recorder at monotonic second 100, which is second 1,000,000 on the wall."""

    def __init__(self, history: History, **options: object) -> None:
        self.bus = Bus()
        self.history = history
        self.errors: list[AloudError] = []
        self.metrics = Metrics()
        self.bus.subscribe(self.metrics)
        self.recorder = Recorder(
            history,
            report=self.errors.append,
            timings_of=self.metrics.seconds_of,
            clock=lambda: 100.0,
            wall_clock=lambda: 1_000_000.0,
            **options,  # type: ignore[arg-type]
        )
        self.bus.subscribe(self.recorder)

    def tell(self, *events: object) -> None:
        for event in events:
            self.bus.publish(event)  # type: ignore[arg-type]

    def turns(self) -> tuple[TurnRecord, ...]:
        self.recorder.flush()
        return self.history.conversation(self.recorder.conversation_id).turns


@pytest.fixture
def recording(history: History) -> Iterator[Recording]:
    made = Recording(history)
    yield made
    made.recorder.close()


def asked(turn_id: TurnId = ONE, text: str = "Why?") -> TranscriptReady:
    return TranscriptReady(turn_id, 90.0, text, typed=True)


def ended(turn_id: TurnId = ONE, outcome: Outcome = Outcome.COMPLETED, heard: str = "Because.") -> TurnEnded:
    return TurnEnded(turn_id, 99.0, outcome, "Why?", "Because.", heard)


def spoken(text: str, start: int, end: int) -> WordSpoken:
    return WordSpoken(ONE, 95.0, SpokenWord(text, 0, start, end))


def test_a_turn_is_on_disk_from_its_question_to_its_end(recording: Recording) -> None:
    recording.tell(asked())
    (turn,) = recording.turns()
    assert (turn.question, turn.reply, turn.outcome, turn.typed) == ("Why?", "", None, True)
    assert turn.began_at_s == 999_990.0

    recording.tell(ReplyDelta(ONE, 91.0, "It rains. It"), ReplyDelta(ONE, 92.0, " po"))
    assert recording.turns()[0].reply == "It rains. It"

    recording.tell(
        ReplyDelta(ONE, 93.0, "urs."), spoken("It", 0, 2), spoken("rains.", 3, 9), spoken("It", 10, 12)
    )
    (turn,) = recording.turns()
    assert (turn.reply, turn.heard_text) == ("It rains. It pours.", "It rains.")

    recording.tell(ReplyCompleted(ONE, 94.0, "Because."), ended())
    (turn,) = recording.turns()
    assert (turn.reply, turn.heard_text, turn.outcome) == ("Because.", "Because.", Outcome.COMPLETED)
    assert turn.timings_s == {"ttft_s": 1.0, "writing_s": 3.0}


def test_an_interrupted_turn_keeps_what_was_heard(recording: Recording) -> None:
    recording.tell(asked(), ended(outcome=Outcome.INTERRUPTED, heard="Beca"))
    (turn,) = recording.turns()
    assert (turn.reply, turn.heard_text, turn.outcome) == ("Because.", "Beca", Outcome.INTERRUPTED)


def test_a_failed_turn_keeps_why(recording: Recording) -> None:
    recording.tell(
        asked(), Failed(ONE, 95.0, BrainUnreachable("No network.", "")), ended(outcome=Outcome.FAILED)
    )
    (turn,) = recording.turns()
    assert (turn.error, turn.outcome) == ("No network.", Outcome.FAILED)


def test_an_utterance_that_came_to_nothing_leaves_nothing(recording: Recording) -> None:
    recording.tell(TurnEnded(ONE, 99.0, Outcome.DISCARDED, "", "", ""))
    recording.recorder.flush()
    assert recording.history.conversations() == []


def test_switched_off_nothing_is_kept_and_the_turn_under_way_is(recording: Recording) -> None:
    recording.tell(asked())
    recording.recorder.enabled = False
    recording.tell(ended(), asked(TWO), ended(TWO))
    assert len(recording.turns()) == 1
    recording.recorder.enabled = True
    recording.tell(asked(TurnId(3)))
    assert len(recording.turns()) == 2


def test_a_new_conversation_and_going_on_with_an_old_one(recording: Recording) -> None:
    recording.tell(asked(), ended())
    first = recording.recorder.conversation_id
    recording.recorder.begin()
    recording.tell(asked(TWO, "Another?"), ended(TWO))
    recording.recorder.flush()
    history = recording.history
    assert len(history.conversations()) == 2

    old = history.conversation(first)
    recording.recorder.go_on(old, [turn.as_turn() for turn in old.turns])
    recording.tell(asked(TurnId(3), "More?"), ended(TurnId(3)))
    assert len(recording.turns()) == 2
    assert recording.recorder.conversation_id == first


def test_turns_are_hidden_brought_back_and_purged_by_their_names(recording: Recording) -> None:
    for number in (1, 2, 3):
        recording.tell(asked(TurnId(number), f"Question {number}"), ended(TurnId(number)))
    recorder = recording.recorder
    names = recorder.record_ids([TWO, TurnId(3), TurnId(99)])
    assert names == [turn.record_id for turn in recording.turns()[1:]]
    recorder.hide(names)
    assert [turn.record_id for turn in recording.turns()] == recorder.record_ids([ONE])
    recorder.bring_back(names[:1])
    assert len(recording.turns()) == 2
    recorder.purge(names)
    recorder.bring_back(names)
    assert [turn.record_id for turn in recording.turns()] == recorder.record_ids([ONE, TWO])


def test_a_turn_is_known_by_its_name_whatever_was_not_kept_before_it(recording: Recording) -> None:
    recording.recorder.enabled = False
    recording.tell(asked(), ended())
    recording.recorder.enabled = True
    recording.tell(asked(TWO), ended(TWO))
    assert recording.recorder.record_ids([ONE]) == []
    assert recording.recorder.record_ids([ONE, TWO]) == [turn.record_id for turn in recording.turns()]


def test_turns_of_a_killed_program_are_settled_when_recording_starts(history: History) -> None:
    history.save("one", TurnRecord("left", 1.0, "Why?", "Because"))
    recording = Recording(history)
    recording.recorder.flush()
    recording.recorder.close()
    (turn,) = history.conversation("one").turns
    assert (turn.outcome, turn.error) == (Outcome.FAILED, ENDED_WITH_THE_PROGRAM)


def test_closed_it_has_nothing_left_to_wait_for(history: History) -> None:
    recording = Recording(history)
    recording.tell(asked(), ended())
    recording.recorder.close()
    recording.recorder.flush()
    assert len(history.conversations()) == 1


class FullDisk(History):
    full = True

    def save(self, conversation_id: str, turn: TurnRecord) -> None:
        if self.full:
            raise DiskFull("There is no room left.", "Free some space.")
        super().save(conversation_id, turn)


def test_a_full_disk_is_told_once_and_made_good_later(tmp_path: Path) -> None:
    history = FullDisk(tmp_path / "history.sqlite3")
    recording = Recording(history)
    recording.tell(asked(), ended(), asked(TWO), ended(TWO))
    recording.recorder.flush()
    assert [type(error) for error in recording.errors] == [DiskFull]
    assert history.conversations() == []
    history.full = False
    recording.tell(asked(TurnId(3)))
    assert len(recording.turns()) == 3
    recording.recorder.close()
    history.close()


def test_what_was_hidden_while_the_disk_was_full_does_not_come_up_with_the_rest(tmp_path: Path) -> None:
    history = FullDisk(tmp_path / "history.sqlite3")
    recording = Recording(history)
    recording.tell(asked(), ended(), asked(TWO), ended(TWO))
    recording.recorder.flush()
    recording.recorder.hide(recording.recorder.record_ids([ONE]))
    recording.recorder.flush()
    history.full = False
    recording.tell(asked(TurnId(3)), ended(TurnId(3)))
    assert [turn.record_id for turn in recording.turns()] == recording.recorder.record_ids([TWO, TurnId(3)])
    recording.recorder.close()
    history.close()


class Stubborn(History):
    refuses = True

    def delete_turns(self, record_ids: Iterable[str]) -> None:
        if self.refuses:
            raise DiskFull("There is no room left.", "Free some space.")
        super().delete_turns(record_ids)


def test_a_deletion_that_the_disk_refused_is_made_good_later(tmp_path: Path) -> None:
    history = Stubborn(tmp_path / "history.sqlite3")
    recording = Recording(history)
    recording.tell(asked(), ended())
    recording.recorder.hide(recording.recorder.record_ids([ONE]))
    assert len(recording.turns()) == 1
    assert [type(error) for error in recording.errors] == [DiskFull]
    history.refuses = False
    recording.tell(asked(TWO), ended(TWO))
    assert [turn.record_id for turn in recording.turns()] == recording.recorder.record_ids([TWO])
    recording.recorder.close()
    history.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="a disk of its own needs the right to mount")
def test_a_disk_that_really_is_full(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "none", small], check=False).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        history = History(small / "history.sqlite3")
        recording = Recording(history)
        (small / "filler").write_bytes(bytes(150_000))
        for number in range(1, 80):
            recording.tell(asked(TurnId(number)), ReplyDelta(TurnId(number), 92.0, "word " * 400 + "."))
        recording.recorder.flush()
        assert [type(error) for error in recording.errors] == [DiskFull]
        (small / "filler").unlink()
        subprocess.run(["mount", "-o", "remount,size=8m", small], check=True)
        recording.tell(asked(TurnId(99)))
        assert len(recording.turns()) == 80
        recording.recorder.close()
        history.close()
    finally:
        subprocess.run(["umount", "-l", small], check=True)


def test_a_damaged_file_is_put_aside_at_the_start_and_recording_goes_on(tmp_path: Path) -> None:
    file = tmp_path / "history.sqlite3"
    history = History(file)
    for number in range(50):
        history.save("old", TurnRecord(f"turn-{number}", 1.0, "word " * 50, "word " * 200))
    history.close()
    with file.open("r+b") as raw:
        raw.seek(12 * 4096)
        raw.write(b"\xff" * (file.stat().st_size - 12 * 4096))

    history = History(file)
    recording = Recording(history)
    recording.tell(asked(text="After the damage?"))

    assert [turn.question for turn in recording.turns()] == ["After the damage?"]
    (told,) = recording.errors
    (aside,) = (part for part in tmp_path.iterdir() if ".damaged-" in part.name)
    assert str(aside) in str(told)
    recording.recorder.close()
    history.close()


def test_the_bus_never_waits_for_the_disk(history: History) -> None:
    recording = Recording(history)
    held = threading.Event()
    with history._database._writing:  # as if the disk took its time

        def tell() -> None:
            recording.tell(asked(), ended())
            held.set()

        thread = threading.Thread(target=tell)
        thread.start()
        assert held.wait(20)
        thread.join()
    recording.recorder.close()
    assert len(history.conversations()) == 1


CHILD = """
import sys, time
from pathlib import Path
from engine.bus import Bus
from engine.events import *
from engine.history import History, Recorder
bus = Bus(); history = History(Path(sys.argv[1])); recorder = Recorder(history); bus.subscribe(recorder)
number = 0
while True:
    number += 1
    bus.publish(TranscriptReady(number, time.monotonic(), f"Question {number}?"))
    reply = ""
    for sentence in range(20):
        reply += f"Sentence {sentence} of turn {number}. "
        bus.publish(ReplyDelta(number, time.monotonic(), f"Sentence {sentence} of turn {number}. "))
    bus.publish(TurnEnded(number, time.monotonic(), Outcome.COMPLETED, f"Question {number}?", reply, reply))
    recorder.flush()
    print(number, flush=True)
"""


def test_a_killed_program_leaves_whole_turns(tmp_path: Path) -> None:
    file = tmp_path / "history.sqlite3"
    with child([sys.executable, "-c", CHILD, file]) as program:
        assert program.stdout is not None
        promised = 0
        until_s = time.monotonic() + 0.3
        for line in program.stdout:  # every number was on disk before it was printed
            promised = int(line)
            if promised >= 20 and time.monotonic() > until_s:
                break
        program.send_signal(signal.SIGKILL)
        program.wait(WATCHDOG_S)

    history = History(file)
    assert history.notice is None
    history.settle()
    (summary,) = history.conversations()
    turns = history.conversation(summary.conversation_id).turns
    assert len(turns) >= promised
    for number, turn in enumerate(turns[:promised], 1):
        assert turn.question == f"Question {number}?"
        assert turn.outcome is Outcome.COMPLETED
        assert turn.reply.endswith(f"Sentence 19 of turn {number}. ")
    for turn in turns[promised:]:
        assert turn.reply == "" or turn.reply.endswith(". ")
    history.close()
