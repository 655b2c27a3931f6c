"""The field in which a question is written, with the keys of a keyboard."""

from PySide6.QtCore import QLocale, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.bridge import Bridge
from app.locale import Translation
from app.theme import Theme
from app.window.main_window import MainWindow
from engine.units import TurnId
from tests.fakes.conversation import FakeConversation

UP, DOWN = Qt.Key.Key_Up, Qt.Key.Key_Down


def test_up_moves_within_a_question_that_is_wrapped(window: MainWindow) -> None:
    composer = window.dock.composer
    composer.remember("an earlier question")
    long = "word " * 60
    QTest.keyClicks(composer.field, long)
    assert composer.field.document().blockCount() == 1
    QTest.keyClick(composer.field, UP)
    assert composer.text == long
    for _ in range(9):
        QTest.keyClick(composer.field, UP)
    assert composer.text == "an earlier question"


def test_up_with_shift_selects_and_brings_nothing_back(window: MainWindow) -> None:
    composer = window.dock.composer
    composer.remember("an earlier question")
    QTest.keyClicks(composer.field, "one two")
    QTest.keyClick(composer.field, UP, Qt.KeyboardModifier.ShiftModifier)
    assert composer.text == "one two"


def test_up_goes_through_what_was_asked_while_editing_too(window: MainWindow) -> None:
    composer = window.dock.composer
    composer.remember("first")
    composer.edit(TurnId(1), "second", "14:02")
    QTest.keyClick(composer.field, UP)
    assert (composer.text, composer.editing) == ("first", 1)
    QTest.keyClick(composer.field, DOWN)
    assert composer.text == "second"


def test_a_blank_edit_is_not_sent_and_goes_on(window: MainWindow, conversation: FakeConversation) -> None:
    composer = window.dock.composer
    composer.edit(TurnId(1), "second", "")
    assert composer.strip.text == "Replacing your question"
    composer.field.selectAll()
    QTest.keyClicks(composer.field, " ")
    QTest.keyClick(composer.field, Qt.Key.Key_Return)
    assert not conversation.calls
    assert composer.editing == 1


def test_a_question_that_nobody_could_take_is_not_lost(qtbot: QtBot, theme: Theme) -> None:
    bridge = Bridge()
    window = MainWindow(bridge, theme)
    bridge.setParent(window)
    qtbot.addWidget(window)
    window.show()
    QTest.keyClicks(window.dock.composer.field, "Why?")
    QTest.keyClick(window.dock.composer.field, Qt.Key.Key_Return)
    assert window.dock.composer.text == "Why?"


def test_the_line_above_the_field_follows_the_language(window: MainWindow, qapp: QApplication) -> None:
    before, translation = QLocale(), Translation(qapp)
    window.dock.composer.edit(TurnId(1), "Why?", "14:02")
    translation.use("fr")
    qapp.processEvents()
    assert window.dock.composer.strip.text == "Remplace votre question (14:02)"
    translation.use("en")
    translation.deleteLater()
    QLocale.setDefault(before)


def test_a_tall_question_and_the_line_above_it_fit_into_the_composer(window: MainWindow) -> None:
    composer = window.dock.composer
    composer.edit(TurnId(1), "\n".join(["line"] * 5), "14:02")
    composer.resize(composer.width(), composer.sizeHint().height())
    field = composer.field
    assert composer.strip.text == "Replacing your question from 14:02"
    assert composer.rect().contains(field.geometry())
    assert composer.strip.geometry().bottom() < field.y()
    assert field.height() >= 5 * field.fontMetrics().lineSpacing()
