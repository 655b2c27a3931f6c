"""The main window in each of its states, played from real events, for ``app.screenshots``."""

import math
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QWidget

from app.bridge import Bridge
from app.controls import IconButton
from app.hotkey.chord import parse
from app.hotkey.naming import KeyName
from app.theme import Theme
from app.window.conversation_list import Entry
from app.window.main_window import MainWindow
from app.window.script import MOON, RAINBOW, SNELL, Script
from app.window.sidebar import EntryMenu, FilesMenu
from engine.errors import BrainUnreachable
from engine.events import (
    NO_TURN,
    BackendState,
    BackendStateChanged,
    Failed,
    LevelMeasured,
    ListeningStarted,
    Outcome,
    PartialTranscript,
    Port,
    TurnEnded,
    UtteranceCaptured,
)
from engine.settings import General
from engine.units import TurnId

ENTRIES = (
    Entry("1", "Why are the colours of a rainbow always in the same order?", "14:02", "Today"),
    Entry("2", "A bread for the weekend", "09:41", "Today"),
    Entry("3", "Names for a sailing boat", "18:30", "Yesterday"),
    Entry("4", "What to see in Lisbon in two days", "Tuesday", "Last seven days"),
    Entry("5", "How do heat pumps work below zero?", "Monday", "Last seven days"),
    Entry("6", "Practise Spanish: at the market", "02/11/2026", "Earlier"),
)
FOUND = (
    Entry("1", "Why are the colours of a rainbow always in the same order?", "Sunlight looks white, but"),
    Entry("7", "Reading in the evening", "…a warm light does not keep you awake"),
    Entry("4", "What to see in Lisbon in two days", "…the light there is the best in"),
)
QUESTIONS = (
    ("Can the Moon make a rainbow?", MOON),
    ("How much does light bend in water?", SNELL),
    ("Why are the colours of a rainbow always in the same order?", RAINBOW),
)


def _loading(script: Script, window: MainWindow) -> None:
    script.part(Port.TRANSCRIBER, BackendState.READY, "Moonshine tiny")
    script.part(Port.LANGUAGE_MODEL, BackendState.LOADING, "SmolLM2", None, "reading weights")
    script.part(Port.SYNTHESIZER, BackendState.LOADING, "Kyutai 1.6B", 0.45, "reading weights")


def _ready(script: Script, window: MainWindow) -> None:
    script.ready("SmolLM2 (small demo brain)")


def _speak_up(script: Script) -> TurnId:
    """A question is being asked: the microphone is open and words come in."""
    script.ready()
    script.answer("Why are the colours of a rainbow always in the same order?", RAINBOW)
    script.turn_id += 1
    turn_id = TurnId(script.turn_id)
    script.tell(ListeningStarted(turn_id, 200.0))
    for step in range(90):
        level = -52 + 38 * abs(math.sin(step / 2.3)) * abs(math.sin(step / 13))
        script.tell(LevelMeasured(turn_id, 200.0 + step / 20, level))
    script.tell(PartialTranscript(turn_id, 204.5, "and how much does each colour"))
    return turn_id


def _listening(script: Script, window: MainWindow) -> None:
    _speak_up(script)


def _latched(script: Script, window: MainWindow) -> None:
    _speak_up(script)
    window.dock.set_hands_free(True)


def _understanding(script: Script, window: MainWindow) -> None:
    turn_id = _speak_up(script)
    script.tell(UtteranceCaptured(turn_id, 205.0, 205.0, 5.0))


def _thinking(script: Script, window: MainWindow) -> None:
    script.ready()
    script.ask("Why are the colours of a rainbow always in the same order?")


def _speaking(script: Script, window: MainWindow) -> None:
    script.ready()
    question = "Why are the colours of a rainbow always in the same order?"
    turn_id = script.ask(question, RAINBOW[:230])
    script.speak(turn_id, RAINBOW, "raindrop")


def _answered(script: Script, window: MainWindow) -> None:
    script.ready()
    script.answer("How much does light bend in water?", SNELL)


def _timed(script: Script, window: MainWindow) -> None:
    script.ready()
    script.answer("Can the Moon make a rainbow?", MOON)
    for button in window.transcript.findChildren(IconButton):
        if button.isCheckable():
            button.setChecked(True)


def _history(script: Script, window: MainWindow) -> None:
    script.ready()
    script.answer("Why are the colours of a rainbow always in the same order?", RAINBOW)
    window.header.sidebar.setChecked(True)
    window.header.set_title("Why are the colours of a rainbow always in the same order?")
    window.sidebar.show_entries(ENTRIES, "1")


