"""The world that the settings stand in for their pictures: devices, servers, guests, models and a key."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, Signal

from app.bridge import Bridge
from app.hotkey.ports import Told, Undo
from app.settings.services import Services
from app.sharing import Room, RoomState
from engine.audio.devices import Device
from engine.broadcast.clock import now_us
from engine.broadcast.messages import Listener
from engine.llm.discover import Found
from engine.models import Models
from engine.models.states import ModelState, ModelStatus, Transfer

if TYPE_CHECKING:
    from app.hotkey.talk_key import TalkKey

DEVICES = (
    Device("Core Audio: MacBook Pro Microphone", "MacBook Pro Microphone", 0, 1, 48_000, default=True),
    Device("Core Audio: AirPods Pro", "AirPods Pro", 1, 1, 24_000),
)
SPEAKERS = (
    Device("Core Audio: MacBook Pro Speakers", "MacBook Pro Speakers", 2, 2, 48_000, default=True),
    Device("Core Audio: AirPods Pro", "AirPods Pro", 3, 2, 48_000),
)
SERVERS = (
    Found("Ollama", "http://127.0.0.1:11434/v1", ("qwen3:4b", "llama3.2:3b")),
    Found("LM Studio", "http://127.0.0.1:1234/v1", ("gemma-3-12b",)),
)


def guests() -> tuple[Listener, ...]:
    """Two of them, one here for twelve minutes."""
    jo_us, other_us = now_us() - 754_000_000, now_us() - 40_000_000
    return (
        Listener("a", "Jo's phone", "talker", False, "192.168.1.23", "s16le", jo_us, 0, 0, 0, 4.1, 182, 0.6),
        Listener("b", "", "typist", False, "192.168.1.31", "s16le", other_us, 3, 1, 20, 9.8, 240, 2.1),
    )


class OpenRoom(Room):
    """A room as it looks with guests in it."""

    @property
    def urls(self) -> tuple[str, ...]:
        """Where it would be found."""
        return ("http://aloud.local:3000/", "http://192.168.1.12:3000/")

    @property
    def invitations(self) -> tuple[str, ...]:
        """What would let a guest in."""
        return tuple(f"{url}#join=p7Vd0QfQb1S0nYy3cV5q5w" for url in self.urls)

    @property
    def on_network(self) -> bool:
        """As if it were."""
        return True


def open_room() -> Room:
    """A room with two guests in it."""
    room = OpenRoom()
    room.state = RoomState.OPEN
    room.listeners = guests()
    room.expires_at = datetime(2026, 3, 14, 15, 30, tzinfo=UTC)
    return room


class SceneKey(QObject):
    """A talk key that nobody presses."""

    arrived = Signal(bool)
    taken = Signal()
    failed = Signal(object)


class SceneModels(Models):
    """Models of which one is here, one is on its way and one broke off."""

    def state(self, model_id: str) -> ModelState:
        """As if it were so."""
        state = super().state(model_id)
        if model_id == "kyutai-tts":
            transfer = Transfer(1_620_000_000, 4_068_600_000, 11_400_000.0, "dsm_tts.safetensors")
            return replace(
                state,
                status=ModelStatus.DOWNLOADING,
                bytes_on_disk=transfer.bytes_done,
                transfer=transfer,
                detail="",
            )
        if model_id == "parakeet":
            return replace(state, status=ModelStatus.READY, bytes_on_disk=670_480_093, detail="")
        if model_id == "qwen-1.5b":
            fault = "The download of Qwen2.5 1.5B broke off: no network."
            return replace(
                state,
                status=ModelStatus.PARTIAL,
                bytes_on_disk=310_000_000,
                detail=fault,
                remedy="What arrived is kept.",
            )
        return state


def scene_services(place: Path, room: Room | None = None, *, models: type[Models] = Models) -> Services:
    """A world in which nothing is looked for."""
    return Services(
        bridge=Bridge(),
        models=models(state_folder=place / "models", cache=place / "cache"),
        room=room or Room(),
        talk_key=cast("TalkKey", SceneKey()),
    )


class Forbidden:
    """The keyboard of a Mac whose person has not ticked Aloud yet."""

    def allowed(self) -> bool:
        """It is not."""
        return False

    def ask(self) -> None:
        """Nobody is there to be asked."""

    def watch(self, name: str, pressed: Told, released: Told, spoiled: Told) -> Undo:
        """Nothing is ever pressed."""
        return lambda: None
