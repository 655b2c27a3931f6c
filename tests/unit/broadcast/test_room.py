"""What late joiners are told is what the others saw."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from engine.broadcast import messages as m
from engine.broadcast.packets import SoundPacket
from engine.broadcast.room import MAX_TEXT, MAX_TURNS, Room
from engine.broadcast.sound import SoundFrames
from engine.pcm import SILENCE
from tests.unit.broadcast.test_sound import packet

SPOKEN: tuple[m.RoomMessage, ...] = (
    m.State(1, "listening", 1),
    m.Partial(1, "what is"),
    m.State(1, "transcribing", 2),
    m.Transcript(1, "What is it?", False),
    m.State(1, "thinking", 3),
    m.Delta(1, "A "),
    m.Delta(1, "voice."),
    m.Words(1, (m.Word("A", 0, 1, 10),)),
    m.State(1, "speaking", 4),
)


def told(*messages: m.RoomMessage) -> Room:
    room = Room("r")
    for message in messages:
        room.apply(message)
    return room


def test_a_running_turn_is_shown_as_far_as_it_has_come() -> None:
    assert told(*SPOKEN[:2]).snapshot().partial == "what is"
    snapshot = told(*SPOKEN).snapshot()
    assert (snapshot.state, snapshot.turn, snapshot.partial) == ("speaking", 1, "")
    assert snapshot.turns == (
        m.TurnSnapshot(1, "What is it?", False, "A voice.", words=(m.Word("A", 0, 1, 10),)),
    )


def test_an_ended_turn_is_kept_as_it_was_heard() -> None:
    room = told(*SPOKEN, m.Ended(1, "interrupted", "What is it?", "A voice.", "A"), m.State(1, "idle", 9))
    assert room.snapshot().turns == (
        m.TurnSnapshot(1, "What is it?", False, "A voice.", False, "A", "interrupted"),
    )
    assert room.snapshot().state == "idle"


def test_a_discarded_turn_leaves_no_trace() -> None:
    room = told(m.State(1, "listening", 1), m.Ended(1, "discarded", "", "", ""), m.State(1, "idle", 2))
    assert room.snapshot().turns == ()


def test_a_snapshot_is_bounded_and_says_what_it_leaves_out() -> None:
    room = Room("r")
    for turn in range(1, 71):
        room.apply(m.Ended(turn, "completed", "q", "a", "a"))
    assert len(room.snapshot().turns) == MAX_TURNS
    assert room.snapshot().earlier_turns == 20
    for turn in range(71, 76):
        room.apply(m.Ended(turn, "completed", "q" * 30_000, "a" * 10_000, ""))
    assert sum(len(turn.question + turn.reply) for turn in room.snapshot().turns) <= MAX_TEXT
    assert room.snapshot().earlier_turns + len(room.snapshot().turns) == 75
    room.apply(m.Ended(76, "completed", "q" * 90_000, "", ""))
    assert [turn.turn for turn in room.snapshot().turns] == [76]  # the last one always


def test_backends_floor_and_mute_are_remembered() -> None:
    room = told(
        m.Backend("synthesizer", "loading", 0.5),
        m.Backend("synthesizer", "ready"),
        m.Talker("k3", "Phone"),
        m.Muted(True),
    )
    snapshot = room.snapshot()
    assert snapshot.backends == (m.BackendSnapshot("synthesizer", "ready"),)
    assert (snapshot.talker, snapshot.talker_name, snapshot.muted) == ("k3", "Phone", True)


def test_a_room_loaded_from_a_snapshot_gives_the_same_snapshot() -> None:
    original = told(*SPOKEN, m.Ended(1, "interrupted", "q", "r", "h"), *(m.Delta(2, "x"),), m.Muted(True))
    assert told(m.Resync(original.snapshot())).snapshot() == original.snapshot()


texts = st.text(max_size=5)
turns = st.integers(1, 3)
any_message: st.SearchStrategy[m.RoomMessage] = st.one_of(
    st.builds(m.State, turns, st.sampled_from(["idle", "listening", "speaking"]), st.just(1)),
    st.builds(m.Partial, turns, texts),
    st.builds(m.Transcript, turns, texts, st.booleans()),
    st.builds(m.Delta, turns, texts),
    st.builds(m.Completed, turns, texts),
    st.builds(m.Ended, turns, st.sampled_from(["completed", "discarded"]), texts, texts, texts),
    st.builds(m.Talker, texts, texts),
    st.builds(m.Muted, st.booleans()),
)


@given(st.lists(any_message, max_size=20), st.lists(any_message, max_size=20))
def test_joining_late_or_early_makes_no_difference(
    before: list[m.RoomMessage], after: list[m.RoomMessage]
) -> None:
    early = told(*before, *after)
    late = told(m.Resync(told(*before).snapshot()), *after)
    assert late.snapshot() == early.snapshot()


def test_sound_is_kept_until_it_was_played_and_dropped_when_cut() -> None:
    room = Room("r")
    for sequence in range(3):
        room.keep(packet(1, sequence, play_at_us=1_000_000 + sequence * 80_000), now_us=0)
    assert [sound.packet.sequence for sound in room.sound_to_play(1_080_000)] == [1, 2]
    room.apply(m.Cut(1, 1_100_000))
    assert room.sound_to_play(0) == ()
    assert not room.takes(packet(1, 3))
    assert room.takes(packet(2, 0))


def test_a_snapshot_without_a_cut_turn_does_not_let_its_late_sound_in_again() -> None:
    room = told(m.Delta(3, "x"), m.Cut(3, 1))
    room.apply(m.Resync(replace(told().snapshot(), turn=3)))
    assert not room.takes(packet(3, 1))
    assert room.takes(packet(4, 0))
    room.apply(m.Resync(replace(told().snapshot(), room="another")))  # whose turns begin anew
    assert room.takes(packet(1, 0))


def test_empty_sound_is_kept_no_longer_than_its_moment() -> None:
    room = Room("r")
    room.keep(SoundFrames(SoundPacket("f32le", 1, 0, 0, 500, SILENCE)), now_us=0)
    assert len(room.sound_to_play(499)) == 1
    assert room.sound_to_play(500) == ()


def test_sound_that_was_played_is_not_kept_though_nobody_joins() -> None:
    room = Room("r")
    for sequence in range(1_000):
        room.keep(packet(1, sequence, play_at_us=sequence * 80_000), now_us=sequence * 80_000)
    assert len(room.sound_to_play(0)) == 1
