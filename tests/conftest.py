"""What holds for every test: no screen, no network, none of the user's own files, no thread left over."""

import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from tests import hang_guard, network_guard, virtual_audio
from tests.recorded_speech import RecordedUtterance, folder, recorded_utterances

# Before anything imports Qt, MLX, a hub client or keyring.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("MLX_DISABLE_COMPILE", "1")  # compiling samplers on a CPU costs 4 to 10 s a process
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"  # never the user's own keys
for name in list(os.environ):
    if name.startswith(("ALOUD_", "OPENAI_")) or name.lower() in ("http_proxy", "https_proxy", "all_proxy"):
        del os.environ[name]

HOME_VARIABLES = {
    "HOME": "",
    "XDG_CONFIG_HOME": ".config",
    "XDG_DATA_HOME": ".local/share",
    "XDG_CACHE_HOME": ".cache",
    "XDG_STATE_HOME": ".local/state",
}
LONGEST_GOODBYE_S = 5.0


def live_in(home: Path) -> None:
    """Makes ``home`` the home directory of this process and its children."""
    for variable, place in HOME_VARIABLES.items():
        os.environ[variable] = str(home / place)


# No example is timed, for the machine may be busy. A build machine tries the same ones each time, so that it
# fails for a change only.
hypothesis.settings.register_profile("aloud", deadline=None, derandomize=bool(os.environ.get("CI")))
hypothesis.settings.load_profile("aloud")


def pytest_configure(config: pytest.Config) -> None:
    """Session fixtures, too, get a home that is thrown away."""
    config.pluginmanager.register(hang_guard)
    session_home = Path(tempfile.mkdtemp(prefix="aloud-tests-home-"))
    config.add_cleanup(lambda: shutil.rmtree(session_home, ignore_errors=True))
    live_in(session_home)
    # Else PulseAudio's library makes a folder in /tmp for every test's home, and tries the older ones first.
    os.environ["PULSE_RUNTIME_PATH"] = str(session_home / "pulse")
    network_guard.install()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests with sound are marked: they share a card, are sensitive to load, and run by themselves.

    Kyutai's take longest and come first, so that at the end no worker is left alone with them.
    """
    items.sort(key=lambda item: "kyutai" not in item.nodeid)
    for item in items:
        if "virtual_card" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.sound)


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home directory of this test's own: settings, models, history and logs all land in it."""
    before = {variable: os.environ[variable] for variable in HOME_VARIABLES}
    place = tmp_path_factory.mktemp("home", numbered=True)
    live_in(place)
    yield place
    os.environ.update(before)


@pytest.fixture(autouse=True)
def stays_on_this_machine() -> Iterator[None]:
    """Fails a test that tried to reach the network, even where its code swallowed the refusal."""
    network_guard.attempts.clear()
    yield
    assert not network_guard.attempts, f"this test tried to {' and to '.join(network_guard.attempts)}"


@pytest.fixture(autouse=True)
def leaves_no_thread() -> Iterator[None]:
    """Fails a test that leaves a thread running which would keep the app from quitting."""
    before = set(threading.enumerate())
    yield
    until_s = time.monotonic() + LONGEST_GOODBYE_S
    for thread in set(threading.enumerate()) - before:
        if not thread.daemon:
            thread.join(max(0.0, until_s - time.monotonic()))
            assert not thread.is_alive(), f"the thread {thread.name} is still running"


@pytest.fixture(scope="session")
def qapp_cls() -> type:
    """The application that tests of windows run on is our own."""
    from app.application import Application

    return Application


@pytest.fixture
def settings_folder(home: Path) -> Path:
    """An empty folder for a settings file."""
    place = home / "settings"
    place.mkdir()
    return place


@pytest.fixture(scope="session")
def recorded_speech() -> tuple[RecordedUtterance, ...]:
    """Seventeen sentences of recorded human speech at 16 kHz with their words."""
    if folder() is None:
        pytest.skip("the recordings come with moonshine-voice, which has no wheel for this system")
    return recorded_utterances()


@pytest.fixture(scope="session")
def virtual_card() -> Iterator[virtual_audio.VirtualAudio]:
    """The virtual sound card itself, started once; tests ask for ``virtual_audio`` instead."""
    if not virtual_audio.available():
        pytest.skip("the virtual sound card needs PulseAudio (Linux; packaging/system.sh installs it)")
    with virtual_audio.VirtualAudio() as card:
        yield card


@pytest.fixture(name="virtual_audio")
def _virtual_audio(virtual_card: virtual_audio.VirtualAudio) -> virtual_audio.VirtualAudio:
    """A speaker and a microphone on a machine that has none; see ``tests.virtual_audio``."""
    return virtual_card
