"""Loading Kyutai from a folder: the quantised copy on disk, and files that are damaged."""

import gc
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.crossing import Cancelled
from engine.errors import ModelDamaged, ModelMissing
from engine.tts.kyutai import calibrate
from engine.tts.kyutai.calibrate import Records
from engine.tts.kyutai.loader import Bits, LoadedModel, LoadOptions, load_model
from engine.tts.kyutai.step import StepLoop
from engine.tts.kyutai.synthesizer import KyutaiSynthesizer
from tests.fakes.mlx_thread import PATIENCE_S, MlxThread, hub_in
from tests.fakes.tiny_hub import TINY, VOICE_SUFFIX, VOICES, config_dict

NAMES = config_dict(TINY)

pytestmark = pytest.mark.may_take(PATIENCE_S)


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hub_in(tmp_path_factory.mktemp("kyutai") / "hub")


@pytest.fixture
def hub(pristine: Path, tmp_path: Path) -> Path:
    return shutil.copytree(pristine, tmp_path / "hub")


def weights(folder: Path, options: LoadOptions | None = None) -> tuple[dict[str, Any], list[str]]:
    """All weights as loaded, and what was told of the loading."""
    told: list[str] = []

    def load() -> dict[str, Any]:
        import mlx.core as mx
        from mlx.utils import tree_flatten

        tree = load_model(folder, options or LoadOptions(), lambda _, detail: told.append(detail)).tree
        return {name: np.array(array.astype(mx.float32)) for name, array in tree_flatten(tree)}

    with MlxThread() as thread:
        return thread.run(load), told


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return one.keys() == other.keys() and all(np.array_equal(one[name], other[name]) for name in one)


def quantised_anew(told: list[str]) -> bool:
    return any("Quantising" in detail for detail in told)


def test_quantised_weights_are_kept_and_read_the_next_time(hub: Path) -> None:
    first, told = weights(hub)
    assert quantised_anew(told)
    again, told = weights(hub)
    assert not quantised_anew(told)
    assert same(first, again)


def test_each_width_has_its_own(hub: Path) -> None:
    weights(hub, LoadOptions(bits=4))
    _, told = weights(hub, LoadOptions(bits=8))
    assert quantised_anew(told)
    assert not quantised_anew(weights(hub, LoadOptions(bits=4))[1])
    assert {path.name for path in (hub / "aloud").glob("*.safetensors")} == {
        "kyutai-4bit.safetensors",
        "kyutai-8bit.safetensors",
    }


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda store: flip(store / "kyutai-8bit.safetensors"), id="a bit flipped"),
        pytest.param(lambda store: cut(store / "kyutai-8bit.safetensors"), id="cut short"),
        pytest.param(lambda store: (store / "kyutai-8bit.safetensors").unlink(), id="gone"),
        pytest.param(lambda store: (store / "kyutai-8bit.json").write_text("{"), id="manifest broken"),
        pytest.param(
            lambda store: (store / "kyutai-8bit.json").write_text("[]"), id="manifest of another shape"
        ),
    ],
)
def test_a_damaged_copy_is_made_anew(hub: Path, damage: Callable[[Path], None]) -> None:
    expected, _ = weights(hub)
    damage(hub / "aloud")
    mended, told = weights(hub)
    assert quantised_anew(told)
    assert same(mended, expected)
    assert not quantised_anew(weights(hub)[1])


def test_other_weights_in_the_folder_make_the_copy_outdated(hub: Path, tmp_path: Path) -> None:
    weights(hub)
    path = hub / NAMES["moshi_name"]
    flip(path)
    assert quantised_anew(weights(hub)[1])


def test_what_a_killed_program_left_half_written_is_removed(hub: Path) -> None:
    """But not what another program writes at this moment."""
    ended = subprocess.Popen(["true"])
    ended.wait()
    (hub / "aloud").mkdir()
    drafts = {
        pid: hub / "aloud" / f"kyutai-{bits}bit.{pid}.part.safetensors"
        for bits, pid in ((8, ended.pid), (4, os.getppid()))
    }
    for draft in drafts.values():
        draft.write_bytes(b"half of it")
    weights(hub)
    assert not drafts[ended.pid].exists()
    assert drafts[os.getppid()].exists()


