"""What the settings and the first run ask of the world outside their windows."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from app.bridge import Bridge
from app.sharing import Room
from engine import secrets
from engine.audio import devices
from engine.audio.devices import Device
from engine.audio.open import open_source
from engine.llm.discover import Found, discover
from engine.models import Models
from engine.ports import AudioSource
from engine.settings import Settings

if TYPE_CHECKING:
    from app.hotkey.permission import KeyPermission
    from app.hotkey.talk_key import TalkKey
    from app.login import LoginSwitch

Permission = Literal["granted", "denied", "unknown"]


def microphones() -> Sequence[Device]:
    """The microphones that are there. Blocks for milliseconds. Raises ``DeviceError``."""
    return devices.inputs()


def speakers() -> Sequence[Device]:
    """The speakers that are there. Blocks for milliseconds. Raises ``DeviceError``."""
    return devices.outputs()


async def offered_models(base_url: str, key: str) -> list[str]:
    """The models that the server at ``base_url`` ("" for OpenAI) offers under ``key`` ("" for the kept one).

    Raises a ``BrainError``.
    """
    from engine.llm.openai_model import OpenAICompatible

    def find_key() -> str | None:
        return key or secrets.find_key(base_url or None)

    server = await asyncio.to_thread(OpenAICompatible, "", base_url or None, find_key)
    try:
        return await server.models()
    finally:
        await server.close()


def microphone(settings: Settings) -> AudioSource:
    """The chosen microphone, for a look at its level."""
    listening = settings.listening
    return open_source("device", listening.input_device, avoid_bluetooth=listening.avoid_bluetooth_microphone)


def open_path(path: Path) -> bool:
    """Opens a file or a folder with the program that the system has for it."""
    return QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))


async def _no_voices() -> Sequence[str]:
    return ()


async def _nothing_said(text: str) -> None:
    return None


async def _nothing() -> None:
    return None


@dataclass(frozen=True, slots=True)
class SpeechFacts:
    """What the voice that runs tells of itself.

    ``most_speakers``: how many voices an answer may have. ``codebooks``: how many it speaks with, 0 for
    a voice that has none. ``real_time_factor``: compute over duration of sound, 0.0 where not known.
    """

    most_speakers: int = 1
    codebooks: int = 0
    real_time_factor: float = 0.0


async def _no_facts() -> SpeechFacts:
    return SpeechFacts()


@dataclass(kw_only=True)
class Services:
    """The world; tests and pictures bring their own.

    ``microphones``, ``speakers`` and the three calls about keys block: call them on a thread.
    ``key_changed`` lets the brain be chosen anew. ``measure_again`` has the codebooks for this machine
    chosen anew, by loading the voice again. ``say`` speaks a sample with the chosen voice.
    ``system_voice`` tells whether the system has a voice of its own.
    ``login`` knows what the system says of opening at login; None where nothing is asked.
    ``key_missing`` says why this system has no talk key at all; "" where it has.
    ``key_permission`` is that for a modifier alone; None where none is needed.
    ``pause_key`` lets the talk key rest while another one is chosen.
    """

    bridge: Bridge
    models: Models
    room: Room
    microphones: Callable[[], Sequence[Device]] = microphones
    speakers: Callable[[], Sequence[Device]] = speakers
    microphone: Callable[[Settings], AudioSource] = microphone
    servers: Callable[[], Awaitable[Sequence[Found]]] = discover
    offered: Callable[[str, str], Awaitable[list[str]]] = offered_models
    find_key: Callable[[str | None], str | None] = secrets.find_key
    keep_key: Callable[[str, str | None], None] = secrets.set_key
    forget_key: Callable[[str | None], None] = secrets.delete_key
    key_changed: Callable[[], None] = lambda: None
    voices: Callable[[], Awaitable[Sequence[str]]] = _no_voices
    speech_facts: Callable[[], Awaitable[SpeechFacts]] = _no_facts
    measure_again: Callable[[], Awaitable[None]] = _nothing
    say: Callable[[str], Awaitable[None]] = _nothing_said
    system_voice: bool = sys.platform == "darwin"
    delete_history: Callable[[], Awaitable[None]] = _nothing
    open_path: Callable[[Path], object] = open_path
    login: "LoginSwitch | None" = None
    talk_key: "TalkKey | None" = None
    key_missing: str = ""
    pause_key: Callable[[bool], None] = lambda paused: None
    key_permission: "KeyPermission | None" = None
    permission: Callable[[], Permission] = lambda: "granted"
    ask_permission: Callable[[], Awaitable[Permission]] | None = None
