"""The page about models over a hub on loopback: fetched, called off, checked, mended, removed."""

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from huggingface_hub import constants
from pytestqt.qtbot import QtBot

from app.settings.model_row import ModelRow
from app.settings.models import ModelsPage
from app.settings.voice import VoicePage
from app.theme import Theme
from engine.events import Port
from engine.models import ModelFile, Models, ModelSpec, ModelStatus, voices
from engine.models.catalog import DEFAULT_KYUTAI_VOICE, KYUTAI_VOICE_SUFFIX, KYUTAI_VOICES
from engine.models.download import Downloader
from engine.models.store import Store
from engine.settings import load
from tests.fakes.hub import COMMIT, FakeHub, Fault
from tests.gui.conftest import Run, until
from tests.gui.settings_world import World, pick, press

WEIGHTS = b"GGUF" + bytes(range(256)) * 800
REPO = "someone/brain"


@pytest.fixture(autouse=True)
def online(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_IMPLICIT_TOKEN", True)


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    with FakeHub({REPO: {"brain.gguf": WEIGHTS}}) as served:
        yield served


@pytest.fixture
def world(tmp_path: Path, hub: FakeHub) -> World:
    def downloader(store: Store) -> Downloader:
        return Downloader(store, endpoint=hub.endpoint, first_wait_s=0.01)

    file = ModelFile("brain.gguf", len(WEIGHTS), hashlib.sha256(WEIGHTS).hexdigest())
    spec = ModelSpec("brain", "A brain", Port.LANGUAGE_MODEL, REPO, COMMIT, (file,), "MIT", 1)
    world = World(tmp_path)
    world.services.models = Models(
        [spec], state_folder=tmp_path / "state", cache=tmp_path / "hub", downloader=downloader
    )
    return world


@pytest.fixture
def page(world: World, theme: Theme, qtbot: QtBot) -> ModelsPage:
    page = ModelsPage(world.store, world.services, theme)
    qtbot.addWidget(page)
    page.resize(640, 400)
    page.show()
    return page


def offered(row: ModelRow) -> set[str]:
    return {name for name, button in row.buttons.items() if not button.isHidden()}


async def downloaded(page: ModelsPage) -> ModelRow:
    row = page.rows["brain"]
    press(row.buttons["download"])
    await until(lambda: row.state.ready)
    return row


def test_a_model_is_fetched_used_and_removed(page: ModelsPage, world: World, run: Run) -> None:
    async def body() -> None:
        assert offered(page.rows["brain"]) == {"download", "folder"}
        row = await downloaded(page)
        assert offered(row) == {"use", "verify", "remove"}
        assert "205 kB on this machine" in row.detail.text()
        press(row.buttons["use"])
        brain = load(world.store.path)[0].brain
        assert brain.provider == "embedded"
        assert Path(brain.gguf_file).read_bytes() == WEIGHTS
        assert row.detail.text().startswith("In use")
        press(row.buttons["remove"])
        await until(lambda: row.state.status is ModelStatus.MISSING and not page.work.busy)
        assert world.store.settings.brain.gguf_file == ""

    run(body())


def test_a_download_is_shown_and_can_be_called_off(page: ModelsPage, hub: FakeHub, run: Run) -> None:
    held = threading.Event()
    hub.fail("brain.gguf", Fault(hold=held, cut_after=100_000))

    async def body() -> None:
        row = page.rows["brain"]
        press(row.buttons["download"])
        await until(lambda: row.state.status is ModelStatus.DOWNLOADING)
        assert offered(row) == {"cancel"}
        assert not row.bar.isHidden()
        press(row.buttons["cancel"])
        held.set()
        await until(lambda: row.state.status in (ModelStatus.PARTIAL, ModelStatus.MISSING))
        assert "download" in offered(row)
        assert row.fault.isHidden(), "what a person called off is no error"
        await downloaded(page)

    run(body())


def test_a_download_that_fails_says_so_in_its_row(page: ModelsPage, hub: FakeHub, run: Run) -> None:
    hub.files.clear()

    async def body() -> None:
        row = page.rows["brain"]
        press(row.buttons["download"])
        await until(lambda: row.fault.text())
        assert not row.fault.isHidden()
        assert "download" in offered(row)

    run(body())


def test_damage_is_found_and_mended(page: ModelsPage, world: World, run: Run) -> None:
    async def body() -> None:
        row = await downloaded(page)
        press(row.buttons["verify"])
        await until(lambda: "checked, and whole" in row.detail.text())
        folder = world.services.models.path("brain")
        (folder / "brain.gguf").resolve().write_bytes(bytes(len(WEIGHTS)))
        press(row.buttons["verify"])
        await until(lambda: row.state.status is ModelStatus.DAMAGED)
        assert row.buttons["download"].text() == "Mend"
        assert "is damaged" in row.fault.text()
        await downloaded(page)
        assert row.fault.isHidden()
        await until(lambda: not page.work.busy)

    run(body())


def test_a_folder_of_ones_own_is_taken_only_where_it_has_the_files(
    page: ModelsPage, tmp_path: Path, run: Run
) -> None:
    async def body() -> None:
        row = page.rows["brain"]
        page.use_folder("brain", tmp_path)
        await until(lambda: row.fault.text())
        assert "lacks brain.gguf" in row.fault.text()
        (tmp_path / "mine").mkdir()
        (tmp_path / "mine" / "brain.gguf").write_bytes(WEIGHTS)
        page.use_folder("brain", tmp_path / "mine")
        await until(lambda: row.state.ready and not page.work.busy)
        assert "in a folder of yours" in row.detail.text()

    run(body())


def test_a_row_says_what_a_model_takes_before_it_is_fetched(world: World, theme: Theme, qtbot: QtBot) -> None:
    world.services.models = Models(state_folder=world.folder / "state", cache=world.folder / "hub")
    page = ModelsPage(world.store, world.services, theme)
    qtbot.addWidget(page)
    words = page.rows["kyutai-tts"].detail.text()
    for part in ("4.1 GB to download", "6.5 GB on the disk", "3.6 GB of memory", "CC BY 4.0"):
        assert part in words
    assert "on the disk" not in page.rows["parakeet"].detail.text()
    assert "1.0 GB of memory" in page.rows["parakeet"].detail.text()


def test_a_voice_of_the_hub_is_found_fetched_and_offered(
    tmp_path: Path, theme: Theme, qtbot: QtBot, run: Run
) -> None:
    names = [DEFAULT_KYUTAI_VOICE, "expresso/happy.wav", "vctk/p300_023.wav"]
    files = {name + KYUTAI_VOICE_SUFFIX: name.encode() for name in names}
    default = ModelFile(DEFAULT_KYUTAI_VOICE + KYUTAI_VOICE_SUFFIX)
    spec = replace(KYUTAI_VOICES, revision=COMMIT, files=(default,))
    with FakeHub({KYUTAI_VOICES.repo_id: files}) as hub:

        def downloader(store: Store) -> Downloader:
            return Downloader(store, endpoint=hub.endpoint, first_wait_s=0.01)

        world = World(tmp_path)
        world.services.models = Models(
            [spec], state_folder=tmp_path / "state", cache=tmp_path / "hub", downloader=downloader
        )
        page = VoicePage(world.store, world.services, theme)
        qtbot.addWidget(page)
        page.show()

        async def body() -> None:
            more = page.more
            assert more.isVisibleTo(page)
            press(more.button)
            await until(lambda: more.choice.count() == 3)
            assert [more.choice.itemData(row) for row in range(3)] == sorted(names)
            assert "CC BY-NC" in more.choice.itemText(0)
            pick(more.choice, "vctk/p300_023.wav")
            world.voices = ("voice-donations/robert.wav", "vctk/p300_023.wav")
            press(more.button)
            await until(lambda: page.voice.findData("vctk/p300_023.wav") >= 0)
            assert "P300 023 (vctk) is here" in more.hint.text()
            assert more.choice.count() == 2
            hub.files.clear()
            press(more.button)
            await until(lambda: more.error.text())
            assert more.button.isEnabled()
            await until(lambda: not page.work.busy)

        run(body())
    assert "vctk/p300_023.wav" in voices.present(world.services.models)
