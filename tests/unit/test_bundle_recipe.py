"""PyInstaller's recipe, run with stand-ins; the layout of an .app; and the icon."""

import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from engine import __version__
from tests.unit.test_bundle import PACKAGING, bundle, load

icon = load("icon")

MACOS_MLX = [
    ("mlx/core.cpython-312-darwin.so", "core", "EXTENSION"),
    ("mlx/lib/libmlx.dylib", "libmlx", "BINARY"),
    ("libmlx.dylib", "mlx/lib/libmlx.dylib", "SYMLINK"),  # made for whatever links against it
    ("mlx/lib/mlx.metallib", "metallib", "DATA"),
]


def test_mlx_finds_its_kernels_beside_either_path_of_its_library(tmp_path: Path) -> None:
    """The layout of an .app, made by PyInstaller's own code from what its analysis would collect."""
    from PyInstaller.building.osx import BUNDLE

    toc = MACOS_MLX + bundle.metal_library_link(place for place, _, _ in MACOS_MLX)
    for place, target, kind in BUNDLE._process_bundle_toc(object.__new__(BUNDLE), toc):
        file = tmp_path / place
        file.parent.mkdir(parents=True, exist_ok=True)
        if kind == "SYMLINK":
            file.symlink_to(target)
        else:
            file.write_text(target, encoding="utf-8")
    frameworks = tmp_path / "Contents/Frameworks"
    for library in (frameworks / "libmlx.dylib", frameworks / "mlx/lib/libmlx.dylib"):
        assert library.read_text() == "libmlx"
        assert (library.parent / "mlx.metallib").read_text() == "metallib"
    real = (frameworks / "mlx.metallib").resolve()
    assert real == (tmp_path / "Contents/Resources/mlx/lib/mlx.metallib").resolve(), "no code beside code"


def test_there_is_no_link_to_kernels_that_were_not_collected() -> None:
    assert bundle.metal_library_link(["mlx/lib/libmlx.so"]) == []


class Built(NamedTuple):
    """What the recipe asked PyInstaller for."""

    analysis: dict[str, Any]
    executable: dict[str, Any]
    app: dict[str, Any] | None


def run_spec(workpath: Path) -> Built:
    """Runs aloud.spec with stand-ins for PyInstaller's own names."""
    asked: dict[str, dict[str, Any]] = {}

    class Analysis:
        pure: tuple[str, ...] = ()
        scripts: tuple[str, ...] = ()

        def __init__(self, scripts: list[str], **options: Any) -> None:
            asked["Analysis"] = options | {"scripts": scripts}
            for name, kind in (("binaries", "BINARY"), ("datas", "DATA")):
                toc = [(f"{folder}/{Path(file).name}", file, kind) for file, folder in options[name]]
                setattr(self, name, toc)

    def recorder(name: str) -> Callable[..., str]:
        def record(*parts: Any, **options: Any) -> str:
            asked[name] = options | {"parts": parts}
            return name

        return record

    names = {name: recorder(name) for name in ("PYZ", "EXE", "COLLECT", "BUNDLE")}
    scope = {"Analysis": Analysis, "SPECPATH": str(PACKAGING), "workpath": str(workpath), **names}
    path = list(sys.path)
    try:
        exec(compile((PACKAGING / "aloud.spec").read_text("utf-8"), "aloud.spec", "exec"), scope)
    finally:
        sys.path[:] = path
        for module in ("bundle", "icon"):
            sys.modules.pop(module, None)
    return Built(asked["Analysis"], asked["EXE"], asked.get("BUNDLE"))


def test_one_recipe_makes_the_app_on_a_mac_and_a_folder_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    assert run_spec(tmp_path).app is None
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setenv("ALOUD_SIGNING_IDENTITY", "Developer ID Application: Somebody")
    built = run_spec(tmp_path)
    assert built.app is not None
    assert built.app["name"] == "Aloud.app"
    assert built.app["info_plist"]["LSUIElement"] is True
    assert built.app["version"] == __version__
    assert Path(built.app["icon"]).is_file()
    assert built.executable["target_arch"] == "arm64"
    assert built.executable["console"] is False
    assert built.executable["codesign_identity"] == "Developer ID Application: Somebody"
    assert Path(built.executable["entitlements_file"]) == PACKAGING / "entitlements.plist"


def test_the_recipe_copies_the_metadata_that_packages_ask_for_and_their_licences(tmp_path: Path) -> None:
    built = run_spec(tmp_path)
    folders = {Path(folder).name.partition("-")[0] for _, folder in built.analysis["datas"]}
    assert {"onnx_asr", "mlx", "keyring", "pyside6_essentials", "hibari_tts"} <= folders
    assert not {"pytest", "pyinstaller", "mypy"} & folders
    libraries = {Path(file).name for file, _ in built.analysis["binaries"]}
    assert [name for name in libraries if name.startswith("libmlx")]


def test_the_icon_holds_a_picture_for_every_size(tmp_path: Path) -> None:
    icons = icon.draw(tmp_path)
    data = icons.icns.read_bytes()
    assert data[:4] == b"icns"
    assert struct.unpack(">I", data[4:8])[0] == len(data)
    at, sizes = 8, {}
    while at < len(data):
        kind, length = data[at : at + 4].decode(), struct.unpack(">I", data[at + 4 : at + 8])[0]
        png = data[at + 8 : at + length]
        assert png[:8] == b"\x89PNG\r\n\x1a\n"
        sizes[kind] = struct.unpack(">II", png[16:24])
        at += length
    assert sizes == {kind: (pixels, pixels) for kind, pixels in icon.KINDS.items()}
    assert icons.png.stat().st_size > 1_000
