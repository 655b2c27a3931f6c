"""Sleep and the locked screen on Linux, told over a real bus by stand-ins for those who tell of them."""

import shutil
from collections.abc import Iterator

import pytest
from PySide6.QtDBus import QDBusConnection, QDBusMessage
from pytestqt.qtbot import QtBot

from app.macos.power import DesktopPower
from tests.child import child

LOGIN = "org.freedesktop.login1"
MANAGER = ("/org/freedesktop/login1", f"{LOGIN}.Manager")
SESSION = ("/org/freedesktop/login1/session/_31", f"{LOGIN}.Session")
SCREEN = ("/org/gnome/ScreenSaver", "org.gnome.ScreenSaver")


@pytest.fixture
def bus_address() -> Iterator[str]:
    """A message bus of this test's own."""
    if shutil.which("dbus-daemon") is None:
        pytest.skip("needs dbus-daemon")
    command = ["dbus-daemon", "--session", "--nofork", "--print-address"]
    with child(command) as daemon:
        assert daemon.stdout is not None
        yield daemon.stdout.readline().strip()


@pytest.fixture
def bus(bus_address: str) -> Iterator[QDBusConnection]:
    yield QDBusConnection.connectToBus(bus_address, "aloud")
    QDBusConnection.disconnectFromBus("aloud")


@pytest.fixture
def login_manager(bus_address: str) -> Iterator[QDBusConnection]:
    connection = QDBusConnection.connectToBus(bus_address, "login manager")
    assert connection.registerService(LOGIN)
    assert connection.registerService(SCREEN[1])
    yield connection
    QDBusConnection.disconnectFromBus("login manager")


def send(manager: QDBusConnection, place: tuple[str, str], name: str, *values: object) -> None:
    message = QDBusMessage.createSignal(*place, name)
    message.setArguments(list(values))
    assert manager.send(message)


def test_sleep_and_the_lock_are_noticed(
    bus: QDBusConnection, login_manager: QDBusConnection, qtbot: QtBot
) -> None:
    heard: list[str] = []
    power = DesktopPower(
        lambda: heard.append("suspended"), lambda: heard.append("resumed"), system=bus, session=bus
    )
    send(login_manager, MANAGER, "PrepareForSleep", True)
    qtbot.waitUntil(lambda: heard == ["suspended"])
    send(login_manager, MANAGER, "PrepareForSleep", False)
    qtbot.waitUntil(lambda: heard == ["suspended", "resumed"])
    send(login_manager, SESSION, "Lock")
    qtbot.waitUntil(lambda: heard[2:] == ["suspended"])
    send(login_manager, SESSION, "Unlock")
    qtbot.waitUntil(lambda: heard[3:] == ["resumed"])
    send(login_manager, SCREEN, "ActiveChanged", True)
    qtbot.waitUntil(lambda: heard[4:] == ["suspended"])
    power.close()
    later: list[str] = []
    other = DesktopPower(lambda: later.append("suspended"), lambda: None, system=bus, session=bus)
    send(login_manager, SESSION, "Lock")
    qtbot.waitUntil(lambda: later == ["suspended"])  # told on the same connection, after the first
    assert len(heard) == 5
    other.close()


def test_no_bus_is_no_error(qtbot: QtBot) -> None:
    nowhere = QDBusConnection("nowhere")
    DesktopPower(lambda: None, lambda: None, system=nowhere, session=nowhere).close()
