"""Larger text: every window takes it, at once, and nothing is cut off by it."""

import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from types import ModuleType

import pytest
from PySide6.QtCore import QEvent, QLocale, QRect, Qt
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app import text_size
from app.composition import App
from app.flow import Flow
from app.hud.pill import Pill
from app.locale import Translation
from app.macos import text_size as system
from app.onboarding import scenes as onboarding_scenes
from app.settings import scenes as settings_scenes
from app.settings.general import TEXT_SIZES, GeneralPage
from app.settings.window import SettingsWindow
from app.text_size import TextSize, fix, px, roomy, use_font
from app.theme import Theme, base_font, text_font
from app.window import scenes as window_scenes
from app.window.main_window import MainWindow
from engine import paths
from engine.settings import load
from tests.gui.clipping import clipped, text_of
from tests.gui.settings_world import pick
from tests.gui.test_app import Slow, played

CUT_ON_PURPOSE = ("MacBook",)
"""The name of a device may be longer than any page is wide; the list that opens shows it whole."""


@pytest.fixture
def size(qapp: QApplication) -> Iterator[TextSize]:
    for left in qapp.findChildren(TextSize):  # of a test's app that was made and never run
        left.close()
    made = TextSize(qapp)
    yield made
    made.use(100)
    made.close()


@pytest.fixture
def translation(qapp: QApplication) -> Iterator[Translation]:
    before = QLocale()
    made = Translation(qapp)
    yield made
    made.use("en")
    made.deleteLater()
    QLocale.setDefault(before)


@pytest.fixture(autouse=True)
def usual_again(qapp: QApplication) -> Iterator[None]:
    """A test that fails leaves no larger text behind."""
    yield
    qapp.setFont(base_font())


def scenes(place: Path, *parts: ModuleType) -> Iterator[tuple[str, QWidget]]:
    """The windows of ``parts``, but for menus, which are made anew each time they are opened."""
    theme = Theme("light")
    for number, (name, scene) in enumerate(chain.from_iterable(part.SCENES.items() for part in parts)):
        folder = place / str(number)
        folder.mkdir(parents=True, exist_ok=True)
        widget = scene(theme, folder)
        if not isinstance(widget, QMenu):
            yield name, widget


def settled(widget: QWidget) -> None:
    for _ in range(3):  # what is laid out may be laid out again for the height it then has
        QApplication.processEvents()


def gone(widget: QWidget) -> None:
    widget.close()
    widget.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def faults(window: QWidget) -> list[str]:
    return [fault for fault in clipped(window) if not any(name in fault for name in CUT_ON_PURPOSE)]


@pytest.mark.parametrize(("percent", "language"), [(100, "fr"), (150, "en"), (200, "fr"), (200, "en")])
def test_nothing_is_cut_off_in_a_window_that_opens(
    size: TextSize, translation: Translation, percent: int, language: str, tmp_path: Path
) -> None:
    translation.use(language)
    size.use(percent)
    found: dict[str, list[str]] = {}
    for name, window in scenes(tmp_path, window_scenes, settings_scenes, onboarding_scenes):
        settled(window)
        found[name] = faults(window)
        gone(window)
    assert len(found) > 20
    assert {name: cut for name, cut in found.items() if cut} == {}


@pytest.mark.parametrize("percent", [150, 200])
def test_nothing_is_cut_off_in_a_window_that_is_open(size: TextSize, percent: int, tmp_path: Path) -> None:
    for name, window in scenes(tmp_path, window_scenes):
        size.use(percent)
        settled(window)
        assert faults(window) == [], name
        size.use(100)
        settled(window)
        assert faults(window) == [], f"{name}, back at the usual size"
        gone(window)


def sizes_of(window: QWidget) -> list[tuple[str, int]]:
    widgets = [widget for widget in window.findChildren(QWidget) if text_of(widget)]
    return [(text_of(widget), widget.font().pixelSize()) for widget in widgets]


def test_an_open_window_has_the_very_sizes_of_one_that_opens(size: TextSize, tmp_path: Path) -> None:
    size.use(150)
    opened = {}
    for name, window in scenes(tmp_path, window_scenes):
        opened[name] = sizes_of(window)
        gone(window)
    size.use(100)
    for name, window in scenes(tmp_path, window_scenes):
        size.use(150)
        assert sizes_of(window) == opened[name], name
        size.use(100)
        gone(window)


def test_answers_are_written_anew(size: TextSize, tmp_path: Path) -> None:
    for name, window in scenes(tmp_path, window_scenes):
        if name == "window-answered":
            assert isinstance(window, MainWindow)
            (turn,) = window.transcript.turns
            usual = [part.height_for(600) for part in turn.answer.parts]
            size.use(200)
            larger = [part.height_for(600) for part in turn.answer.parts]
        gone(window)
    assert len(usual) == 3, "words, code, and words again"
    assert all(after > 1.5 * before for before, after in zip(usual, larger, strict=True))


def test_the_pill_grows_where_it_is(size: TextSize, qtbot: QtBot) -> None:
    pill = Pill(Theme("light"))
    qtbot.addWidget(pill)
    pill.show_whole()
    before = pill.size()
    size.use(200)
    assert (pill.width() - before.width(), pill.height() - before.height()) == (176, 58)
    bottom = pill.geometry().bottom()
    size.use(100)
    assert pill.size() == before
    assert pill.geometry().bottom() == bottom, "it stands on the edge of the screen"


