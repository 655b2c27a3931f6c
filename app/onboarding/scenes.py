"""Every step of the first run, for ``app.screenshots``."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QWidget

from app.onboarding.brain_step import BrainStep, ModelsStep
from app.onboarding.steps import KeyStep, MicrophoneStep, VoiceStep
from app.onboarding.window import Onboarding
from app.settings.scene_world import SERVERS, scene_services
from app.settings.services import Permission
from app.settings.store import SettingsStore
from app.theme import Theme
from engine.models.states import ModelStatus, Transfer
from engine.settings import Settings

STEPS = ("welcome", "microphone", "key", "voice", "brain", "models")


def _step(index: int, theme: Theme, place: Path, *, permission: Permission = "unknown") -> Onboarding:
    services = scene_services(place)
    services.permission = lambda: permission
    window = Onboarding(SettingsStore(place / "settings.toml", Settings()), services, theme)
    window.show_step(index)
    window.show()
    return window


def _welcome(theme: Theme, place: Path) -> Onboarding:
    return _step(0, theme, place)


def _microphone(permission: Permission, theme: Theme, place: Path) -> Onboarding:
    return _step(1, theme, place, permission=permission)


def _heard(theme: Theme, place: Path) -> Onboarding:
    window = _step(1, theme, place)
    step = window.step
    assert isinstance(step, MicrophoneStep)
    step.allow.hide()
    for bar in range(72):
        step.meter.tell(-54 + 34 * abs((bar % 17) - 8) / 8)
    step._hear(-20.0)
    return window


def _key(theme: Theme, place: Path) -> Onboarding:
    window = _step(2, theme, place)
    step = window.step
    assert isinstance(step, KeyStep)
    step.lamp.clock = iter((10.0, 11.4)).__next__
    step.lamp.tell(True)
    step.lamp.tell(False)
    step.emblem.set_good(True)
    step.heard.say("“What can you do?”")
    return window


def _voice(theme: Theme, place: Path) -> Onboarding:
    window = _step(3, theme, place)
    assert isinstance(window.step, VoiceStep)
    window.step.show_voices(("heart", "emma", "fenrir"))
    return window


def _brain(theme: Theme, place: Path) -> Onboarding:
    window = _step(4, theme, place)
    assert isinstance(window.step, BrainStep)
    window.step.show_servers(SERVERS)
    return window


def _models(theme: Theme, place: Path) -> Onboarding:
    window = _step(5, theme, place)
    step = window.step
    assert isinstance(step, ModelsStep)
    state = step.rows["parakeet"].state
    transfer = Transfer(310_000_000, 670_480_093, 14_200_000.0, "encoder-model.int8.onnx")
    step.show_state(replace(state, status=ModelStatus.DOWNLOADING, transfer=transfer, detail=""))
    return window


SCENES: dict[str, Callable[[Theme, Path], QWidget]] = {
    "onboarding-welcome": _welcome,
    "onboarding-microphone": _heard,
    "onboarding-microphone-asked": partial(_microphone, "unknown"),
    "onboarding-microphone-denied": partial(_microphone, "denied"),
    "onboarding-key": _key,
    "onboarding-key-waiting": partial(_step, 2),
    "onboarding-voice": _voice,
    "onboarding-brain": _brain,
    "onboarding-models": _models,
}
