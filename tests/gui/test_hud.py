"""The pill: there while a turn is in flight and another app is in front, and never in the way."""

import pytest
from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtGui import QImage, QPaintEvent
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from app.bridge import Bridge
from app.hotkey.chord import parse
from app.hud.hud import Hud
from app.hud.pill import Pill
from app.hud.plate import PLATE_W, SHADOW_PX, placed
from app.presence import Doing, Presence
from app.screenshots import picture
from app.theme import DARK, LIGHT, Theme
from engine.errors import BrainUnreachable, UtteranceTooShort
from tests.fakes.conversation import FakeConversation
from tests.fakes.keys import FakeKeys

ESCAPE = parse("escape")


class World:
    """A pill over other apps, and what it was made with."""

    def __init__(self, conversation: FakeConversation, theme: Theme) -> None:
        self.in_front = False
        self.keys = FakeKeys()
        self.prepared = 0
        self.bridge = Bridge()
        self.bridge.connect_to(conversation)
        self.presence = Presence(self.bridge)
        self.hud = Hud(
            self.bridge,
            self.presence,
            theme,
            self.keys,
            in_front=lambda: self.in_front,
            talk_chord=lambda: parse("ctrl+alt+space"),
            prepare=self._prepare,
        )
        self.pill = self.hud.pill

    def _prepare(self, pill: Pill) -> None:
        assert not pill.isVisible()
        self.prepared += 1


@pytest.fixture
def world(conversation: FakeConversation, theme: Theme, qtbot: QtBot) -> World:
    made = World(conversation, theme)
    qtbot.addWidget(made.pill, before_close_func=lambda _: made.hud.close())
    return made


def shown(pill: Pill) -> tuple[Doing, str]:
    return pill.doing, pill.text


def test_it_follows_a_turn(world: World, conversation: FakeConversation, qtbot: QtBot) -> None:
    pill = world.pill
    assert not pill.isVisible()
    conversation.press()
    assert pill.isVisible() and shown(pill)[0] is Doing.LISTENING
    conversation.partial("why is the")
    assert shown(pill)[1] == "why is the"
    conversation.release()
    assert shown(pill)[0] is Doing.UNDERSTANDING
    conversation.understand("Why is the sky blue?")
    assert shown(pill)[0] is Doing.THINKING
    assert pill.text == "Why is the sky blue?"
    conversation.write("Because of air.")
    conversation.start_speaking()
    conversation.speak("Because")
    conversation.speak("of")
    assert shown(pill) == (Doing.SPEAKING, "Because of")
    conversation.stop()
    qtbot.waitUntil(lambda: not pill.isVisible())


def test_it_takes_no_focus_and_lets_clicks_through(
    world: World, conversation: FakeConversation, qtbot: QtBot
) -> None:
    field = QLineEdit()
    qtbot.addWidget(field)
    field.show()
    field.activateWindow()
    qtbot.waitUntil(field.hasFocus)
    conversation.press()
    qtbot.waitExposed(world.pill)
    assert field.hasFocus() and field.isActiveWindow()
    flags = world.pill.windowFlags()
    for flag in ("WindowDoesNotAcceptFocus", "WindowTransparentForInput", "WindowStaysOnTopHint", "Tool"):
        assert flags & Qt.WindowType[flag], flag
    assert world.pill.testAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
    conversation.stop()


def test_escape_is_ours_only_while_it_shows(world: World, conversation: FakeConversation) -> None:
    assert world.keys.grabbed == {}
    conversation.press()
    assert set(world.keys.grabbed) == {ESCAPE, parse("ctrl+alt+escape")}
    world.keys.press("escape")
    assert conversation.turn and not conversation.turn.live
    assert world.keys.grabbed == {}


def test_escape_of_another_app_stays_there(world: World, conversation: FakeConversation) -> None:
    world.keys.taken_by_others |= {ESCAPE, parse("ctrl+alt+escape")}
    conversation.press()
    assert world.pill.isVisible()
    conversation.stop()


def test_it_stays_away_while_the_window_is_in_front(world: World, conversation: FakeConversation) -> None:
    world.in_front = True
    conversation.press()
    assert not world.pill.isVisible() and world.keys.grabbed == {}
    world.in_front = False
    world.hud.settle()
    assert world.pill.isVisible() and ESCAPE in world.keys.grabbed
    conversation.stop()


def test_the_system_is_told_once_what_window_it_is(world: World, conversation: FakeConversation) -> None:
    conversation.press()
    conversation.press()
    conversation.stop()
    conversation.press()
    conversation.stop()
    assert world.prepared == 1


def test_it_says_why_a_turn_came_to_nothing(
    world: World, conversation: FakeConversation, qtbot: QtBot
) -> None:
    conversation.ask("Why?")
    conversation.fail(BrainUnreachable("The server does not answer.", "Start it."))
    assert (world.pill.doing, world.pill.text) == (Doing.ERROR, "The server does not answer.")
    assert world.pill.wanted and world.keys.grabbed == {}
    conversation.press()
    conversation.nothing_heard(UtteranceTooShort("That was too short."))
    assert world.pill.text == "That was too short."
    world.hud._reading.setInterval(1)
    world.hud._reading.start()
    qtbot.waitUntil(lambda: not world.pill.isVisible())


