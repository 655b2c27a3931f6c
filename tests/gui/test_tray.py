"""The menu bar: an icon for each state, and a menu that does what it says."""

from collections.abc import Sequence
from itertools import combinations

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtGui import QAction, QColor, QImage
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from app.bridge import Bridge
from app.locale import Translation
from app.presence import Doing, words
from app.settings.services import Services
from app.settings.store import SettingsStore
from app.sharing import Room
from app.tray.filling import Filling
from app.tray.glyph import icon, image, png
from app.tray.menu import Choice, TrayMenu
from app.window.conversation_list import Entry
from app.window.main_window import MainWindow
from engine import paths
from engine.audio.devices import Device
from engine.errors import AloudError
from engine.models import Models
from engine.settings import Settings
from tests.gui.conftest import Run, until


def shown(menu: QMenu) -> list[str]:
    return [action.text() for action in menu.actions() if action.isVisible() and action.text()]


def action(menu: QMenu, text: str) -> QAction:
    return next(one for one in menu.actions() if one.text().split("\t")[0] == text)


# The icons ------------------------------------------------------------------------------------


def difference(one: QImage, other: QImage) -> float:
    """The share of the square's points that differ in how much they cover."""
    size = one.width()
    apart = sum(
        abs(one.pixelColor(x, y).alpha() - other.pixelColor(x, y).alpha())
        for x in range(size)
        for y in range(size)
    )
    return apart / 255 / size**2


@pytest.mark.parametrize("pixels", [18, 36])
def test_every_state_can_be_told_from_every_other(qapp: QApplication, pixels: int) -> None:
    for one, other in combinations(Doing, 2):
        assert difference(image(one, pixels), image(other, pixels)) > 0.04, (one, other)


@pytest.mark.parametrize("doing", Doing)
def test_an_icon_is_one_colour_on_nothing(qapp: QApplication, doing: Doing) -> None:
    drawn = image(doing, 36)
    colours = {
        drawn.pixelColor(x, y).rgb() for x in range(36) for y in range(36) if drawn.pixelColor(x, y).alpha()
    }
    assert colours == {QColor("black").rgb()}
    assert drawn.pixelColor(0, 0).alpha() == 0
    assert icon(doing).isMask()
    assert QImage.fromData(png(doing)).width() == 36


def test_every_state_has_words(qapp: QApplication) -> None:
    assert len({words(doing) for doing in Doing}) == len(Doing)


# The menu -------------------------------------------------------------------------------------


def test_what_is_not_there_is_not_shown(menu: TrayMenu) -> None:
    assert shown(menu)[:4] == ["Ready", "Open Aloud", "Talk", "Mute the voice"]
    assert shown(menu)[4:] == ["New conversation", "Settings…", "Quit Aloud"]


def test_what_is_there_is_shown(menu: TrayMenu) -> None:
    menu.tell(Doing.SPEAKING)
    menu.tell_sharing(True)
    for submenu in (menu.recent, menu.microphones, menu.speakers, menu.voices):
        menu.fill(submenu, [Choice("a", "A", True), Choice("b", "B")])
    assert shown(menu)[:4] == ["Speaking", "Open Aloud", "Talk", "Stop"]
    assert shown(menu)[5:7] == ["Recent conversations", "New conversation"]
    assert shown(menu)[7:11] == ["Microphone", "Speaker", "Voice", "Share with the room"]
    menu.fill(menu.voices, [])
    assert "Voice" not in shown(menu)


@pytest.mark.parametrize(
    ("text", "signal"),
    [
        ("Open Aloud", "open_wanted"),
        ("Talk", "talk_wanted"),
        ("Stop", "stop_wanted"),
        ("Mute the voice", "mute_wanted"),
        ("New conversation", "new_wanted"),
        ("Share with the room", "sharing_wanted"),
        ("Settings…", "settings_wanted"),
        ("Quit Aloud", "quit_wanted"),
    ],
)
def test_every_item_tells(menu: TrayMenu, qtbot: QtBot, text: str, signal: str) -> None:
    with qtbot.waitSignal(getattr(menu, signal)):
        action(menu, text).trigger()


def test_a_choice_is_told_by_its_name(menu: TrayMenu, qtbot: QtBot) -> None:
    menu.fill(menu.voices, [Choice("anna-1", "Anna", True), Choice("ben-2", "Ben")])
    with qtbot.waitSignal(menu.voice_wanted) as wanted:
        action(menu.voices, "Ben").trigger()
    assert wanted.args == ["ben-2"]
    assert [one.isChecked() for one in menu.voices.actions()] == [False, True]


