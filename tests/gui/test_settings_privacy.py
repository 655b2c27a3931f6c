"""The page of privacy: it says where words and answers go as things are now, and deletes everything."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.settings.privacy import PrivacyPage
from app.settings.scene_world import guests
from app.settings.window import SettingsWindow
from app.sharing import RoomState
from engine.events import NO_TURN, BackendState, BackendStateChanged, Port
from engine.models.states import ModelStatus
from engine.settings import Brain, Sharing
from tests.gui.conftest import Run, until
from tests.gui.settings_world import World, press, settings_window, world

__all__ = ["settings_window", "world"]


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
