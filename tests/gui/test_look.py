"""How things stand to each other: nothing jumps, nothing is cut, and what belongs together is aligned."""

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.balanced import balanced
from app.fields import TextField
from app.forms import WIDEST_CHOICE_PX, Choice, Slider, Switch, Words
from app.onboarding.steps import KeyStep
from app.onboarding.window import Onboarding
from app.screenshots import picture
from app.settings.cards import Card, Row
from app.settings.listening import ListeningPage
from app.settings.window import SettingsWindow
from app.theme import LIGHT, Theme
from app.tray.menu import TrayMenu
from app.window.main_window import MainWindow
from engine.audio.devices import Device
from engine.errors import DiskFull
from engine.events import TranscriptReady
from engine.units import TurnId
from tests.fakes.conversation import FakeConversation
from tests.gui.conftest import Run
from tests.gui.settings_world import World, settings_window, world

__all__ = ["settings_window", "world"]


@pytest.fixture
def first_run(world: World, theme: Theme, qtbot: QtBot) -> Onboarding:
    window = Onboarding(world.store, world.services, theme)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    return window


def place(widget: QWidget) -> QRect:
    """Where ``widget`` is in its window."""
    return QRect(widget.mapTo(widget.window(), QPoint(0, 0)), widget.size())


def edges(widget: QWidget) -> tuple[int, int]:
    return place(widget).left(), place(widget).right()


# The settings ----------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [720, 880, 1300])
def test_a_page_stays_where_it_is_when_a_scroll_bar_comes(
    settings_window: SettingsWindow, width: int, qtbot: QtBot
) -> None:
    page = settings_window.show_section("sharing")
    bar = page.verticalScrollBar()
    settings_window.resize(width, 2_000)
    qtbot.waitUntil(lambda: not bar.isVisible())
    whole = [edges(card) for card in page.findChildren(Card)]
    settings_window.resize(width, 480)
    qtbot.waitUntil(bar.isVisible)
    assert [edges(card) for card in page.findChildren(Card)] == whole


def test_a_banner_is_as_wide_as_the_cards_and_a_line_parts_it_from_them(
    settings_window: SettingsWindow, world: World, qtbot: QtBot
) -> None:
    page = settings_window.show_section("general")
    world.store.failed.emit(DiskFull("The disk is full.", "Free some space."))
    banner = settings_window.banner
    qtbot.waitUntil(lambda: place(page).top() > place(banner).bottom() + 12)
    assert {edges(card) for card in page.findChildren(Card)} == {edges(banner)}


def test_banners_of_the_window_are_as_wide_as_what_is_talked_about(
    window: MainWindow, conversation: FakeConversation
) -> None:
    conversation.ask("Why?")
    for width in (600, 1_200):
        window.resize(width, 700)
        window.notices.error.say("Something.", "Do something.")
        assert edges(window.notices.error) == edges(window.transcript.turns[0])


def test_what_the_controls_seem_to_end_at_is_one_line(settings_window: SettingsWindow) -> None:
    ends: set[int] = set()
    for section in ("general", "listening", "brain", "advanced"):
        page = settings_window.show_section(section)
        for row in page.findChildren(Row):
            control = row.control
            if control is not None and row.isVisibleTo(page):
                last = control.findChildren(QWidget)[-1] if type(control) is QWidget else control
                if isinstance(last, Switch | Choice | TextField | Slider):
                    ends.add(place(last).right() - getattr(last, "overhang_px", 0))
    assert len(ends) == 1


def test_the_longest_name_of_a_device_can_be_read(settings_window: SettingsWindow) -> None:
    page = settings_window.show_section("listening")
    assert isinstance(page, ListeningPage)
    choice = page.device.choice
    page.device.show_devices([Device("a", "MacBook Pro Microphone", 0, 1, 48_000, default=True)])
    words = choice.fontMetrics().horizontalAdvance("System default (MacBook Pro Microphone)")
    assert choice.sizeHint().width() >= words + 44 and choice.toolTip() == ""
    long = "The microphone of the camera on the second screen in the office"
    page.device.show_devices([Device("a", long, 0, 1, 48_000, default=True)])
    assert choice.sizeHint().width() == WIDEST_CHOICE_PX
    assert choice.toolTip() == f"System default ({long})"


# The first run ---------------------------------------------------------------------------------


def test_nothing_jumps_from_one_step_to_the_next(first_run: Onboarding, run: Run) -> None:
    async def body() -> None:
        emblems, titles, contents = set(), set(), set()
        for index in range(6):
            first_run.show_step(index)
            step = first_run.step
            layout = step.layout()
            assert layout is not None
            layout.activate()
            emblems.add((place(step.emblem).x(), place(step.emblem).y()))
            titles.add(place(step.title).y())
            contents.add(place(step.text).y())
        assert [len(places) for places in (emblems, titles, contents)] == [1, 1, 1]

    run(body())


def test_the_dots_are_in_the_middle_and_clear_of_the_line(first_run: Onboarding, run: Run) -> None:
    async def body() -> None:
        for index in (0, 2, 5):
            first_run.show_step(index)
            layout = first_run.layout()
            assert layout is not None
            layout.activate()
            dots = place(first_run.dots)
            assert abs(dots.center().x() - first_run.width() / 2) <= 1
            assert dots.top() - (place(first_run._stack).bottom() + 1) >= 12

    run(body())


@pytest.mark.parametrize(
    "text",
    [
        "Say something. The bars move when your voice arrives. Nothing is recorded or sent.",
        "One two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen",
        "Short.",
    ],
)
def test_lines_are_of_like_length(text: str, qtbot: QtBot) -> None:
    words = Words(text, LIGHT)
    qtbot.addWidget(words)
    size = balanced(words, 460)
    assert size.height() == words.heightForWidth(460)
    assert words.heightForWidth(size.width()) == size.height()
    assert size.width() == 230 or words.heightForWidth(size.width() - 1) > size.height()
    words.setFixedSize(size)
    assert balanced(words, 460) == size  # whatever size it has


def test_a_question_by_the_button_does_not_ask_for_the_key_any_more(
    first_run: Onboarding, world: World, run: Run
) -> None:
    async def body() -> None:
        first_run.show_step(2)
        step = first_run.step
        assert isinstance(step, KeyStep)
        assert step.lamp.isVisible()
        world.services.bridge.tell(TranscriptReady(TurnId(1), 0.0, "What can you do?"))
        assert not step.lamp.isVisible()
        step._arrived(True)
        assert step.lamp.isVisible()

    run(body())


def test_a_listening_without_hands_says_how_it_ends(
    window: MainWindow, conversation: FakeConversation
) -> None:
    conversation.press()
    assert window.dock.hint == "Let go to ask · Esc cancels"
    window.dock.set_hands_free(True)
    assert window.dock.hint == "Press again to ask · Esc cancels"


# The menu --------------------------------------------------------------------------------------


def test_a_tick_moves_no_words(qtbot: QtBot) -> None:
    menu = TrayMenu()
    qtbot.addWidget(menu)
    menu.set_colours(LIGHT)
    menu.tell_sharing(False)

    def row() -> QImage:
        menu.resize(menu.sizeHint())
        return picture(menu, 1).toImage().copy(menu.actionGeometry(menu.open))

    plain = row()
    menu.sharing.setChecked(True)
    assert row() == plain
