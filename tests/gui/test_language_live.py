"""Another language while the app runs: every window speaks it, as if it had been opened in it."""

import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
from PySide6.QtCore import QEvent, QLocale
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from app.composition import App
from app.hud import scenes as hud_scenes
from app.locale import Translation, catalogue
from app.onboarding.window import Onboarding
from app.presence import Doing
from app.settings.sharing import SharingPage
from app.settings.window import SettingsWindow
from app.theme import Theme
from app.tray.menu import TrayMenu
from app.window import scenes as window_scenes
from engine.errors import BrainRefused, BrainUnreachable
from tests.gui.conftest import until
from tests.gui.test_app import Slow, played, speak
from tests.gui.texts import texts_of


@pytest.fixture
def translation(qapp: QApplication) -> Translation:
    return Translation(qapp)


@pytest.fixture(autouse=True)
def english_again(qapp: QApplication) -> Iterator[None]:
    """A test that fails leaves no other language behind."""
    before = QLocale()
    yield
    for translation in qapp.findChildren(Translation):
        translation.use("en")
    QLocale.setDefault(before)


def scenes() -> Iterator[tuple[str, QWidget]]:
    theme = Theme("light")
    for name, scene in (window_scenes.SCENES | hud_scenes.SCENES).items():
        widget = scene(theme, Path())
        if not isinstance(widget, QMenu):  # which is made anew each time it is opened
            yield name, widget
    for doing in Doing:
        menu = TrayMenu()
        menu.set_key_name("⌃⌥F5")
        menu.tell(doing)
        menu.tell_sharing(True)
        yield f"tray-{doing.value}", menu


def gone(widget: QWidget) -> None:
    widget.close()
    widget.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.mark.parametrize(("first", "then"), [("en", "fr"), ("fr", "en")])
def test_a_window_speaks_as_if_it_had_been_opened_in_the_language(
    translation: Translation, first: str, then: str
) -> None:
    opened_in: dict[str, list[str]] = {}
    translation.use(then)
    for name, widget in scenes():
        opened_in[name] = texts_of(widget)
        gone(widget)
    for name, widget in scenes_in(translation, first):
        translation.use(then)
        assert texts_of(widget) == opened_in[name], name
        translation.use(first)
        gone(widget)


def scenes_in(translation: Translation, language: str) -> Iterator[tuple[str, QWidget]]:
    """Each scene, made in ``language``."""
    translation.use(language)
    yield from scenes()


def english_in(texts: list[str]) -> list[str]:
    """Those of ``texts`` that are English, or made by an English template, where French is another."""
    pairs = [(source, shown) for source, shown in catalogue("fr").items() if source != shown]
    whole = {source for source, _ in pairs} - set(catalogue("fr").values())
    made = [(pattern(source), pattern(shown)) for source, shown in pairs if telling(source)]
    return [
        text
        for text in texts
        if text in whole
        or any(english.fullmatch(text) and not french.fullmatch(text) for english, french in made)
    ]


def telling(template: str) -> bool:
    """Whether a text that fits ``template`` must have been made by it."""
    gaps = "%s" in template or "{" in template
    own = "".join(literal for literal, *_ in Formatter().parse(template.replace("%s", "")))
    return gaps and sum(character.isalpha() for character in own) >= 6


def pattern(template: str) -> "re.Pattern[str]":
    pieces = Formatter().parse(template.replace("%s", "{}"))
    return re.compile(
        "".join(re.escape(literal) + ("" if gap is None else "(.+)") for literal, gap, *_ in pieces)
    )


def test_english_is_known_when_it_is_seen() -> None:
    hint = "Hold Ctrl+Alt+Space anywhere, or the button, and speak · Enter sends"
    assert english_in([hint, "Settings", "Aloud", "gpt-4o", "Réglages"]) == [hint, "Settings"]


def test_no_english_is_left_on_any_window(qapp: QApplication) -> None:
    seen: list[list[str]] = []

    def body(app: App, conversation: Slow) -> None:
        open_everything(app, conversation)
        app.store.change("general", language="fr")
        windows = [window for window in QApplication.topLevelWidgets() if window.isVisible()]
        seen.extend(texts_of(window) for window in windows)
        seen.append(texts_of(app.shell.menu) if app.shell else [])

    played(qapp, body)
    assert len(seen) > 3, "the main window, the settings, the first run and the menu"
    assert [english_in(texts) for texts in seen] == [[] for _ in seen]
    everything = [text for texts in seen for text in texts]
    assert any("Ctrl+Alt+Espace" in text or "Option-Espace" in text for text in everything)


def open_everything(app: App, conversation: Slow) -> None:
    """Every window with something in it, errors and amounts among it."""
    app.side.show_onboarding(2)
    for section in ("voice", "listening", "brain", "sharing", "models", "privacy", "advanced", "general"):
        app.side.show_settings(section)
    conversation.ask("Pourquoi ?")
    conversation.fail(BrainRefused("{server} gets too many requests.", server="example.org"))
    conversation.fail(BrainUnreachable("{server} can't be reached.", server="example.org"), in_turn=False)
    app.window.header.status.setChecked(True)


def test_the_settings_stand_where_they_stood(qapp: QApplication) -> None:
    async def body(app: App, conversation: Slow) -> None:
        before = app.side.show_settings("sharing")
        assert before is not None and isinstance(before.page, SharingPage)
        before.resize(800, 500)
        bar = before.page.verticalScrollBar()
        await until(lambda: bar.maximum() >= 200)
        before.activateWindow()
        assert before.page.port.control is not None
        before.page.port.control.setFocus()
        bar.setValue(200)
        app.store.change("general", language="fr")
        (after,) = [
            one for one in qapp.topLevelWidgets() if isinstance(one, SettingsWindow) and one.isVisible()
        ]
        assert after is not before and isinstance(after.page, SharingPage)
        assert (after.windowTitle(), after.size()) == ("Réglages", before.size())
        assert after.page.port.control is after.focusWidget()
        assert after.page.verticalScrollBar().value() == 200
        assert app.side.show_settings() is after

    played(qapp, body)


def test_the_first_run_goes_on_in_the_language(qapp: QApplication) -> None:
    def body(app: App, conversation: Slow) -> None:
        app.side.show_onboarding()
        (opened,) = [one for one in qapp.topLevelWidgets() if isinstance(one, Onboarding) and one.isVisible()]
        opened.show_step(1)
        app.store.change("general", language="fr")
        (shown,) = [one for one in qapp.topLevelWidgets() if isinstance(one, Onboarding) and one.isVisible()]
        assert (shown.index, shown.step.title.text()) == (1, "Est-ce que je vous entends\N{NO-BREAK SPACE}?")
        kept = [app.settings.general.onboarded]
        shown.close()
        assert [*kept, app.settings.general.onboarded] == [False, True], "over once it is closed"

    played(qapp, body)


def test_past_conversations_are_dated_in_the_language(qapp: QApplication) -> None:
    async def body(app: App, conversation: Slow) -> None:
        speak(conversation)
        conversation.stop()
        headings = app.window.sidebar.list.model
        await until(lambda: headings().rowCount() > 1)
        assert headings().data(headings().index(0, 0)) == "Today"
        app.store.change("general", language="fr")
        await until(lambda: headings().data(headings().index(0, 0)) == "Aujourd’hui")

    played(qapp, body)
