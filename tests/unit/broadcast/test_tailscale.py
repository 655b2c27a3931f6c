"""Tailscale is found where it runs, and told whether it serves the room."""

from pathlib import Path
from typing import Any

import pytest

from engine.broadcast import tailscale
from engine.broadcast.tailscale import Tailscale
from tests.fakes.tailscale import NAME, RUNS, FakeTailscale


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeTailscale:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return FakeTailscale(tmp_path)


def test_it_is_offered_until_it_serves_the_room(program: FakeTailscale) -> None:
    command = "tailscale serve --bg 3000"
    assert tailscale.find(3_000, "http") == Tailscale(f"https://{NAME}", command, serves=False)
    for port, path, serves in ((3_000, "/", True), (3_001, "/", False), (3_000, "/elsewhere", False)):
        program.serves(port, path)
        assert tailscale.find(3_000, "http") == Tailscale(f"https://{NAME}", command, serves)


def test_an_encrypted_room_is_passed_on_as_such(program: FakeTailscale) -> None:
    found = tailscale.find(3_000, "https")
    assert found is not None
    assert found.command == "tailscale serve --bg https+insecure://localhost:3000"


@pytest.mark.parametrize(
    "answer", [RUNS | {"BackendState": "Stopped"}, {"BackendState": "Running"}, {}, "x", [], {"Self": 3}]
)
def test_one_that_does_not_run_or_says_odd_things_is_none(program: FakeTailscale, answer: Any) -> None:
    program.answer(answer)
    assert tailscale.find(3_000, "http") is None


def test_no_tailscale_is_no_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(tailscale, "MAC_PROGRAM", str(tmp_path / "none"))
    assert tailscale.find(3_000, "http") is None