def _editing(script: Script, window: MainWindow) -> None:
    script.ready()
    turn_id = script.turn_id + 1
    script.answer("Can the Moon make a rainbow?", MOON)
    window.dock.composer.edit(TurnId(turn_id), "Can the full Moon make a rainbow?", "14:02")
    window.toast.say(window.tr("Question replaced"), window.update)


def _search(script: Script, window: MainWindow) -> None:
    _history(script, window)
    window.sidebar.search.setText("light")
    marked = [
        Entry(one.conversation_id, one.title, one.detail, marks=_marks(one.detail, "light")) for one in FOUND
    ]
    window.sidebar.show_entries(marked, "1")


def _marks(text: str, word: str) -> tuple[tuple[int, int], ...]:
    start = text.lower().find(word)
    return ((start, start + len(word)),) if start >= 0 else ()


def _empty(script: Script, window: MainWindow) -> None:
    script.ready()
    window.header.sidebar.setChecked(True)
    window.sidebar.show_entries((), "")


def _toast(script: Script, window: MainWindow) -> None:
    _history(script, window)
    window.sidebar.show_entries(ENTRIES[:1] + ENTRIES[2:], "1")
    window.toast.say(window.tr("Conversation deleted"), lambda: None)


def _muted(script: Script, window: MainWindow) -> None:
    script.bridge.mute(True)
    script.ready()
    script.answer("Can the Moon make a rainbow?", MOON)


def _long(script: Script, window: MainWindow) -> None:
    """Further up than the newest answer, so that there is a way back to it."""
    script.ready()
    for question, reply in QUESTIONS * 3:
        script.answer(question, reply)
    second = window.transcript.turns[4]
    window.transcript.verticalScrollBar().setValue(second.y() - 20)


def _narrow(script: Script, window: MainWindow) -> None:
    window.resize(window.minimumSize())
    _answered(script, window)


def _interrupted(script: Script, window: MainWindow) -> None:
    script.ready()
    script.answer("Can the Moon make a rainbow?", MOON, MOON[: MOON.index(", but")])
    script.turn_id += 1
    question = "Show me a picture of one."
    turn_id = script.ask(question)
    error = BrainUnreachable("The server at 127.0.0.1 does not answer.", "Start it, or choose another brain.")
    script.tell(Failed(turn_id, 300.0, error), TurnEnded(turn_id, 300.0, Outcome.FAILED, question, "", ""))


def _failed(script: Script, window: MainWindow) -> None:
    script.ready()
    script.answer("Can the Moon make a rainbow?", MOON)
    remedy = "Plug one in, or choose another in the settings."
    script.tell(
        BackendStateChanged(
            NO_TURN, 1.0, Port.MICROPHONE, "", BackendState.FAILED, None, "No microphone was found.", remedy
        )
    )
    window.header.status.setChecked(True)


_STATES: dict[str, Callable[[Script, MainWindow], None]] = {
    "loading": _loading,
    "ready": _ready,
    "empty": _empty,
    "listening": _listening,
    "latched": _latched,
    "understanding": _understanding,
    "thinking": _thinking,
    "speaking": _speaking,
    "answered": _answered,
    "timed": _timed,
    "long": _long,
    "narrow": _narrow,
    "history": _history,
    "editing": _editing,
    "search": _search,
    "toast": _toast,
    "muted": _muted,
    "interrupted": _interrupted,
    "failed": _failed,
}


def key_name() -> KeyName:
    """What the default talk key is called."""
    return KeyName(parse(General().hotkey))


def _window(play: Callable[[Script, MainWindow], None], theme: Theme, place: Path) -> MainWindow:
    bridge = Bridge()
    window = MainWindow(bridge, theme)
    bridge.setParent(window)
    window.set_key_name(key_name())
    window.show()
    play(Script(bridge), window)
    return window


def _entry_menu(theme: Theme, place: Path) -> EntryMenu:
    menu = EntryMenu()
    menu.set_colours(theme.colours)
    menu.setActiveAction(menu.rename)
    menu.resize(menu.sizeHint())
    return menu


def _files_menu(theme: Theme, place: Path) -> FilesMenu:
    menu = FilesMenu()
    menu.set_colours(theme.colours)
    menu.resize(menu.sizeHint())
    return menu


SCENES: dict[str, Callable[[Theme, Path], QWidget]] = {
    **{f"window-{name}": partial(_window, play) for name, play in _STATES.items()},
    "window-entry-menu": _entry_menu,
    "window-files-menu": _files_menu,
}
