"""Sound devices that come and go."""

import asyncio

import pytest

from app.bridge import Bridge
from app.device_changes import DeviceChanges
from tests.fakes.conversation import FakeConversation
from tests.gui.conftest import Run, until


class Devices:
    """A conversation's devices, of which only their closing matters here."""

    def __init__(self) -> None:
        self.in_use = False
        self.closed: list[str] = []

    def close(self) -> None:
        self.closed.append("microphone")

    def close_if_idle(self, now_s: float, keep_open_s: float) -> None:
        self.closed.append("speaker")


def test_devices_are_listed_anew_once_the_turn_has_ended(
    conversation: FakeConversation, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed: list[int] = []

    def refresh() -> bool:
        listed.append(1)
        return len(listed) > 1  # the first time a stream is still open

    monkeypatch.setattr("app.device_changes.refresh", refresh)
    devices = Devices()
    conversation.capture = conversation.playout = devices  # type: ignore[attr-defined]

    async def body() -> None:
        bridge = Bridge()
        bridge.connect_to(conversation)
        changes = DeviceChanges(bridge, conversation)
        conversation.press()
        changes.noticed()
        await asyncio.sleep(0)
        assert listed == []
        conversation.stop()
        await until(lambda: listed == [1] and not changes._work.busy)
        conversation.press()
        conversation.stop()
        await until(lambda: listed == [1, 1] and not changes._work.busy)
        conversation.press()
        conversation.stop()
        assert not changes._work.busy
        changes.deleteLater()

    run(body())
    assert devices.closed == ["microphone", "speaker"] * 2
