"""`aloud models` on a hub stand-in: what a person reads and what the shell gets back."""

import argparse
import io
import re
from pathlib import Path

import pytest
from huggingface_hub import constants

from engine.models import Models
from engine.models.cli import add_parser, run
from tests.fakes.hub import FakeHub, Fault
from tests.integration.models_world import FILES, WEIGHTS, hub, models_at, online

__all__ = ["hub", "online"]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def models(hub: FakeHub, tmp_path: Path) -> Models:
    return models_at(hub, tmp_path)


def aloud(models: Models, *words: str, answer: str = "") -> tuple[int, str]:
    parser = argparse.ArgumentParser()
    add_parser(parser.add_subparsers())
    args = parser.parse_args(["models", *words])
    assert args.run is run
    out = Terminal()
    code = run(args, models, out, Terminal(answer))
    return code, out.getvalue()


def test_list_shows_what_each_model_needs_and_where_it_stands(models: Models) -> None:
    code, text = aloud(models)
    assert code == 0
    assert re.search(r"voice +A voice +missing +300 kB disk, 1 kB memory +CC0", text)
    aloud(models, "download", "voice", "--yes")
    assert "ready (300 kB)" in aloud(models, "list")[1]


def test_download_says_what_it_takes_and_waits_for_a_yes(models: Models, hub: FakeHub) -> None:
    code, text = aloud(models, "download", "voice", answer="n\n")
    assert code == 1
    assert "300 kB to download, 1 kB of memory when loaded. Licence: CC0." in text
    assert not hub.asked

    code, text = aloud(models, "download", "voice", answer="y\n")
    assert code == 0
    assert f"[{'#' * 30}] 300 kB of 300 kB" in text
    assert f"A voice is ready: {models.path('voice')}" in text
    assert "It is here already; every byte" in aloud(models, "download", "voice")[1]


def test_download_of_a_model_that_does_not_load_finds_the_damage_by_itself(models: Models) -> None:
    aloud(models, "download", "voice", "--yes")
    (models.path("voice") / "parts/weights.bin").write_bytes(bytes(len(WEIGHTS)))
    assert models.state("voice").ready  # by its size
    assert aloud(models, "download", "voice", "--yes")[0] == 0
    assert (models.path("voice") / "parts/weights.bin").read_bytes() == WEIGHTS


def test_a_failure_is_said_with_its_remedy(
    models: Models, hub: FakeHub, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.files.clear()
    assert aloud(models, "download", "voice", "--yes")[0] == 1
    assert "refuses someone/voice" in (complaint := capsys.readouterr().err)
    assert "hf auth login" in complaint


def test_an_unknown_model_names_those_that_exist(models: Models, capsys: pytest.CaptureFixture[str]) -> None:
    assert aloud(models, "verify", "vioce")[0] == 1
    assert "Choose one of voice." in capsys.readouterr().err


def test_verify_names_the_damaged_file_and_download_mends_it(models: Models) -> None:
    aloud(models, "download", "voice", "--yes")
    assert aloud(models, "verify", "voice") == (0, "Every byte of A voice is right.\n")
    (models.path("voice") / "parts/weights.bin").write_bytes(bytes(len(WEIGHTS)))
    code, text = aloud(models, "verify", "voice")
    assert code == 1
    assert "damaged: parts/weights.bin" in text
    assert "damaged: parts/weights.bin" in aloud(models, "list")[1]
    assert aloud(models, "download", "voice", "--yes")[0] == 0
    assert aloud(models, "verify", "voice")[0] == 0


def test_remove_asks_and_says_what_it_freed(models: Models) -> None:
    aloud(models, "download", "voice", "--yes")
    assert aloud(models, "remove", "voice", answer="\n")[0] == 1
    assert models.state("voice").ready
    assert aloud(models, "remove", "voice", "--yes") == (0, "300 kB freed.\n")
    assert aloud(models, "remove", "voice") == (0, "A voice is not on this machine.\n")


def test_a_folder_of_ones_own_is_used_and_never_deleted(models: Models, tmp_path: Path) -> None:
    own = tmp_path / "own"
    for name, body in FILES.items():
        (own / name).parent.mkdir(parents=True, exist_ok=True)
        (own / name).write_bytes(body)
    assert aloud(models, "use", "voice", str(own))[0] == 0
    assert models.path("voice") == own
    assert "ready (own folder)" in aloud(models)[1]
    assert aloud(models, "verify", "voice")[0] == 0
    (own / "parts/weights.bin").write_bytes(b"\0" + WEIGHTS[1:])
    assert aloud(models, "verify", "voice")[0] == 1
    assert aloud(models, "remove", "voice")[0] == 0
    assert (own / "parts/weights.bin").exists()
    assert not models.state("voice").ready


def test_a_folder_that_lacks_a_file_is_refused(
    models: Models, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert aloud(models, "use", "voice", str(tmp_path))[0] == 1
    assert "lacks config.json, parts/weights.bin" in capsys.readouterr().err


def test_a_stopped_download_says_that_it_goes_on(
    models: Models, hub: FakeHub, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.fail("parts/weights.bin", Fault(cut_after=9))

    def interrupt(*asked: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("engine.crossing.CancelToken.wait", interrupt)
    assert aloud(models, "download", "voice", "--yes")[0] == 130
    assert "goes on from there" in capsys.readouterr().err
    monkeypatch.undo()
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    assert aloud(models, "download", "voice", "--yes")[0] == 0