def test_the_talk_key_stands_beside_talk(menu: TrayMenu) -> None:
    menu.set_key_name("⌃⌥Space")
    assert menu.talk.text() == "Talk\t⌃⌥Space"
    menu.tell(Doing.LISTENING)
    assert menu.talk.text() == "Ask what I said\t⌃⌥Space"


def test_it_follows_the_language(menu: TrayMenu, qapp: QApplication) -> None:
    translation = Translation(qapp)
    try:
        translation.use("fr")
        QApplication.sendEvent(menu, QEvent(QEvent.Type.LanguageChange))
        assert "Quitter Aloud" in shown(menu)
    finally:
        translation.use("en")
        translation.deleteLater()
    QApplication.sendEvent(menu, QEvent(QEvent.Type.LanguageChange))
    assert "Quit Aloud" in shown(menu)


def test_a_long_title_is_cut_and_its_ampersand_kept(menu: TrayMenu) -> None:
    menu.fill(menu.recent, [Choice("1", "Bread & butter " * 9)], exclusive=False)
    (entry,) = menu.recent.actions()
    assert entry.text().startswith("Bread && butter") and entry.text().endswith("…")
    assert not entry.isCheckable()


# Filled from the world ------------------------------------------------------------------------


class Filled:
    """A menu tied to a store, two devices, two voices and one conversation."""

    def __init__(self, menu: TrayMenu, window: MainWindow, bridge: Bridge) -> None:
        self.store = SettingsStore(paths.settings_file(), Settings())
        self.services = Services(bridge=bridge, models=Models(), room=Room())
        self.services.microphones = lambda: [device("Desk"), device("Headset")]
        self.services.speakers = list

        async def voices() -> Sequence[str]:
            return ("anna", "ben")

        self.services.voices = voices
        self.shown = 0
        window.sidebar.show_entries([Entry("c1", "Rainbows")], "c1")
        self.filling = Filling(menu, self.store, self.services, window.sidebar, self._show)

    def _show(self) -> None:
        self.shown += 1


def device(name: str) -> Device:
    return Device(id=f"ALSA: {name}", name=name, index=0, channels=1, rate_hz=48_000)


@pytest.fixture
def filled(menu: TrayMenu, window: MainWindow, bridge: Bridge) -> Filled:
    return Filled(menu, window, bridge)


def test_the_menu_is_filled_when_it_opens(filled: Filled, menu: TrayMenu, run: Run) -> None:
    async def body() -> None:
        menu.aboutToShow.emit()
        await until(lambda: len(menu.voices.actions()) == 2 and menu.microphones.actions())

    run(body())
    assert [one.text() for one in menu.microphones.actions()] == ["System default", "Desk", "Headset"]
    assert [one.isChecked() for one in menu.microphones.actions()] == [True, False, False]
    assert [one.text() for one in menu.recent.actions()] == ["Rainbows"]
    assert "Speaker" not in shown(menu)


def test_what_is_chosen_is_in_the_settings(filled: Filled, menu: TrayMenu, run: Run) -> None:
    async def body() -> None:
        menu.aboutToShow.emit()
        await until(lambda: len(menu.voices.actions()) == 2 and menu.microphones.actions())

    run(body())
    action(menu.microphones, "Headset").trigger()
    action(menu.voices, "Ben").trigger()
    menu.sharing.trigger()
    settings = filled.store.settings
    assert settings.listening.input_device == "ALSA: Headset"
    assert settings.voice.voice == "ben"
    assert settings.sharing.enabled


def test_a_recent_conversation_opens_the_window(filled: Filled, menu: TrayMenu, window: MainWindow) -> None:
    opened: list[str] = []
    window.sidebar.opened.connect(opened.append)
    filled.filling.fill()
    menu.recent.actions()[0].trigger()
    assert opened == ["c1"]
    assert filled.shown == 1


def test_devices_that_can_not_be_listed_leave_the_menu_whole(
    filled: Filled, menu: TrayMenu, run: Run
) -> None:
    def broken() -> list[Device]:
        raise AloudError("no devices")

    filled.services.microphones = broken

    async def body() -> None:
        menu.aboutToShow.emit()
        await until(lambda: len(menu.voices.actions()) == 2)

    run(body())
    assert "Microphone" not in shown(menu)
