"""For the same weights, seed and text our step loop makes the tokens of moshi_mlx's own generate."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.kyutai_sides import Ours
from engine.tts.kyutai.upstream import Upstream
from tests.fakes.mlx_thread import PATIENCE_S, MlxThread, hub_in
from tests.fakes.tiny_hub import TINY, TINY_32, VOICE_SUFFIX, VOICES

TEXT = "one two three four"
VOICE = VOICES[0]

pytestmark = pytest.mark.may_take(PATIENCE_S)


@pytest.fixture(scope="session")
def hub_32(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with all 32 codebooks and the published schedule of shared slices."""
    return hub_in(tmp_path_factory.mktemp("kyutai") / "hub32", TINY_32)


def tokens(
    hub: Path, bits: int, text: str, temperature: float, codebooks: int = 32
) -> tuple[list[list[int]], list[list[int]]]:
    """Tokens ``[frames, codebooks]`` of moshi_mlx and of ours."""
    voices = [hub / "voices" / (VOICE + VOICE_SUFFIX)]
    upstream = Upstream(hub, voices, bits, [text], temperature, codebooks)
    ours = Ours(hub, VOICE, bits, "exact", text, temperature, codebooks)
    return upstream.run(7).tokens().tolist(), ours.run(7).tokens().tolist()


@pytest.mark.parametrize("bits", [0, 4, 6, 8])
def test_tokens_are_those_of_moshi_mlx(hub_32: Path, bits: int) -> None:
    with MlxThread() as thread:
        theirs, ours = thread.run(lambda: tokens(hub_32, bits, TEXT, 0.6))
    assert len(theirs) > 20
    assert ours == theirs


def test_tokens_are_equal_at_temperature_zero(hub_32: Path) -> None:
    with MlxThread() as thread:
        theirs, ours = thread.run(lambda: tokens(hub_32, 8, "one two three", 0.0))
    assert ours == theirs


@pytest.mark.parametrize("codebooks", [8, 16, 24])
def test_tokens_are_equal_with_fewer_codebooks(hub_32: Path, codebooks: int) -> None:
    with MlxThread() as thread:
        theirs, ours = thread.run(lambda: tokens(hub_32, 8, "one two three", 0.6, codebooks))
    assert np.shape(theirs)[1] == codebooks
    assert ours == theirs


def test_the_compiled_step_makes_the_same_tokens(tmp_path: Path) -> None:
    """In a process of its own, for only there can compiling be left on; few slices, for it takes seconds."""
    program = (
        "import json, sys; from pathlib import Path; from tests.fakes.tiny_hub import write_hub;"
        "from tests.integration.test_kyutai_tokens import tokens; import mlx.core as mx;"
        f"hub = write_hub(Path({str(tmp_path)!r}) / 'hub');"
        "pair = tokens(hub, 8, 'one two three four', 0.6); print(json.dumps(pair)); mx.clear_streams()"
    )
    environment = {name: value for name, value in os.environ.items() if name != "MLX_DISABLE_COMPILE"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    theirs, ours = json.loads(done.stdout.splitlines()[-1])
    assert np.shape(theirs)[1] == 4
    assert ours == theirs


def test_beyond_the_context_the_window_slides_as_in_moshi_mlx(tmp_path: Path) -> None:
    """Without passages, that is."""
    hub = hub_in(tmp_path / "hub", replace(TINY, context=24))
    with MlxThread() as thread:
        theirs, ours = thread.run(lambda: tokens(hub, 8, "one two three four five six", 0.6))
    assert len(theirs) > 3 * 24 // 2
    assert ours == theirs


@pytest.mark.parametrize("speakers", [2, 3])
def test_speakers_take_turns_as_in_moshi_mlx(tmp_path: Path, speakers: int) -> None:
    """The second speaker's voice and mark, and the first's again; a third stands in the first's place."""
    hub = hub_in(tmp_path / "hub")
    turns = ["one two three", "four five", "six seven eight"]
    marked = " ".join(f"S{index % speakers + 1}: {turn}" for index, turn in enumerate(turns))

    def both() -> tuple[list[list[int]], list[list[int]]]:
        voices = [hub / "voices" / (name + VOICE_SUFFIX) for name in VOICES[:speakers]]
        upstream = Upstream(hub, voices, 8, turns)
        ours = Ours(hub, "+".join(VOICES[:speakers]), 8, "exact", marked)
        return upstream.run(7).tokens().tolist(), ours.run(7).tokens().tolist()

    with MlxThread() as thread:
        theirs, ours = thread.run(both)
    assert len(theirs) > 20
    assert ours == theirs
