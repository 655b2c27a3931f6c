"""From the bundle to what people install: the disk image, the cask, the image for servers, the units."""

import configparser
import json
import platform
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from engine.cli import parser
from tests.unit.test_bundle import PACKAGING, bundle

VERSION = "1.2.3"


def program(folder: Path, name: str, body: str) -> None:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    file.chmod(0o755)


class Mac:
    """A Mac's tools that write down how they are called, and an app to be signed."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.app = folder, folder / "dist/Aloud.app"
        for name in (
            "MacOS/Aloud",
            "Frameworks/libmlx.dylib",
            "Frameworks/mlx/lib/libjaccl.dylib",
            "Frameworks/PySide6/Qt/lib/QtGui.framework/Versions/A/QtGui",
            "Resources/mlx/lib/mlx.metallib",
        ):
            file = self.app / "Contents" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(b"data" if name.endswith("metallib") else b"code")
        program(self.app / "Contents/MacOS", "Aloud", self._note("Aloud"))
        program(folder, "uname", "echo Darwin")
        program(folder, "file", 'case $(cat "$2") in code) echo "Mach-O 64-bit" ;; *) echo data ;; esac')
        for name in ("codesign", "xcrun", "spctl"):
            program(folder, name, self._note(name))
        program(folder, "ditto", self._note("ditto") + '\nif [ "$1" != -c ]; then cp -R "$1" "$2"; fi')
        program(folder, "hdiutil", self._note("hdiutil") + "\nfor last; do :; done; echo image > $last")
        program(folder, "shasum", "echo 0123abcd  image")
        self._script = folder / "dmg.sh"
        text = (PACKAGING / "dmg.sh").read_text(encoding="utf-8")
        self._script.write_text(text.replace("/usr/libexec/PlistBuddy", "PlistBuddy"), encoding="utf-8")
        (folder / "homebrew").symlink_to(PACKAGING / "homebrew")
        program(folder, "PlistBuddy", f"echo {VERSION}")

    def _note(self, name: str) -> str:
        return f'echo "{name} $*" >> {self.folder}/calls'

    def make(self, **environment: str) -> "subprocess.CompletedProcess[str]":
        """Runs dmg.sh."""
        path = {"PATH": f"{self.folder}:/usr/bin:/bin", "TMPDIR": str(self.folder)}
        command = ["/bin/sh", str(self._script), str(self.app), str(self.folder / "dist")]
        return subprocess.run(command, env=path | environment, capture_output=True, text=True, check=False)

    def calls(self, name: str = "") -> list[str]:
        """What was called, in order."""
        lines = (self.folder / "calls").read_text(encoding="utf-8").splitlines()
        return [line for line in lines if line.startswith(name)]


@pytest.fixture
def mac(tmp_path: Path) -> Mac:
    return Mac(tmp_path)


def test_the_app_is_signed_from_the_inside_out_and_only_it_has_entitlements(mac: Mac) -> None:
    done = mac.make(ALOUD_SIGNING_IDENTITY="Developer ID Application: X", ALOUD_NOTARY_PROFILE="p")
    assert done.returncode == 0, done.stderr
    signed = [line for line in mac.calls("codesign") if "--options runtime" in line]
    order = [line.rpartition(f"{mac.app}")[2].removeprefix("/Contents/") for line in signed]
    assert order.index("Frameworks/PySide6/Qt/lib/QtGui.framework/Versions/A/QtGui") < order.index(
        "Frameworks/PySide6/Qt/lib/QtGui.framework"
    )
    assert {"Frameworks/libmlx.dylib", "Frameworks/mlx/lib/libjaccl.dylib"} <= set(order)
    assert order[-1] == "", "the app itself comes last"
    assert not [name for name in order if name.endswith("metallib")], "data is sealed, not signed"
    assert all("--timestamp" in line and "=none" not in line for line in signed)
    assert ["--entitlements" in line for line in signed] == [False] * (len(signed) - 1) + [True]


def test_what_is_packed_was_checked_notarised_and_stapled_before(mac: Mac) -> None:
    done = mac.make(ALOUD_SIGNING_IDENTITY="Developer ID Application: X", ALOUD_NOTARY_PROFILE="p")
    assert done.returncode == 0, done.stderr
    steps = [
        "codesign --verify",
        "Aloud --selftest",
        "ditto -c -k --keepParent",
        "xcrun notarytool submit",
        "xcrun stapler staple",
        "hdiutil create",
        "codesign --force --timestamp",
        "xcrun notarytool submit",
        "xcrun stapler staple",
        "spctl --assess",
    ]
    calls, at = mac.calls(), 0
    for step in steps:
        at = next(place for place in range(at, len(calls)) if calls[place].startswith(step)) + 1
    assert "--wait" in mac.calls("xcrun notarytool")[0]


def test_without_an_identity_it_is_signed_ad_hoc_and_nothing_is_sent(mac: Mac) -> None:
    done = mac.make()
    assert done.returncode == 0
    assert "Not notarised" in done.stdout
    assert not mac.calls("xcrun")
    assert all("--sign -" in line for line in mac.calls("codesign --force"))
    assert (mac.folder / f"dist/Aloud-{VERSION}.dmg").is_file()


def test_a_copy_that_is_not_whole_is_not_packed(mac: Mac) -> None:
    program(mac.app / "Contents/MacOS", "Aloud", "exit 1")
    assert mac.make().returncode != 0
    assert not mac.calls("hdiutil")


def test_the_cask_names_what_was_made(mac: Mac) -> None:
    assert mac.make(ALOUD_DOWNLOADS="https://example.org/aloud").returncode == 0
    cask = (mac.folder / "dist/aloud.rb").read_text(encoding="utf-8")
    assert f'version "{VERSION}"' in cask
    assert 'sha256 "0123abcd"' in cask
    assert 'url "https://example.org/aloud/Aloud-#{version}.dmg"' in cask
    assert f'quit: "{bundle.IDENTIFIER}"' in cask
    assert not re.search(r"@[A-Z]", cask)


@pytest.mark.skipif(platform.system() == "Darwin", reason="a Mac can make one")
def test_elsewhere_it_says_why_not() -> None:
    command = ["/bin/sh", str(PACKAGING / "dmg.sh")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "A disk image is made on a Mac.\n")


@pytest.mark.parametrize(
    ("unit", "command"), [("aloud-serve.service", "serve"), ("aloud-edge@.service", "edge")]
)
def test_what_the_units_start_is_understood(unit: str, command: str) -> None:
    read = configparser.RawConfigParser(strict=False)
    read.optionxform = str  # type: ignore[method-assign, assignment]
    read.read(PACKAGING / "systemd" / unit, encoding="utf-8")
    start = (
        read["Service"]["ExecStart"].replace("%i", "3001").replace("${ALOUD_BUS}", "nats://127.0.0.1:4222")
    )
    words = shlex.split(start.replace("${ALOUD_ORIGIN}", "https://room.example.org"))
    assert words[0].endswith("/.venv/bin/aloud")
    assert parser().parse_args(words[1:]).command == command


def test_what_the_image_for_servers_starts_is_understood() -> None:
    text = (PACKAGING / "docker/Dockerfile").read_text(encoding="utf-8")
    lists = {word: re.findall(rf"^{word} (\[.*\])$", text, re.MULTILINE) for word in ("ENTRYPOINT", "CMD")}
    assert json.loads(lists["ENTRYPOINT"][-1]) == ["aloud"]
    assert parser().parse_args(json.loads(lists["CMD"][-1])).command == "serve"
    assert "--require-hashes" in text


def test_the_image_for_servers_carries_neither_tests_nor_the_window() -> None:
    left_out = set(bundle.unneeded_headless())
    assert {"pytest", "mypy", "pyinstaller", "pyside6-essentials", "shiboken6"} <= left_out
    assert not {"onnxruntime", "websockets", "hibari-tts", "xllamacpp", "aloud", "pip"} & left_out
