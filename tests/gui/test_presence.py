"""What Aloud is doing, as one word for the window, the pill and the menu."""

from pytestqt.qtbot import QtBot

from app.bridge import Bridge
from app.hud.pill import Pill
from app.presence import Doing, Presence, words
from app.theme import Theme
from app.tray.menu import TrayMenu
from app.window.main_window import MainWindow
from engine.errors import MicrophoneUnavailable
from engine.events import BackendState, ListeningStarted, Outcome, Port, TurnEnded
from engine.units import TurnId
from tests.fakes.conversation import FakeConversation


def now(presence: Presence) -> Doing:
    return presence.doing


def test_a_turn_is_followed(bridge: Bridge, conversation: FakeConversation) -> None:
    seen: list[Doing] = []
    presence = Presence(bridge)
    conversation.ready()
    presence.changed.connect(seen.append)
    conversation.press()
    conversation.release()
    conversation.understand("Why?")
    conversation.write("Because.")
    conversation.start_speaking()
    conversation.stop()
    assert seen == [
        Doing.LISTENING,
        Doing.UNDERSTANDING,
        Doing.THINKING,
        Doing.SPEAKING,
        Doing.IDLE,
    ]


def test_a_turn_that_ends_late_does_not_end_the_one_after_it(bridge: Bridge) -> None:
    presence = Presence(bridge)
    bridge.tell(ListeningStarted(TurnId(1), 0.0))
    bridge.tell(ListeningStarted(TurnId(2), 1.0))
    bridge.tell(TurnEnded(TurnId(1), 1.1, Outcome.DISCARDED, "", "", ""))
    assert now(presence) is Doing.LISTENING
    bridge.tell(TurnEnded(TurnId(2), 1.2, Outcome.DISCARDED, "", "", ""))
    assert now(presence) is Doing.LOADING


def test_it_is_ready_once_every_part_is(bridge: Bridge, conversation: FakeConversation) -> None:
    presence = Presence(bridge)
    assert now(presence) is Doing.LOADING
    conversation.part(Port.TRANSCRIBER, BackendState.READY)
    conversation.part(Port.LANGUAGE_MODEL, BackendState.READY)
    assert now(presence) is Doing.LOADING
    conversation.part(Port.SYNTHESIZER, BackendState.READY, "hibari")
    assert now(presence) is Doing.IDLE
    conversation.part(Port.SYNTHESIZER, BackendState.LOADING, "Kyutai", progress=0.3)
    assert now(presence) is Doing.IDLE  # the former one answers meanwhile
    conversation.part(Port.TRANSCRIBER, BackendState.RESTARTING)
    assert now(presence) is Doing.LOADING


def test_a_missing_microphone_is_an_error_until_it_is_tried_again(
    bridge: Bridge, conversation: FakeConversation
) -> None:
    presence = Presence(bridge)
    conversation.ready()
    conversation.press()
    conversation.fail(MicrophoneUnavailable("No microphone was found.", "Plug one in."))
    assert now(presence) is Doing.ERROR
    presence.forgive(Port.MICROPHONE)
    assert now(presence) is Doing.IDLE


def test_without_a_conversation_nothing_is_waited_for(bridge: Bridge) -> None:
    presence = Presence(bridge)
    presence.give_up()
    assert now(presence) is Doing.ERROR


def test_what_fails_is_shown_between_turns(bridge: Bridge, conversation: FakeConversation) -> None:
    presence = Presence(bridge)
    conversation.ready()
    conversation.part(Port.LANGUAGE_MODEL, BackendState.FAILED)
    assert now(presence) is Doing.ERROR
    bridge.mute(True)
    assert now(presence) is Doing.ERROR
    conversation.press()
    assert now(presence) is Doing.LISTENING
    conversation.stop()
    conversation.part(Port.LANGUAGE_MODEL, BackendState.READY)
    assert now(presence) is Doing.MUTED
    bridge.mute(False)
    assert now(presence) is Doing.IDLE


def test_a_muted_start_is_shown(bridge: Bridge, conversation: FakeConversation) -> None:
    bridge.mute(True)
    presence = Presence(bridge)
    conversation.ready()
    assert presence.doing is Doing.MUTED


def test_the_window_the_pill_and_the_menu_say_the_same(
    window: MainWindow, theme: Theme, menu: TrayMenu, conversation: FakeConversation, qtbot: QtBot
) -> None:
    pill = Pill(theme)
    qtbot.addWidget(pill)
    for doing in Doing:
        window.header.status.show_doing(doing, None)
        menu.tell(doing)
        pill.tell(doing)
        pill.say("")
        assert {window.header.status.text(), menu.state.text(), pill.accessibleName()} == {words(doing)}


def test_the_window_never_says_it_is_ready_during_a_turn(
    window: MainWindow, conversation: FakeConversation
) -> None:
    chip = window.header.status
    conversation.ready()
    seen = [chip.text()]
    for happens in (
        conversation.press,
        conversation.release,
        lambda: conversation.understand("Why?"),
        lambda: conversation.write("Because."),
        conversation.start_speaking,
        conversation.stop,
        lambda: window.header.mute.click(),
    ):
        happens()
        seen.append(chip.text())
    assert seen == [
        *("Ready", "Listening", "Understanding", "Thinking", "Thinking", "Speaking", "Ready", "Muted"),
    ]
    assert chip.accessibleName() == "State: Muted"
