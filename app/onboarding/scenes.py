"""Every step of the first run, for ``app.screenshots``."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from PySide6.QtWidgets import QWidget

from app.onboarding.brain_step import BrainStep, ModelsStep
from app.onboarding.steps import KeyStep, MicrophoneStep, VoiceStep
from app.onboarding.window import Onboarding
from app.settings.scenes import SERVERS, scene_services
from app.settings.store import SettingsStore
from app.theme import Theme
from engine.models.states import ModelStatus, Transfer
from engine.settings import Settings

NAMES = ("welcome", "microphone", "key", "voice", "brain", "models")


def scenes(theme: Theme) -> Iterator[tuple[str, QWidget]]:
    """Each step as a name and a window that shows it."""
    for index, name in enumerate(NAMES):
        with TemporaryDirectory() as folder:
            services = scene_services(Path(folder))
            services.permission = lambda: "unknown"
            store = SettingsStore(Path(folder) / "settings.toml", Settings())
            window = Onboarding(store, services, theme)
            window.show_step(index)
            window.show()
            step = window.step
            if isinstance(step, MicrophoneStep):
                step.allow.hide()
                for place in range(72):
                    step.meter.tell(-54 + 34 * abs((place % 17) - 8) / 8)
                step._hear(-20.0)
            elif isinstance(step, KeyStep):
                step.emblem.set_good(True)
                step.heard.say("“What can you do?”")
            elif isinstance(step, VoiceStep):
                step.show_voices(("heart", "emma", "fenrir"))
            elif isinstance(step, BrainStep):
                step.show_servers(SERVERS)
            elif isinstance(step, ModelsStep):
                state = step.rows["parakeet"].state
                transfer = Transfer(310_000_000, 670_480_093, 14_200_000.0, "encoder-model.int8.onnx")
                step.show_state(replace(state, status=ModelStatus.DOWNLOADING, transfer=transfer, detail=""))
            yield f"onboarding-{name}", window