def test_a_folder_that_cannot_be_written_only_costs_time(hub: Path) -> None:
    (hub / "aloud").write_text("in the way")
    _, told = weights(hub)
    assert quantised_anew(told)


def test_shared_slices_stand_in_memory_once(hub: Path) -> None:
    loaded, _ = weights(hub)
    sets = {name.split(".")[1] for name in loaded if name.startswith("sets.")}
    assert len(sets) == len(set(TINY.schedule)) < TINY.codebooks


@pytest.mark.parametrize("kept", [False, True], ids=["quantising", "from the copy"])
def test_a_load_can_be_called_off_all_the_way(hub: Path, kept: bool) -> None:
    """As often as it tells how far it is, and it leaves nothing behind: neither drafts nor weights."""
    if kept:
        weights(hub)
    seen: list[float | None] = []

    def load(last: int) -> int:
        import mlx.core as mx

        def tell(fraction: float | None, detail: str) -> None:
            seen.append(fraction)
            if len(seen) > last:
                raise Cancelled

        seen.clear()
        try:
            KyutaiSynthesizer(hub, codebooks=4, progress=tell).close()
        except Cancelled:
            assert not list((hub / "aloud").glob("*.part.*"))
        gc.collect()
        return int(mx.get_active_memory())

    def loaded_until(last: int) -> int:
        with MlxThread() as thread:
            return thread.run(lambda: load(last))

    loaded_until(1 << 30)
    told = len(seen)
    assert told > 10
    fractions = [fraction for fraction in seen if fraction is not None]
    assert fractions == sorted(fractions)
    for last in range(0, told, 7):
        if not kept:
            shutil.rmtree(hub / "aloud", ignore_errors=True)
        assert loaded_until(last) < 100_000


def test_a_load_that_fails_lets_go_of_what_it_had(hub: Path) -> None:
    (hub / "voices" / (VOICES[0] + VOICE_SUFFIX)).write_bytes(b"nothing")

    def load() -> tuple[ModelDamaged, int]:
        import mlx.core as mx

        with pytest.raises(ModelDamaged) as caught:
            KyutaiSynthesizer(hub, codebooks=4)
        gc.collect()
        return caught.value, int(mx.get_active_memory())

    with MlxThread() as thread:
        _error, active_bytes = thread.run(load)  # whoever keeps the error keeps no weights
    assert active_bytes < 100_000


def test_what_fewer_codebooks_do_without_is_not_kept(tmp_path: Path) -> None:
    hub = hub_in(tmp_path / "hub", replace(TINY, codebooks=16, schedule=tuple(range(16))))

    def active_bytes(codebooks: int) -> int:
        import mlx.core as mx

        made = KyutaiSynthesizer(hub, codebooks=codebooks)
        gc.collect()
        active = int(mx.get_active_memory())
        made.close()
        return active

    in_use = []
    for codebooks in (16, 8):
        with MlxThread() as thread:
            in_use.append(thread.run(lambda count=codebooks: active_bytes(count)))  # type: ignore[misc]
    slices_bytes = 8 * (3 * 64 * 64 + 64 * 64 + 3 * 64 * 64)  # 8 bits; attention, and a little of the gating
    table_bytes = 8 * 32 * TINY.dimension * 2
    assert in_use[0] - in_use[1] > slices_bytes + table_bytes


def opened(folder: Path, **options: Any) -> None:
    """Makes a synthesizer on a thread of its own, and closes it."""
    with MlxThread() as thread:
        thread.run(lambda: KyutaiSynthesizer(folder, codebooks=4, **options).close())


def test_nothing_is_wrong_with_a_whole_folder(hub: Path) -> None:
    opened(hub)