def test_it_says_below_the_words_what_there_is_to_do(world: World, conversation: FakeConversation) -> None:
    conversation.press()
    conversation.partial("why is the")
    world.pill.show_whole()
    before = picture(world.pill, 1).toImage()
    world.hud.set_hands_free(True)
    assert world.pill.accessibleName() == "why is the. Press again to ask"
    assert picture(world.pill, 1).toImage() != before
    world.hud.set_hands_free(False)
    assert world.pill.accessibleName() == "why is the"
    conversation.stop()


def test_a_screen_reader_is_told_its_words(world: World, conversation: FakeConversation) -> None:
    conversation.press()
    assert world.pill.accessibleName() == "Listening"
    conversation.partial("why")
    assert world.pill.accessibleName() == "why"
    conversation.stop()


def test_less_movement_means_none(
    world: World, conversation: FakeConversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.hud.pill.motion_reduced", lambda: True)
    conversation.ask("Why?")
    assert world.pill._opacity == 1.0
    assert world.pill._dots.state() is world.pill._dots.State.Stopped
    conversation.stop()
    assert not world.pill.isVisible()


def on_the_screen(pill: Pill) -> QImage:
    return pill.screen().grabWindow(pill.winId()).toImage()


class Painted(QObject):
    """The places that were painted anew."""

    def __init__(self, pill: Pill) -> None:
        super().__init__(pill)
        self.places: list[QRect] = []
        pill.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QPaintEvent):
            self.places.append(event.rect())
        return False


def test_the_dots_move_and_nothing_else_is_painted_for_it(theme: Theme, qtbot: QtBot) -> None:
    pill = Pill(theme)
    qtbot.addWidget(pill)
    pill.show_whole()
    qtbot.waitExposed(pill)
    pill.tell(Doing.THINKING)
    pill.say("Why is the sky blue?")
    pill._dots.blockSignals(True)  # the test moves them
    pill._set_phase(3)
    QApplication.processEvents()
    before = on_the_screen(pill)
    painted = Painted(pill)
    pill._set_phase(10)
    QApplication.processEvents()
    shown_bit_by_bit = on_the_screen(pill)
    assert shown_bit_by_bit != before
    assert painted.places and all(place.width() < PLATE_W // 8 for place in painted.places)
    pill.update()
    QApplication.processEvents()
    assert painted.places[-1] == pill.rect()
    assert on_the_screen(pill) == shown_bit_by_bit


@pytest.mark.parametrize("change", ["colours", "size"])
def test_the_plate_is_drawn_again_for_other_colours_and_another_size(
    theme: Theme, qtbot: QtBot, change: str
) -> None:
    pill, dark = Pill(theme), Theme("dark")
    qtbot.addWidget(pill)
    pill.show_whole()
    before = pill.grab().toImage()
    if change == "colours":
        pill._theme = dark
        fresh = Pill(dark)
    else:
        pill.setFixedSize(pill.width() + 40, pill.height())
        fresh = Pill(theme)
        fresh.setFixedSize(pill.size())
    qtbot.addWidget(fresh)
    fresh.show_whole()
    assert pill.grab().toImage() == fresh.grab().toImage() != before


def test_it_sits_at_the_bottom_in_the_middle() -> None:
    screen = QRect(100, 50, 1000, 800)
    place = placed(screen, PLATE_W + 2 * SHADOW_PX, 100)
    assert abs(place.center().x() - screen.center().x()) <= 1
    assert screen.bottom() - 40 < place.bottom() - SHADOW_PX < screen.bottom()


@pytest.mark.parametrize(("look", "colours"), [("light", LIGHT), ("dark", DARK)])
def test_it_is_painted_in_the_theme(qapp: QApplication, qtbot: QtBot, look: str, colours: object) -> None:
    pill = Pill(Theme("dark" if look == "dark" else "light"))
    qtbot.addWidget(pill)
    pill.tell(Doing.LISTENING)
    pill.show_whole()
    drawn: QImage = picture(pill, 1).toImage()
    plate = drawn.pixelColor(drawn.width() // 2, SHADOW_PX + 6)
    assert plate.name() == (DARK if colours is DARK else LIGHT).raised
    assert drawn.pixelColor(0, 0).alpha() == 0


def test_once_closed_it_follows_nothing(
    conversation: FakeConversation, theme: Theme, qapp: QApplication, qtbot: QtBot
) -> None:
    world = World(conversation, theme)
    world.hud.close()
    world.pill.deleteLater()
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    with qtbot.captureExceptions() as raised:
        qapp.applicationStateChanged.emit(qapp.applicationState())
        conversation.press()
        conversation.stop()
    assert raised == []
