"""What a screen reader is told, and what the keyboard alone can do."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAccessibleEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from app import theme as app_theme
from app.announce import sentences
from app.transcript.marks import Dots
from app.window.main_window import MainWindow
from engine.errors import BrainUnreachable
from tests.fakes.conversation import FakeConversation


@pytest.fixture
def announced(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bool]]:
    """Every announcement, and whether it was urgent."""
    heard: list[tuple[str, bool]] = []

    def update(event: QAccessibleEvent) -> None:
        assert isinstance(event, QAccessibleAnnouncementEvent)
        urgent = event.politeness() is QAccessible.AnnouncementPoliteness.Assertive
        heard.append((event.message(), urgent))

    monkeypatch.setattr(QAccessible, "updateAccessibility", update)
    return heard


def test_sentences_of_a_silent_answer_are_announced_once_they_are_finished(
    window: MainWindow, conversation: FakeConversation, announced: list[tuple[str, bool]]
) -> None:
    window.header.mute.click()
    conversation.ask("Why?")
    conversation.write("It is **so", "**. And", " then")
    assert announced == [("It is so.", False)]
    conversation.complete()
    assert announced == [("It is so.", False), ("And then", False)]


def test_a_spoken_answer_is_not_announced_too(
    window: MainWindow, conversation: FakeConversation, announced: list[tuple[str, bool]]
) -> None:
    conversation.ask("Why?")
    conversation.write("It is so. And then.")
    conversation.complete()
    assert announced == []


def test_states_and_errors_are_announced(
    window: MainWindow, conversation: FakeConversation, announced: list[tuple[str, bool]]
) -> None:
    conversation.press()
    conversation.release()
    conversation.understand("Why?")
    conversation.stop()
    conversation.fail(BrainUnreachable("No network.", "Connect it."), in_turn=False)
    assert announced == [
        ("Listening", False),
        ("You asked: Why?", False),
        ("Stopped", False),
        ("No network. Connect it.", True),
    ]


@pytest.mark.parametrize(
    ("text", "finished", "rest"),
    [
        ("One. Two", ["One."], "Two"),
        ("# Head\nText", ["Head"], "Text"),
        ("See [it](http://x.y/z). Now", ["See it."], "Now"),
        ('"Yes!" she said. ', ['"Yes!', "she said."], ""),
        ("3.5 is", [], "3.5 is"),
    ],
)
def test_sentences(text: str, finished: list[str], rest: str) -> None:
    assert sentences(text) == (finished, rest)


def reached_by_tab(window: MainWindow) -> list[str]:
    window.activateWindow()
    window.dock.composer.field.setFocus()
    names: list[str] = []
    for _ in range(40):
        focused = QApplication.focusWidget()
        if focused is None or focused.accessibleName() in names:
            break
        names.append(focused.accessibleName())
        QTest.keyClick(focused, Qt.Key.Key_Tab)
    return names


def test_tab_reaches_every_control(window: MainWindow, conversation: FakeConversation) -> None:
    conversation.ask("Why?")
    conversation.write("So.")
    conversation.complete()
    conversation.finish()
    wanted = {
        *("Question", "Hold to talk", "State: Loading", "Mute the voice", "Settings", "Conversations"),
        *("Copy the answer", "Ask again", "Edit and ask again", "Delete this turn"),
    }
    assert wanted <= set(reached_by_tab(window))


def test_a_turn_by_keyboard_alone(window: MainWindow, conversation: FakeConversation) -> None:
    talk = window.dock.talk
    talk.setFocus()
    QTest.keyPress(talk, Qt.Key.Key_Space)
    assert window.dock.strip.isVisible()
    QTest.keyRelease(talk, Qt.Key.Key_Space)
    conversation.understand("Why?")
    conversation.write("So.")
    conversation.start_speaking()
    QTest.keyClick(talk, Qt.Key.Key_Escape)
    assert window.dock.stop.isHidden()
    QTest.keyClick(
        window, Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    )
    assert conversation.muted
    QTest.keyClick(window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.focusWidget() is window.sidebar.search
    QTest.keyClick(window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.focusWidget() is window.dock.composer.field


def test_nothing_moves_where_less_movement_is_wanted(
    window: MainWindow, conversation: FakeConversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_theme, "motion_reduced", lambda: True)
    conversation.ask("Why?")
    (dots,) = window.findChildren(Dots)
    assert dots.isVisible()
    assert not dots.moving


def test_larger_text_makes_larger_controls(qapp: QApplication) -> None:
    font, plain = qapp.font(), app_theme.text_font(15 / 13)
    larger = qapp.font()
    larger.setPixelSize(font.pixelSize() * 2)
    qapp.setFont(larger)
    try:
        assert app_theme.text_font(15 / 13).pixelSize() == 2 * plain.pixelSize()
    finally:
        qapp.setFont(font)


def test_every_icon_button_says_what_it_does(window: MainWindow) -> None:
    buttons: list[QWidget] = [*window.findChildren(QAbstractButton)]
    assert all(button.accessibleName() or not button.isVisibleTo(window) for button in buttons)
