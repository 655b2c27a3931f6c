"""How sound devices are connected: the system's word before a guess by the name."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.audio import devices
from engine.audio.devices import Device, as_connected, choose_microphone, use_transports
from engine.audio.transports import Kind, NoTransports, PulseTransports, Transport, open_transports
from tests.virtual_audio import VirtualAudio


class Told:
    """A system that says what the test says."""

    def __init__(self, **transports: Transport) -> None:
        self.transports = transports

    def of(self, kind: Kind) -> dict[str, Transport]:
        return self.transports


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    before = devices._transports
    yield
    use_transports(before)


def device(name: str, *, bluetooth: bool = False, built_in: bool = False, default: bool = False) -> Device:
    return Device(name, name, 0, 1, 48_000, default=default, bluetooth=bluetooth, built_in=built_in)


def test_the_systems_word_counts_before_the_name() -> None:
    use_transports(Told(Jabra=Transport.BLUETOOTH, Bose=Transport.OTHER, Studio=Transport.BUILT_IN))
    asked = as_connected(
        [
            device("Jabra"),
            device("Bose", bluetooth=True),
            device("Studio"),
            device("AirPods", bluetooth=True),
        ],
        "input",
    )
    assert [one.bluetooth for one in asked] == [True, False, False, True]  # of the last nothing is known
    assert [one.built_in for one in asked] == [False, False, True, False]


def test_a_headset_with_any_name_is_not_made_to_listen() -> None:
    use_transports(Told(Sennheiser=Transport.BLUETOOTH))
    microphones = [device("Sennheiser", default=True), device("MacBook", built_in=True)]
    assert choose_microphone(microphones, "", microphones[0]) is microphones[0]  # as the names look
    speaker, *_ = known = as_connected(microphones, "input")
    assert choose_microphone(known, "", speaker) == microphones[1]


def test_a_system_that_does_not_say_leaves_the_guess() -> None:
    use_transports(NoTransports())
    assert as_connected([device("AirPods", bluetooth=True)], "input") == [device("AirPods", bluetooth=True)]
    assert open_transports().of("input") is not None


# PulseAudio ----------------------------------------------------------------------------------


INFO = "Server Name: PulseAudio (on PipeWire 0.3.65)\nDefault Sink: {sink}\nDefault Source: {source}\n"
SINKS = """Sink #54
\tName: alsa_output.pci
\tProperties:
\t\tdevice.bus = "pci"

Sink #71
\tName: my-headset
\tProperties:
\t\tdevice.description = "WH"
\t\tdevice.bus = "bluetooth"
"""


@pytest.fixture
def adapters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with one Bluetooth adapter, and no PulseAudio of the test's own."""
    for name in ("PULSE_SINK", "PULSE_SOURCE"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "bluetooth" / "hci0").mkdir(parents=True)
    return tmp_path / "bluetooth"


def tool(folder: Path, monkeypatch: pytest.MonkeyPatch, *, sink: str, source: str) -> None:
    """A ``pactl`` that prints what the real one would."""
    (folder / "info").write_text(INFO.format(sink=sink, source=source))
    (folder / "sinks").write_text(SINKS)
    (folder / "sources").write_text("")
    program = folder / "bin" / "pactl"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\n[ "$LC_ALL" = C ] && cat "{folder}/$(echo "$2$1" | sed s/list//)"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")


@pytest.mark.parametrize(
    ("sink", "transport"),
    [
        ("bluez_output.AC_12_34.1", Transport.BLUETOOTH),
        ("bluez_sink.AC_12_34.a2dp_sink", Transport.BLUETOOTH),
        ("my-headset", Transport.BLUETOOTH),
        ("alsa_output.pci", Transport.OTHER),
        ("of-which-nothing-is-listed", Transport.OTHER),
    ],
)
def test_the_default_sinks_name_or_bus_is_read(
    adapters: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sink: str, transport: Transport
) -> None:
    tool(tmp_path, monkeypatch, sink=sink, source="bluez_input.AC_12_34.0")
    transports = PulseTransports(adapters)
    assert set(transports.of("output").values()) == {transport}
    assert transports.of("input")["default"] is Transport.BLUETOOTH


def test_nobody_is_asked_where_there_is_no_bluetooth(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tool(tmp_path, monkeypatch, sink="bluez_output.1", source="")
    assert PulseTransports(tmp_path / "nowhere").of("output") == {}
    (tmp_path / "empty").mkdir()
    assert PulseTransports(tmp_path / "empty").of("output") == {}


def test_no_tool_and_no_server_are_no_error(
    adapters: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    assert PulseTransports(adapters).of("output") == {}
    tool(tmp_path, monkeypatch, sink="", source="")
    assert PulseTransports(adapters).of("output") == {}


def test_a_real_server_is_understood(
    adapters: Path, monkeypatch: pytest.MonkeyPatch, virtual_audio: VirtualAudio
) -> None:
    """A sink whose bus is said to be Bluetooth is one, and the virtual card's own is not."""
    transports = PulseTransports(adapters)
    assert transports.of("output")["pulse"] is Transport.OTHER
    made = virtual_audio._pactl(
        "load-module", "module-null-sink", "sink_name=headset", "sink_properties=device.bus=bluetooth"
    )
    assert made.returncode == 0, made.stderr
    try:
        for sink, transport in (("vsink", Transport.OTHER), ("headset", Transport.BLUETOOTH)):
            monkeypatch.setenv("PULSE_SINK", sink)
            assert transports.of("output")["pulse"] is transport
        monkeypatch.delenv("PULSE_SINK")
        subprocess.run(["pactl", "set-default-sink", "headset"], check=True)
        assert transports.of("output")["pulse"] is Transport.BLUETOOTH
    finally:
        virtual_audio._pactl("unload-module", made.stdout.decode().strip())
