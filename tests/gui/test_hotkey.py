"""The talk key between a keyboard and a conversation: what is registered when, and what it does."""

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from app.bridge import Bridge
from app.hotkey.chord import parse
from app.hotkey.machine import Phase
from app.hotkey.talk_key import TalkKey
from engine.errors import MicrophoneUnavailable
from engine.turn import TurnState
from tests.fakes.clock import StillClock
from tests.fakes.conversation import FakeConversation
from tests.fakes.keys import FakeKeys, FakeModifierKeys

CHORD = "ctrl+alt+space"
LOCK = "ctrl+alt+return"


@pytest.fixture
def keys() -> FakeKeys:
    return FakeKeys()


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def key(keys: FakeKeys, bridge: Bridge, clock: StillClock) -> Iterator[TalkKey]:
    made = TalkKey(keys, FakeModifierKeys(), bridge, longest_s=60.0, clock=clock)
    made.use(parse(CHORD))
    yield made
    made.close()
    made.deleteLater()


def talking(conversation: FakeConversation) -> list[str]:
    return [call for call in conversation.calls if call in ("press", "release")]


def state(conversation: FakeConversation) -> TurnState | None:
    return conversation.turn.state if conversation.turn else None


def test_hold_to_talk(
    key: TalkKey, keys: FakeKeys, clock: StillClock, conversation: FakeConversation
) -> None:
    keys.press(CHORD)
    assert state(conversation) is TurnState.LISTENING
    clock.go(2)
    keys.release(CHORD)
    assert talking(conversation) == ["press", "release"]
    assert state(conversation) is TurnState.TRANSCRIBING


def test_a_press_while_speaking_is_silence_and_listening(
    key: TalkKey, keys: FakeKeys, conversation: FakeConversation
) -> None:
    conversation.ask("Why?")
    conversation.write("Because it is so.")
    conversation.start_speaking()
    first = conversation.id
    keys.press(CHORD)
    assert conversation.records[-1].turn_id == first
    assert state(conversation) is TurnState.LISTENING
    assert key.state.phase is Phase.HELD  # the end of the former turn was not taken for that of this one


def test_a_chord_changed_while_held_waits_for_the_release(
    key: TalkKey, keys: FakeKeys, clock: StillClock
) -> None:
    keys.press(CHORD)
    key.use(parse("ctrl+f5"))
    assert parse(CHORD) in keys.grabbed
    clock.go(2)
    keys.release(CHORD)
    assert set(keys.grabbed) == {parse("ctrl+f5")}
    assert key.held == parse("ctrl+f5")


def test_waking_up_while_held_registers_after_the_release(
    key: TalkKey, keys: FakeKeys, clock: StillClock
) -> None:
    keys.press(CHORD)
    grabs = keys.grabs
    key.rearm()
    assert keys.grabs == grabs
    clock.go(2)
    keys.release(CHORD)
    assert keys.grabs == grabs + 1
    assert set(keys.grabbed) == {parse(CHORD)}


def test_sleep_stops_and_waking_up_registers_anew(
    key: TalkKey, keys: FakeKeys, conversation: FakeConversation
) -> None:
    keys.press(CHORD)
    key.suspend()
    assert conversation.turn and not conversation.turn.live
    grabs = keys.grabs
    key.rearm()
    assert keys.grabs == grabs + 1
    keys.press(CHORD)
    assert conversation.turn.live


def test_return_locks_while_the_key_is_held(
    key: TalkKey, keys: FakeKeys, clock: StillClock, conversation: FakeConversation
) -> None:
    assert parse(LOCK) not in keys.grabbed
    keys.press(CHORD)
    keys.press(LOCK)
    clock.go(2)
    keys.release(CHORD)
    assert state(conversation) is TurnState.LISTENING
    assert parse(LOCK) not in keys.grabbed
    clock.go(2)
    keys.press(CHORD)
    assert state(conversation) is TurnState.TRANSCRIBING


def test_a_lost_key_up_is_seen_on_the_keyboard(
    key: TalkKey, keys: FakeKeys, clock: StillClock, qtbot: QtBot, conversation: FakeConversation
) -> None:
    keys.press(CHORD)
    clock.go(2)
    qtbot.waitUntil(lambda: key.state.seen_down)
    keys.down.clear()  # nobody is told
    qtbot.waitUntil(lambda: key.state.phase is Phase.IDLE)
    assert talking(conversation) == ["press", "release"]


def test_a_listening_that_nobody_ends_ends_at_the_longest_utterance(
    keys: FakeKeys, bridge: Bridge, qtbot: QtBot, conversation: FakeConversation
) -> None:
    key = TalkKey(keys, None, bridge, longest_s=0.05)
    key.use(parse(CHORD))
    keys.press(CHORD)
    qtbot.waitUntil(lambda: "release" in conversation.calls)
    key.close()


def test_escape_ends_the_hold_too(key: TalkKey, keys: FakeKeys, conversation: FakeConversation) -> None:
    keys.press(CHORD)
    conversation.stop()
    assert key.state.phase is Phase.SPENT
    keys.release(CHORD)
    assert talking(conversation) == ["press"]


def test_a_tap_whose_microphone_never_opened_leaves_no_listening_behind(
    key: TalkKey, keys: FakeKeys, conversation: FakeConversation
) -> None:
    conversation.slow_microphone = True
    keys.press(CHORD)
    keys.release(CHORD)
    phases = [key.state.phase]
    conversation.fail(MicrophoneUnavailable("There is no microphone.", "Connect one."))
    phases.append(key.state.phase)
    assert phases == [Phase.LATCHED, Phase.IDLE]


def test_a_chord_of_another_app_is_told(keys: FakeKeys, bridge: Bridge, qtbot: QtBot) -> None:
    keys.taken_by_others.add(parse(CHORD))
    key = TalkKey(keys, None, bridge)
    with qtbot.waitSignal(key.failed) as failed:
        key.use(parse(CHORD))
    assert failed.args and failed.args[0].remedy
    assert key.held is None


def test_a_modifier_alone_where_there_is_none_is_told(keys: FakeKeys, bridge: Bridge, qtbot: QtBot) -> None:
    key = TalkKey(keys, None, bridge)
    with qtbot.waitSignal(key.failed):
        key.use("right_option")


def test_a_modifier_alone_talks(bridge: Bridge, qtbot: QtBot, conversation: FakeConversation) -> None:
    modifiers, clock = FakeModifierKeys(), StillClock()
    key = TalkKey(FakeKeys(), modifiers, bridge, clock=clock)
    key.use("right_option")
    pressed, released, _ = modifiers.watched["right_option"]
    pressed()
    clock.go(2)
    released()
    assert key.state.phase is Phase.RELEASING
    clock.go(1)
    qtbot.waitUntil(lambda: talking(conversation) == ["press", "release"])
    key.use(None)
    assert modifiers.watched == {}
    key.close()


def test_a_key_tried_out_is_seen(key: TalkKey, keys: FakeKeys, clock: StillClock) -> None:
    seen: list[bool] = []
    key.arrived.connect(seen.append)
    keys.press(CHORD)
    clock.go(1)
    keys.release(CHORD)
    assert seen == [True, False]
