"""Real key events from a real X server reach the talk key, whoever has the focus."""

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from app import errors
from app.bridge import Bridge
from app.hotkey.chord import parse
from app.hotkey.machine import Phase
from app.hotkey.ports import ChordTaken
from app.hotkey.talk_key import TalkKey
from app.hotkey.x11 import DisplayUnavailable, X11Keys
from engine.turn import TurnState
from tests.fakes.conversation import FakeConversation
from tests.x_server import XServer, x_server

CHORD = parse("ctrl+alt+space")


@pytest.fixture(scope="module")
def server() -> Iterator[XServer]:
    with x_server() as running:
        yield running


@pytest.fixture
def keys(server: XServer, qtbot: QtBot) -> Iterator[X11Keys]:
    made = X11Keys(server.display)
    yield made
    made.close()
    server.type("keyup", "space", "keyup", "Return", "keyup", "alt", "keyup", "ctrl")


@pytest.fixture
def heard(keys: X11Keys) -> list[str]:
    heard: list[str] = []
    keys.grab(CHORD, lambda: heard.append("down"), lambda: heard.append("up"))
    return heard


def test_a_chord_goes_down_and_up(server: XServer, heard: list[str], qtbot: QtBot) -> None:
    server.type("keydown", "ctrl", "keydown", "alt", "keydown", "space")
    qtbot.waitUntil(lambda: heard == ["down"])
    server.type("keyup", "space", "keyup", "alt", "keyup", "ctrl")
    qtbot.waitUntil(lambda: heard == ["down", "up"])


def test_the_modifiers_may_come_up_first(server: XServer, heard: list[str], qtbot: QtBot) -> None:
    server.type("keydown", "ctrl", "keydown", "alt", "keydown", "space")
    server.type("keyup", "ctrl", "keyup", "alt", "keyup", "space")
    qtbot.waitUntil(lambda: heard[-1:] == ["up"])


def test_a_held_key_repeats_presses_and_comes_up_once(
    server: XServer, heard: list[str], qtbot: QtBot
) -> None:
    server.type("keydown", "ctrl", "keydown", "alt", "keydown", "space")
    qtbot.waitUntil(lambda: len(heard) >= 4)  # the server's own auto-repeat
    assert set(heard) == {"down"}
    server.type("keyup", "space")
    qtbot.waitUntil(lambda: heard[-1] == "up")
    assert heard.count("up") == 1


@pytest.mark.parametrize("lock", ["Num_Lock", "Caps_Lock"])
def test_locks_do_not_matter(server: XServer, heard: list[str], qtbot: QtBot, lock: str) -> None:
    server.type("key", lock)
    try:
        server.type("key", "ctrl+alt+space")
        qtbot.waitUntil(lambda: heard == ["down", "up"])
    finally:
        server.type("key", lock)


def test_other_chords_are_left_to_other_apps(server: XServer, heard: list[str], qtbot: QtBot) -> None:
    server.type("key", "space", "key", "ctrl+space", "key", "ctrl+alt+shift+space")
    server.type("key", "ctrl+alt+space")
    qtbot.waitUntil(lambda: heard[-1:] == ["up"])  # the server tells in order
    assert heard == ["down", "up"]


def test_what_was_given_back_is_free(server: XServer, keys: X11Keys, qtbot: QtBot) -> None:
    heard: list[str] = []
    undo = keys.grab(CHORD, lambda: heard.append("first"), lambda: None)
    undo()
    undo()
    other = X11Keys(server.display)
    other.grab(CHORD, lambda: heard.append("other"), lambda: None)
    server.type("key", "ctrl+alt+space")
    qtbot.waitUntil(lambda: heard == ["other"])
    other.close()


def test_a_chord_of_another_app_is_told(server: XServer, keys: X11Keys, heard: list[str]) -> None:
    other = X11Keys(server.display)
    with pytest.raises(ChordTaken) as taken:
        other.grab(CHORD, lambda: None, lambda: None)
    assert "Ctrl+Alt+Space" in errors.told(taken.value)
    other.grab(parse("ctrl+f5"), lambda: None, lambda: None)
    other.close()


def test_the_keyboard_can_be_looked_at(server: XServer, keys: X11Keys) -> None:
    assert keys.is_down(CHORD) is False
    server.type("keydown", "space")
    assert keys.is_down(CHORD) is True
    server.type("keyup", "space")
    assert keys.is_down(CHORD) is False


def test_a_layout_that_changes_is_followed(server: XServer, keys: X11Keys, qtbot: QtBot) -> None:
    heard: list[str] = []
    keys.grab(parse("ctrl+y"), lambda: heard.append("down"), lambda: heard.append("up"))
    (grab,) = keys._grabs
    before = grab.code
    server.layout("de")  # Y and Z change places
    qtbot.waitUntil(lambda: grab.code != before)
    server.type("key", "ctrl+y")
    qtbot.waitUntil(lambda: heard == ["down", "up"])
    server.layout("us")


def test_a_key_that_the_keyboard_has_not_is_told(keys: X11Keys) -> None:
    with pytest.raises(ChordTaken, match=r"no key for ctrl\+f20"):
        keys.grab(parse("ctrl+f20"), lambda: None, lambda: None)


def test_no_server_is_told(qapp: object) -> None:
    with pytest.raises(DisplayUnavailable):
        X11Keys(":987")


def test_a_server_that_goes_away_ends_nothing(qtbot: QtBot) -> None:
    with x_server() as server:
        keys = X11Keys(server.display)
        keys.grab(CHORD, lambda: None, lambda: None)
    qtbot.waitUntil(lambda: keys.is_down(CHORD) is None)
    with pytest.raises(ChordTaken):
        keys.grab(CHORD, lambda: None, lambda: None)
    keys.close()


def test_a_person_talks_with_the_keyboard(
    server: XServer, keys: X11Keys, conversation: FakeConversation, qtbot: QtBot
) -> None:
    """Held with repeats, locked with Return, ended with a press: through the machine to the conversation."""
    bridge = Bridge()
    bridge.connect_to(conversation)
    key = TalkKey(keys, None, bridge)
    key.use(CHORD)
    server.type("keydown", "ctrl", "keydown", "alt", "keydown", "space")
    qtbot.waitUntil(lambda: key.state.phase is Phase.HELD and key.state.seen_down)
    server.type("key", "Return")
    qtbot.waitUntil(lambda: key.state.phase is Phase.LOCKED)
    server.type("keyup", "space", "keyup", "alt", "keyup", "ctrl")
    qtbot.waitUntil(lambda: key.state.phase is Phase.LATCHED)
    assert conversation.turn and conversation.turn.state is TurnState.LISTENING
    server.type("key", "ctrl+alt+space")
    qtbot.waitUntil(lambda: conversation.turn.state is TurnState.TRANSCRIBING)  # type: ignore[union-attr]
    assert conversation.calls.count("press") == 1
    key.close()