@pytest.mark.parametrize("part", ["moshi_name", "mimi_name", "tokenizer_name"])
@pytest.mark.parametrize("damage", ["cut", "nonsense"])
def test_a_damaged_file_is_named(hub: Path, part: str, damage: str) -> None:
    path = hub / NAMES[part]
    if damage == "cut":
        cut(path)
    else:
        path.write_bytes(b"this is not what it should be" * 40)
    with pytest.raises(ModelDamaged) as caught:
        opened(hub)
    assert path.name in str(caught.value)
    assert caught.value.remedy


def test_weights_of_another_shape_are_refused(hub: Path) -> None:
    config = NAMES | {"dim": 2 * TINY.dimension}
    (hub / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(ModelDamaged) as caught:
        opened(hub)
    assert NAMES["moshi_name"] in str(caught.value)


def test_a_folder_without_voices_says_so(hub: Path) -> None:
    shutil.rmtree(hub / "voices")
    with pytest.raises(ModelMissing, match="no voice"):
        opened(hub)


def test_a_voice_that_is_not_there_is_named(hub: Path) -> None:
    def speak() -> None:
        made = KyutaiSynthesizer(hub, codebooks=4)
        try:
            made.conditioning("nobody.wav")
        finally:
            made.close()

    with MlxThread() as thread, pytest.raises(ModelMissing, match=r"nobody\.wav"):
        thread.run(speak)


def test_a_damaged_voice_is_named(hub: Path) -> None:
    path = hub / "voices" / (VOICES[0] + VOICE_SUFFIX)
    path.write_bytes(b"nothing")
    with pytest.raises(ModelDamaged, match="calm"):
        opened(hub)


def test_the_default_voice_is_first_and_the_others_follow(hub: Path) -> None:
    def names() -> list[str]:
        made = KyutaiSynthesizer(hub, codebooks=4, default_voice=VOICES[2])
        listed = list(made.voices())
        made.close()
        return listed

    with MlxThread() as thread:
        assert thread.run(names) == [VOICES[2], VOICES[0], VOICES[1]]


def test_the_machine_is_measured_once_for_each_way_of_loading(hub: Path) -> None:
    def measured(bits: Bits) -> bool:
        told: list[str] = []

        def choose() -> int:
            made = KyutaiSynthesizer(hub, bits=bits, progress=lambda _, detail: told.append(detail))
            made.close()
            return made.codebooks

        with MlxThread() as thread:
            codebooks = thread.run(choose)
        assert codebooks == TINY.codebooks  # the tiny model has no fewer to choose from
        return any("Measuring" in detail for detail in told)

    widths: tuple[Bits, ...] = (8, 4, 8, 4)
    assert [measured(bits) for bits in widths] == [True, True, False, False]
    Records(hub / "aloud").forget()
    assert measured(8)


def test_fewer_codebooks_are_taken_where_all_are_too_slow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By what was measured with each number, the codec's share included."""
    hub = hub_in(tmp_path / "hub", replace(TINY, codebooks=16, schedule=tuple(range(16))))
    asked: list[tuple[int, int]] = []

    def slow_with_many(model: LoadedModel, loop: StepLoop, conditioning: object) -> float:
        measure(model, loop, conditioning)  # type: ignore[arg-type]
        asked.append((loop.codebooks, len(model.tree["slices"])))
        return 0.9 if loop.codebooks > 8 else 0.7

    measure = calibrate.measure
    monkeypatch.setattr(calibrate, "measure", slow_with_many)

    def chosen() -> int:
        made = KyutaiSynthesizer(hub)
        made.close()
        return made.codebooks

    for _ in range(2):
        with MlxThread() as thread:
            assert thread.run(chosen) == 8
    assert asked == [(16, 16), (8, 8)]


def test_a_voice_that_was_warmed_up_knows_how_fast_it_is(hub: Path) -> None:
    def factors() -> tuple[float, float]:
        made = KyutaiSynthesizer(hub, codebooks=4)
        before = made.real_time_factor
        made.warm()
        after = made.real_time_factor
        made.close()
        return before, after

    with MlxThread() as thread:
        before, after = thread.run(factors)
    assert before == 0.0
    assert 0.0 < after < 100.0
