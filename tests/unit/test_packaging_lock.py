"""The lock: exact, hashed, hostless and right for both platforms; what the code imports is asked for."""

import ast
import importlib.metadata
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PYTHONS = ("3.11.9", "3.12.7", "3.13.1")

LINUX = {"sys_platform": "linux", "platform_machine": "x86_64", "platform_version": "#1 SMP Debian 6.1.9-1"}
MACOS_14, MACOS_15, MACOS_26 = (
    {
        "sys_platform": "darwin",
        "platform_machine": "arm64",
        "platform_version": f"Darwin Kernel Version {kernel}: Thu Sep 12 23:36:23 PDT 2024; root:xnu-1/ARM64",
    }
    for kernel in ("23.6.0", "24.1.0", "25.0.0")
)

MACOS_MODULES = {
    "AppKit": "pyobjc-framework-cocoa",
    "Foundation": "pyobjc-framework-cocoa",
    "objc": "pyobjc-core",
    "PyObjCTools": "pyobjc-core",
    "AVFoundation": "pyobjc-framework-avfoundation",
    "CoreAudio": "pyobjc-framework-coreaudio",
    "ServiceManagement": "pyobjc-framework-servicemanagement",
    "UserNotifications": "pyobjc-framework-usernotifications",
    "ApplicationServices": "pyobjc-framework-applicationservices",
    "HIServices": "pyobjc-framework-applicationservices",
    "Quartz": "pyobjc-framework-quartz",
    "quickmachotkey": "quickmachotkey",
}
"""Modules of packages that only a Mac installs, so that this machine can't tell where they come from."""


@cache
def locked() -> dict[Requirement, str]:
    """Every pin of the lock and the text of its entry."""
    text = (ROOT / "packaging/lock.txt").read_text(encoding="utf-8")
    entries = [entry for entry in re.split(r"\n(?=\S)", text) if entry.strip()]
    return {Requirement(entry.split("--hash", 1)[0].replace("\\", "").strip()): entry for entry in entries}


def versions(machine: dict[str, str], python: str) -> dict[str, str]:
    """What the lock installs on ``machine`` under ``python``: names and versions."""
    environment = machine | {"python_full_version": python, "python_version": python.rpartition(".")[0]}
    return {
        canonicalize_name(pin.name): str(pin.specifier).removeprefix("==")
        for pin in locked()
        if pin.marker is None or pin.marker.evaluate(environment)
    }


def test_every_pin_is_exact_and_hashed() -> None:
    assert len(locked()) > 100
    for pin, entry in locked().items():
        assert re.fullmatch(r"==[^,*]+", str(pin.specifier)), entry.splitlines()[0]
        assert re.search(r"--hash=sha256:[0-9a-f]{64}\b", entry), f"{pin.name} has no hash"


def test_the_lock_names_no_host() -> None:
    for pin, entry in locked().items():
        assert "://" not in entry, pin.name
        assert "--index" not in entry, pin.name
        assert pin.url is None, pin.name


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("machine", [LINUX, MACOS_14, MACOS_15], ids=["linux", "macos-14", "macos-15"])
def test_both_platforms_get_moshi_mlx_with_its_pins_overridden(machine: dict[str, str], python: str) -> None:
    installed = versions(machine, python)
    assert installed["moshi-mlx"] == "0.3.0"
    assert installed["mlx"].startswith("0.32.")
    assert ("mlx-metal" in installed, "mlx-cpu" in installed) == (machine is not LINUX, machine is LINUX)
    assert {"pyside6-essentials", "qasync", "hibari-tts", "xllamacpp", "sounddevice"} <= installed.keys()


@pytest.mark.parametrize("python", PYTHONS)
def test_only_a_mac_gets_the_mac_packages(python: str) -> None:
    mac_only = {name for name in versions(MACOS_14, python) if name.startswith(("pyobjc", "quickmac"))}
    assert set(MACOS_MODULES.values()) <= mac_only
    assert not mac_only & versions(LINUX, python).keys()


def test_the_mac_packages_are_of_one_release() -> None:
    """A pyobjc framework is compiled against the core of its own release."""
    found = {version for name, version in versions(MACOS_14, "3.12.7").items() if name.startswith("pyobjc")}
    assert len(found) == 1


def test_macos_14_goes_without_moonshine_and_the_others_have_it() -> None:
    has = {
        name: "moonshine-voice" in versions(machine, "3.12.7")
        for name, machine in {"linux": LINUX, "14": MACOS_14, "15": MACOS_15, "26": MACOS_26}.items()
    }
    assert has == {"linux": True, "14": False, "15": True, "26": True}


def test_no_marker_compares_a_kernel_release() -> None:
    """pip 24.1 to 25.x reads it as a version, and fails on a Linux one such as 6.1.0-13-amd64."""
    assert not [pin.name for pin in locked() if "platform_release" in str(pin.marker)]


def asked_for() -> set[str]:
    """The packages that requirements.in asks for."""
    lines = (ROOT / "packaging/requirements.in").read_text(encoding="utf-8").splitlines()
    bare = (line.partition(" #")[0].strip() for line in lines)
    return {canonicalize_name(Requirement(line).name) for line in bare if line and not line.startswith("#")}


def imported(folder: str) -> Iterator[tuple[str, Path]]:
    """The top-level modules that the files under ``folder`` import, lazily or not, and where."""
    for file in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from ((alias.name.partition(".")[0], file) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module.partition(".")[0], file


@pytest.mark.parametrize("folder", ["engine", "app", "benchmarks"])
def test_every_import_is_asked_for(folder: str) -> None:
    """What the code imports is in requirements.in, not there by the grace of another package."""
    ours = {"engine", "app", "resources", "benchmarks", "tests"}
    distributions = importlib.metadata.packages_distributions()
    wanted = asked_for()
    strays = set()
    for module, file in imported(folder):
        if module in sys.stdlib_module_names or module in ours:
            continue
        known = distributions.get(module, []) or [MACOS_MODULES.get(module, f"(nobody: {module})")]
        if not {canonicalize_name(name) for name in known} & wanted:
            strays.add(f"{file.relative_to(ROOT)} imports {module}, which comes from {known}")
    assert not strays, "\n".join(sorted(strays))


def test_every_requirement_is_locked() -> None:
    names = {canonicalize_name(pin.name) for pin in locked()}
    assert asked_for() <= names, "run `make lock`"
