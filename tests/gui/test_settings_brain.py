"""The page of the brain: whom it asks, with which key and which model, and in what manner."""

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QAbstractButton, QApplication

from app.settings.brain import BrainPage
from app.settings.services import offered_models
from app.settings.window import SettingsWindow
from engine.llm.discover import Found
from engine.settings import Brain
from tests.fakes.chat_server import Request, chat_server
from tests.gui.conftest import Run, until
from tests.gui.settings_world import BRAIN_FILE, World, enter, kept, pick, press, settings_window, world

__all__ = ["settings_window", "world"]


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