# The setting ----------------------------------------------------------------------------------


def test_the_size_is_chosen_in_the_settings_in_force_at_once_and_kept(qapp: QApplication) -> None:
    seen: list[object] = []

    def body(app: App, conversation: Slow) -> None:
        window = app.side.show_settings("general")
        assert window is not None and isinstance(window.page, GeneralPage)
        pick(window.page.text_size.control, 200)
        (again,) = [
            one for one in qapp.topLevelWidgets() if isinstance(one, SettingsWindow) and one.isVisible()
        ]
        kept, problems = load(paths.settings_file())
        seen.extend((qapp.font().pixelSize(), kept.general.text_size_percent, problems, again is window))
        app.store.change("general", text_size_percent=100)
        seen.append(qapp.font().pixelSize())

    played(qapp, body)
    assert seen == [26, 200, [], False, 13]


def test_the_app_opens_in_the_size_that_was_chosen(qapp: QApplication) -> None:
    paths.settings_file().parent.mkdir(parents=True)
    paths.settings_file().write_text("[general]\ntext_size_percent = 150\n")
    seen: list[int] = []
    played(qapp, lambda app, conversation: seen.append(app.window.dock.composer.field.font().pixelSize()))
    assert seen == [round(round(1.5 * 13) * 15 / 13)]


def test_the_choices_go_to_twice_the_usual_size() -> None:
    assert (min(TEXT_SIZES), max(TEXT_SIZES)) == (100, 100 * text_size.LARGEST)


def test_the_system_s_size_is_followed_unless_another_is_chosen(
    size: TextSize, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = [1.25]
    monkeypatch.setattr(text_size, "system_text_scale", lambda: wanted[0])
    size.use(0)
    assert qapp.font().pixelSize() == 16
    wanted[0] = 1.5
    qapp.applicationStateChanged.emit(
        Qt.ApplicationState.ApplicationActive
    )  # back from the system's settings
    assert qapp.font().pixelSize() == 20
    size.use(125)
    qapp.applicationStateChanged.emit(Qt.ApplicationState.ApplicationActive)
    assert qapp.font().pixelSize() == 16
    wanted[0] = 4.0
    size.use(0)
    assert qapp.font().pixelSize() == 26, "never more than twice"
    wanted[0] = 0.5
    size.use(0)
    assert qapp.font().pixelSize() == 13, "and never smaller than usual"


def test_a_mac_s_running_text_says_how_large_it_wants_text(monkeypatch: pytest.MonkeyPatch) -> None:
    class Font:
        @staticmethod
        def preferredFontForTextStyle_options_(style: str, options: dict[str, object]) -> "Font":
            assert (style, options) == ("body", {})
            return Font()

        def pointSize(self) -> float:
            return 19.5

    fake = ModuleType("AppKit")
    fake.NSFont, fake.NSFontTextStyleBody = Font, "body"  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "AppKit", fake)
    monkeypatch.setattr(system, "on_a_mac", lambda: True)
    assert system.system_text_scale() == 1.5


# The parts of it ------------------------------------------------------------------------------


def test_lengths_grow_with_the_text_and_windows_less(size: TextSize) -> None:
    assert (px(100), roomy(100)) == (100, 100)
    size.use(200)
    assert (px(100), roomy(100)) == (200, 140)


def test_fonts_and_sizes_that_are_given_once_are_kept(size: TextSize, qtbot: QtBot) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    use_font(widget, 12 / 13)
    fix(widget, width=200, height=40)
    size.use(150)
    assert widget.font().pixelSize() == text_font(12 / 13).pixelSize() == 18
    assert (widget.width(), widget.height()) == (280, 56)
    size.use(100)
    assert (widget.font().pixelSize(), widget.width(), widget.height()) == (12, 200, 40)


def test_a_row_goes_on_in_the_next_line(qtbot: QtBot) -> None:
    holder = QWidget()
    qtbot.addWidget(holder)
    row = Flow(holder, spacing=10)
    buttons = [QPushButton(holder) for _ in range(3)]
    for button in buttons:
        button.setFixedSize(100, 30)
        row.addWidget(button)
    holder.resize(320, 100)
    holder.show()
    assert [button.pos().toTuple() for button in buttons] == [(0, 0), (110, 0), (220, 0)]
    assert (row.sizeHint().toTuple(), row.minimumSize().toTuple()) == ((320, 30), (100, 30))
    assert (row.heightForWidth(320), row.heightForWidth(319), row.heightForWidth(50)) == (30, 70, 110)
    buttons[1].hide()
    row.setGeometry(QRect(0, 0, 210, 100))
    assert buttons[2].pos().toTuple() == (110, 0)
    assert row.takeAt(0) is not None and row.count() == 2
    assert row.itemAt(2) is None and row.takeAt(5) is None


def test_what_is_cut_off_is_seen(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(300, 100)
    wide, over, under = QLabel("A sentence", window), QLabel("One", window), QLabel("Another", window)
    wide.resize(20, 16)
    over.move(10, 50)
    under.move(14, 54)
    window.show()
    assert [fault.split()[:2] for fault in clipped(window)] == [["'A", "sentence'"], ["'One'", "lies"]]
