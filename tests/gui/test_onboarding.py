"""The first run: each step proves its thing, and none keeps anybody from going on."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from app.onboarding.brain_step import BrainStep, ModelsStep
from app.onboarding.steps import KeyStep, MicrophoneStep, VoiceStep
from app.onboarding.window import Onboarding
from app.theme import Theme
from engine.errors import KeyRefused
from engine.llm.discover import Found
from engine.settings import Voice, load
from tests.fakes.conversation import FakeConversation
from tests.gui.conftest import Run, until
from tests.gui.settings_world import FakeSource, World, pick, press, world

__all__ = ["world"]

WELCOME, MICROPHONE, KEY, VOICE, BRAIN, MODELS = range(6)


@pytest.fixture
def first_run(world: World, theme: Theme, qtbot: QtBot) -> Onboarding:
    window = Onboarding(world.store, world.services, theme)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    return window


def onboarded(world: World) -> bool:
    return load(world.store.path)[0].general.onboarded


def test_return_alone_leads_through_to_the_end(first_run: Onboarding, world: World, run: Run) -> None:
    async def body() -> None:
        seen = []
        for _ in range(6):
            seen.append(first_run.step.title.text())
            QTest.keyClick(first_run, Qt.Key.Key_Return)
        assert len(set(seen)) == 6
        assert not first_run.isVisible()

    run(body())
    assert onboarded(world)
    assert not world.source.is_open


@pytest.mark.parametrize("step", range(6))
def test_any_step_can_be_the_last_and_it_is_not_shown_again(
    first_run: Onboarding, world: World, step: int, run: Run
) -> None:
    ended: list[bool] = []
    first_run.finished.connect(lambda: ended.append(True))

    async def body() -> None:
        first_run.show_step(step)
        QTest.keyClick(first_run, Qt.Key.Key_Escape)

    run(body())
    assert ended == [True]
    assert onboarded(world)
    assert not world.source.is_open


@pytest.mark.parametrize("step", range(6))
def test_every_control_has_a_name(first_run: Onboarding, world: World, step: int, run: Run) -> None:
    async def body() -> None:
        first_run.show_step(step)
        controls = [
            child
            for child in first_run.findChildren(QWidget)
            if isinstance(child, QAbstractButton | QComboBox | QLineEdit) and child.isVisibleTo(first_run)
        ]
        assert [control for control in controls if not control.accessibleName()] == []

    run(body())


def test_the_level_proves_the_microphone(first_run: Onboarding, world: World) -> None:
    first_run.show_step(MICROPHONE)
    step = first_run.step
    assert isinstance(step, MicrophoneStep)
    assert world.source.is_open
    world.source.loudness = 0.0005
    step.probe.look()
    assert step.verdict.text() == "Listening…"
    world.source.loudness = 0.1
    step.probe.look()
    assert step.verdict.text() == "I hear you."
    press(first_run.go_on)
    assert [world.source.is_open] == [False]


def test_no_microphone_is_said_and_can_be_tried_again(first_run: Onboarding, world: World) -> None:
    world.source = FakeSource(fails=True)
    first_run.show_step(MICROPHONE)
    step = first_run.step
    assert isinstance(step, MicrophoneStep)
    assert step.fault.text() == "There is no microphone. Plug one in."
    world.source.fails = False
    press(step.again)
    assert world.source.is_open
    assert not step.fault.isVisible()
    first_run.close()


def test_the_permission_is_asked_for_and_a_refusal_explained(
    first_run: Onboarding, world: World, run: Run
) -> None:
    answers = iter(("denied", "granted"))
    state = ["unknown"]

    async def ask() -> str:
        state[0] = next(answers)
        return state[0]

    async def body() -> None:
        world.services.permission = lambda: state[0]  # type: ignore[assignment, return-value]
        world.services.ask_permission = ask  # type: ignore[assignment]
        first_run.show_step(MICROPHONE)
        step = first_run.step
        assert isinstance(step, MicrophoneStep)
        assert not world.source.is_open, "the system's question comes only when it was asked for"
        press(step.allow)
        await until(lambda: step.fault.text())
        assert "System Settings" in step.fault.text()
        state[0] = "granted"
        press(step.again)
        assert [world.source.is_open] == [True]
        first_run.close()

    run(body())


def test_the_key_and_the_button_are_tried_on_a_real_question(first_run: Onboarding, world: World) -> None:
    talk = FakeConversation()
    world.bridge.connect_to(talk)
    first_run.show_step(KEY)
    step = first_run.step
    assert isinstance(step, KeyStep)
    QTest.mousePress(step.talk, Qt.MouseButton.LeftButton)
    assert step.heard.text() == "Listening…"
    talk.level(-20.0)
    QTest.mouseRelease(step.talk, Qt.MouseButton.LeftButton)
    talk.understand("what can you do")
    assert "what can you do" in step.heard.text()
    world.key.arrived.emit(True)
    world.key.arrived.emit(False)
    assert step.lamp.arrived
    press(first_run.go_on)
    assert talk.calls[-1] == "stop"


def test_a_voice_is_chosen_by_listening(first_run: Onboarding, world: World, run: Run) -> None:
    async def body() -> None:
        first_run.show_step(VOICE)
        step = first_run.step
        assert isinstance(step, VoiceStep)
        await until(lambda: step.voice.count() == 2)
        pick(step.voice, "auto:emma")
        await until(lambda: world.said)
        assert load(world.store.path)[0].voice.voice == "emma"
        await until(lambda: not step.work.busy)

    run(body())


def test_the_system_s_voice_is_offered_where_there_is_one(
    first_run: Onboarding, world: World, run: Run
) -> None:
    async def body() -> None:
        world.services.system_voice = True
        first_run.show_step(VOICE)
        step = first_run.step
        assert isinstance(step, VoiceStep)
        await until(lambda: step.voice.count() == 3)
        pick(step.voice, "system:")
        await until(lambda: world.said)
        assert load(world.store.path)[0].voice == Voice(engine="system")
        await until(lambda: not step.work.busy)
        first_run.show_step(VOICE)
        await until(lambda: step.voice.findData("auto:") >= 0)
        pick(step.voice, "auto:")
        assert world.store.settings.voice == Voice()
        await until(lambda: not step.work.busy)

    run(body())


def test_a_server_or_a_key_is_taken_and_a_refused_key_is_not(
    first_run: Onboarding, world: World, run: Run
) -> None:
    async def offered(server: str, key: str) -> list[str]:
        if key != "sk-good":
            raise KeyRefused("OpenAI refuses the key.", "Check it.")
        return ["gpt"]

    async def body() -> None:
        world.services.offered = offered
        world.found = (Found("Ollama", "http://127.0.0.1:11434/v1", ("qwen",)),)
        first_run.show_step(BRAIN)
        step = first_run.step
        assert isinstance(step, BrainStep)
        await until(lambda: len(step.card.rows) == 2)
        step.key.setText("sk-bad")
        press(step.keep)
        await until(lambda: step.key_row.error.text())
        assert not world.keys
        step.key.setText("sk-good")
        press(step.keep)
        await until(lambda: world.keys)
        await until(lambda: not step.work.busy)
        assert world.keys == {None: "sk-good"}
        assert step.text.text() == "OpenAI answers from now on."
        (use,) = (b for b in step.card.findChildren(QAbstractButton) if b.accessibleName() == "Use Ollama")
        press(use)
        assert load(world.store.path)[0].brain.base_url == "http://127.0.0.1:11434/v1"

    run(body())


def test_the_last_step_follows_downloads_from_any_thread(first_run: Onboarding, world: World) -> None:
    first_run.show_step(MODELS)
    assert isinstance(first_run.step, ModelsStep)
    assert first_run.go_on.text() == "Start talking"
    assert not first_run.skip.isVisible()
