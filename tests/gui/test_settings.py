"""The settings' window: each page does what it shows, at once, and says at the field what it can't take."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from msgspec.structs import replace as with_changes
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QSlider,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.forms import Slider, Switch
from app.hotkey.chord import parse
from app.settings import store as store_module
from app.settings.advanced import AdvancedPage
from app.settings.brain import BrainPage
from app.settings.general import GeneralPage
from app.settings.listening import ListeningPage
from app.settings.models import ModelsPage
from app.settings.privacy import PrivacyPage
from app.settings.scene_world import guests
from app.settings.services import SpeechFacts, offered_models
from app.settings.sharing import SharingPage
from app.settings.voice import VoicePage
from app.settings.window import SettingsWindow
from app.sharing import RoomState
from app.theme import Theme
from engine.errors import DiskFull
from engine.events import NO_TURN, BackendState, BackendStateChanged, Port
from engine.llm.discover import Found
from engine.models.states import ModelStatus
from engine.settings import Brain, General, Settings, Sharing, load
from engine.settings import save as engine_save
from tests.fakes.chat_server import Request, chat_server
from tests.gui.conftest import Run, until
from tests.gui.settings_world import BRAIN_FILE, FakeSource, World, enter, pick, press

SECTIONS = ("general", "voice", "listening", "brain", "sharing", "models", "privacy", "advanced")
CONTROLS = QAbstractButton | QComboBox | QLineEdit | QPlainTextEdit | QSlider


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def settings_window(world: World, theme: Theme, qtbot: QtBot) -> SettingsWindow:
    window = SettingsWindow(world.store, world.services, theme)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    return window


def waits(page: GeneralPage) -> bool:
    return page.key.waiting


def kept(world: World) -> Settings:
    settings, problems = load(world.store.path)
    assert problems == []
    return settings


# The window -----------------------------------------------------------------------------------


@pytest.mark.parametrize("section", SECTIONS)
def test_every_control_has_a_name_for_screen_readers(settings_window: SettingsWindow, section: str) -> None:
    page = settings_window.show_section(section)
    shown = [child for child in page.findChildren(QWidget) if child.isVisibleTo(page)]
    nameless = [child for child in shown if isinstance(child, CONTROLS) and not child.accessibleName()]
    assert nameless == []


@pytest.mark.parametrize("section", SECTIONS)
def test_tab_reaches_every_control_from_top_to_bottom(settings_window: SettingsWindow, section: str) -> None:
    page = settings_window.show_section(section)
    reached: list[QWidget] = []
    settings_window.activateWindow()
    settings_window.buttons["advanced"].setFocus()
    for _ in range(60):
        QTest.keyClick(settings_window, Qt.Key.Key_Tab)
        focused = QApplication.focusWidget()
        if focused is None or focused in reached or not page.isAncestorOf(focused):
            break
        reached.append(focused)
    wanted = [
        child
        for child in page.findChildren(QWidget)
        if isinstance(child, CONTROLS)
        and child.isVisibleTo(page)
        and child.isEnabled()
        and child.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]
    assert set(wanted) <= set(reached)
    tops = [child.mapTo(page, child.rect().topLeft()).y() for child in reached]
    assert all(later > earlier - 30 for earlier, later in pairwise(tops))


def test_escape_closes_and_ends_nothing_else(settings_window: SettingsWindow, world: World) -> None:
    QTest.keyClick(settings_window, Qt.Key.Key_Escape)
    assert not settings_window.isVisible()
    assert not settings_window.isModal()


def test_what_is_being_typed_is_kept_when_the_window_closes(
    settings_window: SettingsWindow, world: World
) -> None:
    page = settings_window.show_section("sharing")
    assert isinstance(page, SharingPage)
    field = page.port.control
    assert isinstance(field, QLineEdit)
    settings_window.activateWindow()
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "4000")
    settings_window.close()
    assert kept(world).sharing.port == 4000


def test_a_full_disk_is_said_and_tried_again(
    settings_window: SettingsWindow, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = settings_window.show_section("general")
    assert isinstance(page, GeneralPage)

    def full(path: Path, settings: Settings) -> None:
        raise DiskFull("The settings could not be saved: the disk is full.", "Free some space.")

    monkeypatch.setattr(store_module, "save", full)
    press(page.sounds.control)
    assert settings_window.banner.isVisible()
    assert "disk is full" in settings_window.banner.message
    assert world.store.settings.general.sounds is False, "it is in force all the same"
    monkeypatch.setattr(store_module, "save", engine_save)
    press(next(b for b in settings_window.banner.findChildren(QAbstractButton) if b.text() == "Try again"))
    assert not settings_window.banner.isVisible()
    assert kept(world).general.sounds is False


# General --------------------------------------------------------------------------------------


@pytest.fixture
def general(settings_window: SettingsWindow) -> GeneralPage:
    page = settings_window.show_section("general")
    assert isinstance(page, GeneralPage)
    return page


def test_a_switch_is_saved_at_once(general: GeneralPage, world: World) -> None:
    assert isinstance(general.sounds.control, Switch)
    press(general.sounds.control)
    assert kept(world).general.sounds is False
    pick(general.appearance.control, "dark")
    assert kept(world).general.appearance == "dark"


def test_another_key_is_taken_from_the_keyboard(general: GeneralPage, world: World) -> None:
    press(general.key)
    assert waits(general)
    QTest.keyClick(
        general.key, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    )
    assert not waits(general)
    assert kept(world).general.hotkey in ("ctrl+shift+j", "shift+cmd+j")  # Qt swaps them on a Mac
    assert general.usual.isVisible()
    press(general.usual)
    assert kept(world).general.hotkey == General().hotkey


def test_a_key_that_types_is_refused_and_the_old_one_stays(general: GeneralPage, world: World) -> None:
    press(general.key)
    QTest.keyClick(general.key, Qt.Key.Key_J)
    assert "types" in general.key_row.error.text()
    assert world.store.settings.general.hotkey == General().hotkey


def test_a_key_that_others_use_is_taken_with_a_word_about_them(general: GeneralPage, world: World) -> None:
    general.key.entered.emit(parse("cmd+q"))
    general.key.entered.emit(parse("ctrl+q"))
    assert "Quit" in general.key_row.hint.text() or kept(world).general.hotkey == "ctrl+q"


def test_escape_keeps_the_old_key_and_the_window(
    general: GeneralPage, world: World, settings_window: SettingsWindow
) -> None:
    press(general.key)
    QTest.keyClick(general.key, Qt.Key.Key_Escape)
    assert not waits(general)
    assert settings_window.isVisible()
    assert not world.store.path.exists()


def test_the_talk_key_rests_while_another_one_is_chosen(world: World, theme: Theme, qtbot: QtBot) -> None:
    pauses: list[bool] = []
    world.services.pause_key = pauses.append
    window = SettingsWindow(world.store, world.services, theme)
    qtbot.addWidget(window)
    page = window.show_section("general")
    assert isinstance(page, GeneralPage)
    window.show()
    press(page.key)
    QTest.keyClick(page.key, Qt.Key.Key_Escape)
    assert pauses == [True, False]


def test_the_self_test_shows_the_key_arriving(general: GeneralPage, world: World) -> None:
    assert general.lamp.words.text() == "Press your key now"
    world.key.arrived.emit(True)
    assert general.lamp.words.text() == "It is down"
    world.key.arrived.emit(False)
    assert general.lamp.arrived
    assert general.lamp.words.text().startswith("It arrives")


# Fields ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "why"), [("0", "from 1 to 65535"), ("70000", "from 1 to 65535"), ("abc", "number")]
)
def test_a_wrong_value_is_said_under_its_field_and_stays_in_it(
    settings_window: SettingsWindow, world: World, typed: str, why: str
) -> None:
    page = settings_window.show_section("sharing")
    assert isinstance(page, SharingPage)
    enter(page.port, typed)
    assert why in page.port.error.text()
    assert page.port.error.isVisible()
    assert isinstance(page.port.control, QLineEdit)
    assert page.port.control.text() == typed
    assert world.store.settings.sharing.port == 3000
    assert page.port.control.accessibleDescription() == page.port.error.text()
    enter(page.port, "3100")
    assert not page.port.error.isVisible()
    assert kept(world).sharing.port == 3100


def test_words_that_are_left_out_are_each_kept_once_and_at_once(
    settings_window: SettingsWindow, world: World
) -> None:
    page = settings_window.show_section("sharing")
    assert isinstance(page, SharingPage)
    enter(page.blocked, "a" * 501)
    assert page.blocked.error.text() == "At most 500 characters."
    enter(page.blocked, " darn,shut up, darn,")
    assert page.blocked.error.text() == ""
    assert kept(world).sharing.blocked_words == ("darn", "shut up")
    assert isinstance(page.blocked.control, QLineEdit)
    assert page.blocked.control.text() == "darn, shut up"
    enter(page.blocked, "")
    assert kept(world).sharing.blocked_words == ()


def test_escape_in_a_field_takes_back_what_was_typed(settings_window: SettingsWindow, world: World) -> None:
    page = settings_window.show_section("sharing")
    assert isinstance(page, SharingPage)
    enter(page.port, "0")
    field = page.port.control
    assert isinstance(field, QLineEdit)
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == "3000"
    assert not page.port.error.isVisible()
    assert settings_window.isVisible()


def test_a_scale_is_saved_where_its_handle_rests(settings_window: SettingsWindow, world: World) -> None:
    page = settings_window.show_section("voice")
    (slider,) = page.findChildren(Slider)
    slider.setFocus()
    QTest.keyClick(slider, Qt.Key.Key_Right)
    QTest.keyClick(slider, Qt.Key.Key_Right)
    assert kept(world).voice.speed == pytest.approx(1.1)


def test_a_change_from_elsewhere_is_shown(settings_window: SettingsWindow, world: World) -> None:
    page = settings_window.show_section("general")
    assert isinstance(page, GeneralPage)
    world.store.change("general", sounds=False, appearance="light")
    assert isinstance(page.sounds.control, Switch)
    assert not page.sounds.control.isChecked()
    assert page.appearance.control.value == "light"  # type: ignore[union-attr]


# Voice and listening --------------------------------------------------------------------------


def test_a_voice_is_chosen_by_listening(settings_window: SettingsWindow, world: World, run: Run) -> None:
    async def body() -> None:
        page = settings_window.show_section("voice")
        assert isinstance(page, VoicePage)
        await until(lambda: page.voice.count() == 2)
        pick(page.voice, "emma")
        assert kept(world).voice.voice == "emma"
        press(page.listen)
        await until(lambda: world.said)
        await until(lambda: not page.work.busy)

    run(body())


KYUTAI_VOICES = ("voice-donations/robert.wav", "vctk/p225_023.wav", "vctk/p226_023.wav")


def test_further_speakers_join_the_chosen_voice_and_go_again(
    settings_window: SettingsWindow, world: World, run: Run
) -> None:
    robert, second, third = world.voices = KYUTAI_VOICES
    world.facts = SpeechFacts(most_speakers=2, codebooks=24, real_time_factor=0.5)

    async def body() -> None:
        page = settings_window.show_section("voice")
        assert isinstance(page, VoicePage)
        others = page.others.choice
        await until(lambda: page.others.isVisibleTo(page))
        pick(others, second)
        assert kept(world).voice.voice == f"{robert}+{second}"
        assert (page.voice.value, others.value) == (robert, second)
        assert others.count() == 2, "nobody else can join two speakers where two are the most"
        pick(page.voice, third)
        assert kept(world).voice.voice == f"{third}+{second}"
        pick(page.voice, second)
        assert kept(world).voice.voice == second
        pick(others, robert)
        pick(others, "")
        assert kept(world).voice.voice == second
        await until(lambda: not page.work.busy)

    run(body())


def test_a_voice_that_speaks_alone_offers_no_others(
    settings_window: SettingsWindow, world: World, run: Run
) -> None:
    async def body() -> None:
        page = settings_window.show_section("voice")
        assert isinstance(page, VoicePage)
        await until(lambda: page.voice.count() == 2 and not page.work.busy)
        assert not page.others.isVisibleTo(page)
        assert not page.more.isVisibleTo(page), "this world's models are without Kyutai's voices"

    run(body())


def test_codebooks_are_measured_or_chosen_and_measured_again(
    settings_window: SettingsWindow, world: World, run: Run
) -> None:
    world.facts = SpeechFacts(5, 24, 0.5)

    async def body() -> None:
        page = settings_window.show_section("voice")
        assert isinstance(page, VoicePage)
        await until(lambda: "24" in page.codebooks.hint.text())
        assert "2.0 times" in page.codebooks.hint.text()
        world.facts = SpeechFacts(5, 16, 0.25)
        press(page.measure)
        await until(lambda: "Now 16" in page.codebooks.hint.text())
        assert world.measured == 1
        assert page.measure.isEnabled()
        pick(page.codebooks.control, 32)
        assert kept(world).voice.kyutai_codebooks == 32
        assert not page.measure.isEnabled()
        pick(page.codec.control, "rustymimi")
        assert kept(world).voice.kyutai_codec == "rustymimi"
        await until(lambda: not page.work.busy)

    run(body())


def test_what_a_width_takes_is_said_before_it_is_loaded(
    settings_window: SettingsWindow, world: World
) -> None:
    page = settings_window.show_section("voice")
    assert isinstance(page, VoicePage)
    seen = {}
    for bits, precision in ((8, "exact"), (8, "fast"), (4, "exact"), (0, "exact")):
        world.store.change("voice", kyutai_bits=bits, kyutai_precision=precision)
        seen[bits, precision] = page.bits.hint.text()
    assert "3.6 GB of memory" in seen[8, "exact"]
    assert "2.4 GB on the disk" in seen[8, "exact"]
    assert "3.0 GB of memory" in seen[8, "fast"]
    assert "1.7 GB on the disk" in seen[4, "exact"]
    assert "7.6 GB of memory." in seen[0, "exact"], "exact arithmetic widens what is not quantised"


def test_no_list_of_devices_is_said_at_its_row(
    settings_window: SettingsWindow, world: World, run: Run
) -> None:
    async def body() -> None:
        page = settings_window.show_section("voice")
        assert isinstance(page, VoicePage)
        await until(lambda: page.speaker.row.error.text())
        assert "Start the sound service" in page.speaker.row.error.text()
        await until(lambda: not page.work.busy)

    run(body())


def test_the_engine_that_runs_is_named(settings_window: SettingsWindow, world: World) -> None:
    page = settings_window.show_section("voice")
    assert isinstance(page, VoicePage)
    for state, words in ((BackendState.LOADING, "Loading hibari…"), (BackendState.READY, "Now: hibari")):
        world.bridge.tell(BackendStateChanged(NO_TURN, 1.0, Port.SYNTHESIZER, "hibari", state))
        assert page.engine.hint.text() == words


def test_a_microphone_is_chosen_and_stays_chosen_when_it_is_unplugged(
    settings_window: SettingsWindow, world: World, run: Run
) -> None:
    async def body() -> None:
        page = settings_window.show_section("listening")
        assert isinstance(page, ListeningPage)
        await until(lambda: page.device.choice.count() == 3)
        pick(page.device.choice, "ALSA: Headset")
        assert kept(world).listening.input_device == "ALSA: Headset"
        page.device.show_devices(())
        assert page.device.choice.value == "ALSA: Headset"
        assert "not connected" in page.device.choice.currentText()

    run(body())


def test_the_level_is_live_and_the_microphone_let_go_of(
    settings_window: SettingsWindow, world: World
) -> None:
    page = settings_window.show_section("listening")
    assert isinstance(page, ListeningPage)
    press(page.test)
    opened = world.source.is_open
    assert opened
    world.source.loudness = 0.2
    page.probe.look()
    assert page.meter.level > 0.5
    settings_window.show_section("general")
    assert not world.source.is_open
    assert not page.test.isChecked()


def test_a_microphone_that_fails_says_so(settings_window: SettingsWindow, world: World) -> None:
    world.source = FakeSource(fails=True)
    page = settings_window.show_section("listening")
    assert isinstance(page, ListeningPage)
    press(page.test)
    assert page.level_row.error.text() == "There is no microphone. Plug one in."
    assert not page.test.isChecked()


# Brain ----------------------------------------------------------------------------------------


async def models(request: Request) -> None:
    """A server that wants the key "good"."""
    if request.headers.get("authorization") != "Bearer good":
        await request.error(401, "wrong key", "invalid_api_key")
        return
    await request.json(
        200,
        {
            "object": "list",
            "data": [{"id": name, "object": "model", "created": 1, "owned_by": "me"} for name in ("b", "a")],
        },
    )


@pytest.fixture
def brain(settings_window: SettingsWindow) -> BrainPage:
    page = settings_window.show_section("brain")
    assert isinstance(page, BrainPage)
    return page


def test_a_key_is_tried_against_its_server_and_kept_only_if_it_works(
    world: World, settings_window: SettingsWindow, run: Run
) -> None:
    async def offered(server: str, key: str) -> list[str]:
        return await offered_models(server, key or world.keys.get(server, ""))

    async def body() -> None:
        world.services.offered = offered
        async with chat_server(models) as server:
            world.store.change("brain", provider="compatible", base_url=server.base_url)
            page = settings_window.show_section("brain")
            assert isinstance(page, BrainPage)
            page.key.field.setText("bad")
            press(page.key.keep)
            await until(lambda: not page.work.busy and page.key.row.error.text())
            assert not world.keys
            assert page.key.field.text() == "bad"
            page.key.field.setText("good")
            press(page.key.keep)
            await until(lambda: not page.work.busy and world.keys)
            assert world.keys == {server.base_url: "good"}
            assert page.key.field.text() == ""
            assert world.key_changes == 1
            assert not page.key.row.error.isVisible()
            choice = page.model_row.control
            assert [choice.itemText(row) for row in range(choice.count())][-2:] == ["a", "b"]  # type: ignore[union-attr]
            pick(choice, "b")
            assert kept(world).brain.model == "b"
            press(page.key.forget)
            await until(lambda: not world.keys)
            await until(lambda: not page.work.busy)

    run(body())
    assert "good" not in world.store.path.read_text()


def test_a_key_that_can_not_be_tried_is_kept_and_said_to_be_untried(
    brain: BrainPage, world: World, run: Run
) -> None:
    async def body() -> None:
        world.services.offered = offered_models
        world.store.change("brain", provider="compatible", base_url="http://127.0.0.1:9/v1")
        brain.key.field.setText("good")
        press(brain.key.keep)
        await until(lambda: world.keys)
        await until(lambda: not brain.work.busy)
        assert brain.key.row.error.text().startswith("Kept, but not tried")

    run(body())


def test_a_server_that_runs_here_is_taken_with_one_click(
    world: World, settings_window: SettingsWindow, run: Run
) -> None:
    async def offered(server: str, key: str) -> list[str]:
        return ["qwen"]

    async def body() -> None:
        world.services.offered = offered
        world.found = (Found("Ollama", "http://127.0.0.1:11434/v1", ("qwen",)),)
        page = settings_window.show_section("brain")
        assert isinstance(page, BrainPage)
        await until(lambda: len(page.found.rows) == 2)
        (use,) = (b for b in page.found.findChildren(QAbstractButton) if b.accessibleName() == "Use Ollama")
        press(use)
        taken = kept(world).brain
        assert (taken.provider, taken.base_url, taken.model) == (
            "compatible",
            "http://127.0.0.1:11434/v1",
            "qwen",
        )
        await until(lambda: not page.work.busy)

    run(body())


@pytest.mark.parametrize(
    ("address", "fine"),
    [
        ("http://localhost:1234/v1", True),
        ("http://192.168.1.5:8080/v1", True),
        ("https://api.example.org/v1", True),
        ("http://api.example.org/v1", False),
        ("localhost:1234", False),
        ("ftp://x/y", False),
    ],
)
def test_an_address_is_checked_at_its_field(brain: BrainPage, world: World, address: str, fine: bool) -> None:
    world.store.change("brain", provider="compatible")
    enter(brain.address, address)
    assert bool(brain.address.error.text()) is not fine
    assert (world.store.settings.brain.base_url == address) is fine


def test_a_brain_on_this_machine_is_chosen_and_the_small_one_comes_back(
    brain: BrainPage, world: World, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "brain.gguf").write_bytes(BRAIN_FILE)
    world.models.use_folder("brain", tmp_path / "mine")
    world.store.change("brain", provider="embedded")
    assert brain.local_row.isVisible()
    assert not brain.key.row.isVisible()
    pick(brain.local_row.control, str(tmp_path / "mine" / "brain.gguf"))
    assert kept(world).brain.gguf_file == str(tmp_path / "mine" / "brain.gguf")
    pick(brain.local_row.control, "")
    assert kept(world).brain.gguf_file == ""


def test_another_provider_forgets_the_model_of_the_last_one(brain: BrainPage, world: World) -> None:
    world.store.change("brain", provider="compatible", model="qwen")
    pick(brain.provider.control, "openai")
    assert kept(world).brain == Brain(provider="openai")


@pytest.mark.parametrize(
    ("name", "typed", "fine"),
    [
        ("bus", "nats://localhost:4222", True),
        ("bus", "localhost", False),
        ("origins", "http://localhost:5173, https://example.org", True),
        ("origins", "localhost", False),
    ],
)
def test_addresses_of_the_room_are_checked(
    settings_window: SettingsWindow, name: str, typed: str, fine: bool
) -> None:
    page = settings_window.show_section("sharing")
    row = getattr(page, name)
    enter(row, typed)
    assert bool(row.error.text()) is not fine


def test_a_manner_is_taken_and_can_be_rewritten(
    brain: BrainPage, world: World, settings_window: SettingsWindow
) -> None:
    brief = next(b for b in brain.personas.findChildren(QAbstractButton) if b.text() == "Brief")
    press(brief)
    assert "one or two short sentences" in kept(world).brain.system_prompt
    assert brief.isChecked()
    settings_window.activateWindow()
    brain.prompt.setFocus()
    brain.prompt.setPlainText("Speak like a pirate.")
    brain.personas.setFocus()
    QApplication.sendEvent(brain.prompt, _focus_out())
    assert kept(world).brain.system_prompt == "Speak like a pirate."
    assert not brief.isChecked()


def _focus_out() -> QEvent:
    from PySide6.QtGui import QFocusEvent

    return QFocusEvent(QEvent.Type.FocusOut)


# Privacy, models, advanced --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("brain_settings", "words"),
    [
        (Brain(provider="embedded"), "written on this machine"),
        (Brain(provider="openai"), "go to OpenAI"),
        (Brain(provider="compatible", base_url="http://127.0.0.1:11434/v1"), "the server on this machine"),
        (Brain(provider="compatible", base_url="https://llm.example.org/v1"), "go to llm.example.org"),
    ],
)
def test_privacy_says_where_the_words_go(
    settings_window: SettingsWindow, world: World, brain_settings: Brain, words: str
) -> None:
    page = settings_window.show_section("privacy")
    assert isinstance(page, PrivacyPage)
    fields = {name: getattr(brain_settings, name) for name in ("provider", "base_url")}
    world.store.change("brain", **fields)
    assert words in page.words_row.hint.text()


def test_privacy_follows_the_room_as_it_is(settings_window: SettingsWindow, world: World) -> None:
    page = settings_window.show_section("privacy")
    assert isinstance(page, PrivacyPage)
    room = world.room
    world.store.change("sharing", enabled=True, local_network=True)
    assert page.room_row.hint.text().startswith("Closed"), "a switch alone opens no room"
    assert page.answers_row.hint.text() == "Never. It is made here."
    assert "room" not in page.words_row.hint.text()
    room._choice, room.state = world.store.settings.sharing, RoomState.OPEN
    room.changed.emit()
    assert page.room_row.hint.text().startswith("Open to those you invite on your network")
    assert page.room_row.hint.text().endswith("Guests now: 0.")
    assert "goes to whoever is in the room" in page.answers_row.hint.text()
    assert "reads questions and answers" in page.words_row.hint.text()
    room.listeners = guests()
    room.listeners_changed.emit()
    assert page.room_row.hint.text().endswith("Guests now: 2.")
    room._choice = Sharing(enabled=True)
    room.changed.emit()
    assert page.room_row.hint.text().startswith("Open on this machine only.")
    assert page.answers_row.hint.text().startswith("Never.")
    world.store.change("sharing", bus_url="nats://bus.example.org:4222")
    assert "Over the bus at bus.example.org" in page.room_row.hint.text()
    assert "goes to whoever is in the room" in page.answers_row.hint.text()
    room.state = RoomState.FAILED
    room.changed.emit()
    assert page.room_row.hint.text().startswith("It could not be opened")
    assert page.answers_row.hint.text() == "Never. It is made here."


def test_privacy_follows_the_brain_that_runs(
    settings_window: SettingsWindow, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    page = settings_window.show_section("privacy")
    assert isinstance(page, PrivacyPage)
    assert "nowhere" in page.words_row.hint.text()
    monkeypatch.setenv("OPENAI_API_KEY", "sk-a-key")
    world.bridge.tell(BackendStateChanged(NO_TURN, 1.0, Port.LANGUAGE_MODEL, "OpenAI", BackendState.READY))
    assert "go to OpenAI" in page.words_row.hint.text()


def test_privacy_follows_the_downloads(settings_window: SettingsWindow, world: World) -> None:
    page = settings_window.show_section("privacy")
    assert isinstance(page, PrivacyPage)
    assert page.hub_row.hint.text().startswith("Models come from the model hub only when you press Download")
    (ears, _) = world.models.states()
    page._model(replace(ears, status=ModelStatus.DOWNLOADING))
    assert page.hub_row.hint.text().startswith("On their way from the model hub now: Some ears.")
    page._model(ears)
    assert "On their way" not in page.hub_row.hint.text()


def test_everything_is_deleted_only_after_a_second_yes(
    settings_window: SettingsWindow, world: World, run: Run
) -> None:
    async def body() -> None:
        page = settings_window.show_section("privacy")
        assert isinstance(page, PrivacyPage)
        press(page.delete.ask)
        assert world.deletions == 0
        press(page.delete.no)
        press(page.delete.ask)
        QTest.keyClick(page.delete.no, Qt.Key.Key_Escape)
        assert settings_window.isVisible()
        assert page.delete.ask.isVisible()
        press(page.delete.ask)
        press(page.delete.yes)
        await until(lambda: world.deletions)
        await until(lambda: not page.work.busy)
        assert page.delete_row.hint.text() == "Everything is deleted."

    run(body())
    assert world.deletions == 1


def test_files_and_folders_are_opened(settings_window: SettingsWindow, world: World) -> None:
    page = settings_window.show_section("advanced")
    assert isinstance(page, AdvancedPage)
    press(page.file)
    press(page.logs)
    assert world.opened[0] == world.store.path
    assert world.store.path.exists()
    assert world.opened[1].is_dir()


def test_a_reset_brings_back_the_defaults_and_forgives_what_was_wrong(
    settings_window: SettingsWindow, world: World
) -> None:
    sharing = settings_window.show_section("sharing")
    assert isinstance(sharing, SharingPage)
    enter(sharing.port, "0")
    world.store.change("general", sounds=False, onboarded=True)
    page = settings_window.show_section("advanced")
    assert isinstance(page, AdvancedPage)
    press(page.reset.ask)
    press(page.reset.yes)
    assert world.store.settings == with_changes(Settings(), general=General(onboarded=True))
    assert sharing.port.error.text() == ""
    assert isinstance(sharing.port.control, QLineEdit)
    assert sharing.port.control.text() == "3000"


def test_pages_take_the_dark_as_they_stand(settings_window: SettingsWindow, theme: Theme) -> None:
    page = settings_window.show_section("models")
    assert isinstance(page, ModelsPage)
    before = page.total.palette().windowText().color()
    theme.set_appearance("dark")
    assert page.total.palette().windowText().color() != before
