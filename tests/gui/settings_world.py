"""A world for the settings and the first run: fakes at its borders, everything else real."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.bridge import Bridge
from app.forms import Choice
from app.settings.cards import Row
from app.settings.services import Services, SpeechFacts
from app.settings.store import SettingsStore
from app.settings.window import SettingsWindow
from app.sharing import Room
from app.theme import Theme
from engine.audio.devices import Device
from engine.errors import DeviceError, MicrophoneUnavailable
from engine.events import Port
from engine.llm.discover import Found
from engine.models import ModelFile, Models, ModelSpec
from engine.pcm import Pcm
from engine.settings import Settings, load

LEFT = Qt.MouseButton.LeftButton
MICROPHONES = (
    Device("ALSA: Built-in", "Built-in", 0, 1, 48_000, default=True),
    Device("ALSA: Headset", "Headset", 1, 1, 16_000),
)
BRAIN_FILE = b"GGUF" + bytes(3_000)
SPECS = (
    ModelSpec(
        "ears", "Some ears", Port.TRANSCRIBER, "someone/ears", "", (ModelFile("config.json"),), "MIT", 1_000
    ),
    ModelSpec(
        "brain", "Some brain", Port.LANGUAGE_MODEL, "someone/brain", "",
        (ModelFile("brain.gguf", len(BRAIN_FILE)),), "Apache 2.0", 1_000,
    ),
)  # fmt: skip


class FakeSource:
    """A microphone whose next sound the test decides."""

    live = True

    def __init__(self, fails: bool = False) -> None:
        self.fails = fails
        self.is_open = False
        self.loudness = 0.0

    def open(self) -> None:
        if self.fails:
            raise MicrophoneUnavailable("There is no microphone.", "Plug one in.")
        self.is_open = True

    def read(self) -> Pcm:
        return np.full(800, self.loudness, np.float32)

    def close(self) -> None:
        self.is_open = False


class FakeTalkKey(QObject):
    """The key as the settings see it."""

    arrived = Signal(bool)
    taken = Signal()
    failed = Signal(object)


@dataclass
class World:
    """``services`` and what a test decides or looks at behind them."""

    folder: Path
    settings: Settings = field(default_factory=Settings)
    found: Sequence[Found] = ()
    voices: Sequence[str] = ("heart", "emma")
    keys: dict[str | None, str] = field(default_factory=dict)
    facts: SpeechFacts = field(default_factory=SpeechFacts)
    measured: int = 0
    said: list[str] = field(default_factory=list)
    opened: list[Path] = field(default_factory=list)
    key_changes: int = 0
    deletions: int = 0
    source: FakeSource = field(default_factory=FakeSource)

    def __post_init__(self) -> None:
        self.store = SettingsStore(self.folder / "settings.toml", self.settings)
        self.bridge = Bridge()
        self.key = FakeTalkKey()
        self.room = Room()
        self.models = Models(SPECS, state_folder=self.folder / "models", cache=self.folder / "cache")
        self.services = Services(
            bridge=self.bridge,
            models=self.models,
            room=self.room,
            microphones=lambda: MICROPHONES,
            speakers=self._no_speakers,
            microphone=lambda settings: self.source,
            servers=self._servers,
            find_key=self.keys.get,
            keep_key=lambda key, server: self.keys.__setitem__(server, key),
            forget_key=self._forget,
            key_changed=self._key_changed,
            voices=self._voices,
            speech_facts=self._speech_facts,
            measure_again=self._measure_again,
            say=self._say,
            delete_history=self._delete,
            open_path=self.opened.append,
            talk_key=self.key,  # type: ignore[arg-type]
        )

    def _no_speakers(self) -> Sequence[Device]:
        raise DeviceError("The sound devices can't be listed.", "Start the sound service.")

    async def _servers(self) -> Sequence[Found]:
        return self.found

    async def _voices(self) -> Sequence[str]:
        return self.voices

    async def _speech_facts(self) -> SpeechFacts:
        return self.facts

    async def _measure_again(self) -> None:
        self.measured += 1

    async def _say(self, text: str) -> None:
        self.said.append(text)

    async def _delete(self) -> None:
        self.deletions += 1

    def _forget(self, server: str | None) -> None:
        self.keys.pop(server, None)

    def _key_changed(self) -> None:
        self.key_changes += 1


def press(widget: QWidget | None) -> None:
    """A click."""
    assert widget is not None
    QTest.mouseClick(widget, LEFT)


def enter(row: Row, text: str) -> None:
    """Types ``text`` into a row's field in place of what it holds, and leaves it with Return."""
    field_ = row.control
    assert field_ is not None
    select: Callable[[], None] = field_.selectAll  # type: ignore[attr-defined]
    select()
    QTest.keyClick(field_, Qt.Key.Key_Delete)
    QTest.keyClicks(field_, text)
    QTest.keyClick(field_, Qt.Key.Key_Return)


def pick(choice: QWidget | None, value: object) -> None:
    """Takes ``value`` in a choice as a person would."""
    assert isinstance(choice, Choice)
    index = choice.findData(value)
    assert index >= 0, f"{value!r} is not offered"
    choice.setCurrentIndex(index)
    choice.activated.emit(index)


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


def kept(world: World) -> Settings:
    settings, problems = load(world.store.path)
    assert problems == []
    return settings
