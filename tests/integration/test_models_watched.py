"""Downloads that go on beside the rest: watched, called off, and begun on a thread of their own."""

import threading
from pathlib import Path

import pytest

from engine.models import ModelState, ModelStatus
from tests.fakes.hub import FakeHub, Fault
from tests.integration.models_world import WEIGHTS, hub, models_at, online, wait_until

__all__ = ["hub", "online"]


def test_cancel_keeps_what_came_and_the_next_download_goes_on(hub: FakeHub, tmp_path: Path) -> None:
    hold = threading.Event()
    hub.fail("parts/weights.bin", Fault(hold=hold))
    models = models_at(hub, tmp_path)
    ended: list[ModelState] = []
    thread = threading.Thread(target=lambda: ended.append(models.download("voice")))
    thread.start()
    wait_until(lambda: models.state("voice").bytes_on_disk > len(WEIGHTS) // 4)

    models.cancel("voice")

    assert models.state("voice").status is ModelStatus.PARTIAL
    hold.set()  # the next piece of the network is where the thread notices
    thread.join(20)
    assert [state.status for state in ended] == [ModelStatus.PARTIAL]
    before = hub.sent("parts/weights.bin")
    assert models.download("voice").ready
    assert hub.sent("parts/weights.bin") - before < len(WEIGHTS)


def test_remove_calls_off_a_download_and_leaves_nothing(hub: FakeHub, tmp_path: Path) -> None:
    hold = threading.Event()
    hub.fail("parts/weights.bin", Fault(hold=hold))
    models = models_at(hub, tmp_path)
    thread = threading.Thread(target=lambda: models.download("voice"))
    thread.start()
    wait_until(lambda: models.state("voice").bytes_on_disk > len(WEIGHTS) // 4)
    assert models.download("voice").status is ModelStatus.DOWNLOADING  # no second one beside it
    releasing = threading.Timer(0.2, hold.set)
    releasing.start()
    models.remove("voice")
    thread.join(20)
    releasing.join()
    assert models.state("voice").status is ModelStatus.MISSING
    assert not list((tmp_path / "hub").rglob("*.incomplete"))


def test_a_watcher_that_fails_stops_neither_the_download_nor_the_others(
    hub: FakeHub, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    models = models_at(hub, tmp_path)
    seen: list[ModelState] = []

    def fail(state: ModelState) -> None:
        raise ValueError("a broken view")

    models.subscribe(fail)
    undo = models.subscribe(seen.append)
    assert models.download("voice").ready
    assert seen[-1].ready
    assert "a watcher of the models failed" in caplog.text
    undo()
    undo()
    count = len(seen)
    models.verify("voice")
    assert len(seen) == count


def test_the_moment_a_model_can_be_loaded_is_told_once(hub: FakeHub, tmp_path: Path) -> None:
    models = models_at(hub, tmp_path)
    loadable: list[str] = []
    undo = models.when_ready(lambda state: loadable.append(state.spec.model_id))
    models.download("voice")
    models.verify("voice")
    assert loadable == ["voice"]
    models.remove("voice")
    models.download("voice")
    assert loadable == ["voice", "voice"]
    undo()
    models_at(hub, tmp_path).when_ready(lambda state: loadable.append("again"))
    models.verify("voice")
    assert loadable == ["voice", "voice"]


def test_start_downloads_on_a_thread_of_its_own_and_tells_of_failure(hub: FakeHub, tmp_path: Path) -> None:
    hub.files.clear()
    models = models_at(hub, tmp_path)
    ended = threading.Event()
    models.subscribe(lambda state: ended.set() if state.status is ModelStatus.MISSING else None)
    models.start("voice")
    assert ended.wait(20)
    assert "refuses" in models.state("voice").detail
