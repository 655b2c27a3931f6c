"""What a model hub may answer, and what is made of it: tokens, proxies, mirrors, and no hub at all."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from huggingface_hub import constants

from engine.errors import DownloadFailed, ModelDamaged
from tests.fakes.hub import FakeHub
from tests.integration.models_world import CONFIG, REPO, WEIGHTS, a_spec, hub, models_at, online

__all__ = ["hub", "online"]


def test_a_hub_with_other_weights_than_the_pinned_ones_is_refused(hub: FakeHub, tmp_path: Path) -> None:
    hub.files[REPO]["parts/weights.bin"] = WEIGHTS[::-1]
    with pytest.raises(ModelDamaged, match=r"another parts/weights\.bin"):
        models_at(hub, tmp_path).download("voice")
    assert hub.sent("parts/weights.bin") == 0


def test_a_model_behind_a_log_in_says_so(hub: FakeHub, tmp_path: Path) -> None:
    hub.token = "secret"
    with pytest.raises(DownloadFailed, match="401") as raised:
        models_at(hub, tmp_path).download("voice")
    assert "hf auth login" in raised.value.remedy


def test_a_token_opens_the_hub_and_never_reaches_the_cdn(
    hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.token = "secret"
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_IMPLICIT_TOKEN", False)
    monkeypatch.setenv("HF_TOKEN", "secret")
    assert models_at(hub, tmp_path).download("voice").ready
    assert not [asked for asked in hub.asked if asked.origin == "cdn" and asked.authorization]


def test_a_commit_and_a_file_that_are_gone_are_told_apart(hub: FakeHub, tmp_path: Path) -> None:
    with pytest.raises(DownloadFailed, match="at the commit"):
        models_at(hub, tmp_path, a_spec(revision="f" * 40)).download("voice")
    del hub.files[REPO]["config.json"]
    with pytest.raises(DownloadFailed, match=r"no file config\.json"):
        models_at(hub, tmp_path).download("voice")


def test_no_network_and_offline_mode_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeHub({}) as gone:
        pass
    with pytest.raises(DownloadFailed, match="can't be reached") as raised:
        models_at(gone, tmp_path).download("voice")
    assert "network" in raised.value.remedy
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(DownloadFailed, match="HF_HUB_OFFLINE"):
        models_at(gone, tmp_path).download("voice")


def test_a_captive_portal_is_not_taken_for_the_hub(hub: FakeHub, tmp_path: Path) -> None:
    hub.portal = True
    with pytest.raises(DownloadFailed, match="not the model hub"):
        models_at(hub, tmp_path).download("voice")


def test_a_mirror_that_names_small_files_its_own_way_is_good_enough(hub: FakeHub, tmp_path: Path) -> None:
    hub.own_etags = True
    models = models_at(hub, tmp_path)
    assert models.download("voice").ready
    config = models.path("voice") / "config.json"
    assert models.verify("voice").ready
    config.write_bytes(CONFIG[::-1])
    assert models.verify("voice").faults == ("config.json",)


def test_hf_endpoint_is_honoured(hub: FakeHub, tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; from engine.models import *; from tests.integration.models_world "
        "import a_spec; import sys; f = Path(sys.argv[1]);"
        "print(Models([a_spec()], state_folder=f / 's', cache=f / 'hub').download('voice').status.value)"
    )
    environment = {**os.environ, "HF_ENDPOINT": hub.endpoint, "HF_HUB_OFFLINE": "0"}
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path], env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.strip() == "ready", done.stderr
    assert {asked.path.split("/")[1] for asked in hub.asked if asked.origin == "hub"} == {"someone"}
