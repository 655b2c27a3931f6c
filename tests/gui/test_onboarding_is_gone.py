"""What is left of the first run once its window is closed: nothing that still listens."""

from pathlib import Path

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.onboarding.steps import KeyStep
from app.theme import Theme
from engine.errors import SpeakerUnavailable
from engine.events import NO_TURN, Failed
from tests.gui.settings_world import World


def test_a_step_that_was_deleted_no_longer_hears_of_failures(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path, theme: Theme
) -> None:
    world = World(tmp_path)
    step = KeyStep(world.store, world.services, theme)
    step.deleteLater()
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    with qtbot.captureExceptions() as raised:
        world.bridge.failed.emit(Failed(NO_TURN, 0.0, SpeakerUnavailable("There is no speaker.")))
    assert raised == []
