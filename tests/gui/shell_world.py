"""The shell for a test: a real window and menu, and a system of which the test plays every part."""

from collections.abc import Callable, Iterator

import pytest
from pytestqt.qtbot import QtBot

from app.bridge import Bridge
from app.hotkey.choose import Keyboard
from app.settings.store import SettingsStore
from app.shell import Shell
from app.system import System
from app.theme import Theme
from app.window.main_window import MainWindow
from app.windows import OpenWindows
from engine import paths
from engine.audio.null import NullSink
from engine.settings import General, Settings
from tests.fakes.conversation import FakeConversation
from tests.fakes.keys import FakeKeys, FakeModifierKeys
from tests.fakes.status_item import FakeStatusItem
from tests.fakes.system import FakeActivation, FakeLoginItem


class World:
    """A shell around a window, with a system that the test plays."""

    def __init__(
        self, conversation: FakeConversation, theme: Theme, general: General, keyboard: Keyboard | None
    ) -> None:
        self.bridge = Bridge()
        self.window = MainWindow(self.bridge, theme)
        self.bridge.connect_to(conversation)
        self.store = SettingsStore(paths.settings_file(), Settings(general=general))
        self.keys, self.modifiers = FakeKeys(), FakeModifierKeys()
        self.item, self.activation, self.login = FakeStatusItem(), FakeActivation(), FakeLoginItem()
        self.quits = 0
        self.windows = OpenWindows()
        self.system = System(
            keyboard=keyboard or Keyboard(self.keys, self.modifiers),
            status_item=self.item,
            activation=self.activation,
            login_item=self.login,
        )
        self.shell = Shell(
            self.bridge,
            theme,
            self.window,
            self.store,
            self._quit,
            windows=self.windows,
            system=self.system,
            speaker=NullSink,
        )

    def _quit(self) -> None:
        self.quits += 1


Make = Callable[..., World]


@pytest.fixture
def make(conversation: FakeConversation, theme: Theme, qtbot: QtBot) -> Iterator[Make]:
    made: list[World] = []

    def build(general: General | None = None, keyboard: Keyboard | None = None) -> World:
        world = World(conversation, theme, general or General(sounds=False), keyboard)
        made.append(world)
        qtbot.addWidget(world.window)
        world.shell.start()
        conversation.calls.clear()
        return world

    yield build
    for world in made:
        world.windows.close()
        world.shell.close()
        world.shell.deleteLater()


@pytest.fixture
def world(make: Make) -> World:
    return make()
