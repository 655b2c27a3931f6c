"""The app's language: English in the program, the others from catalogues in ``resources/locale``.

A catalogue is JSON, {the English text: its translation}; a test holds it against every text of the
program. Changing the language while the app runs exchanges each text on the screen that stands in a
catalogue whole; a widget that makes its texts of several parts makes them anew in ``retranslate``.
"""

import json
import re
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Final, Literal, Protocol, runtime_checkable

from PySide6.QtCore import QLibraryInfo, QLocale, QObject, QTranslator
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QWidget,
)

Language = Literal["system", "en", "fr"]

SHIPPED: Final = ("en", "fr")

_PROPERTIES: Final = ("windowTitle", "toolTip", "accessibleName", "accessibleDescription")
_OWN: Final = "own_words"


@cache
def catalogue(language: str) -> dict[str, str]:
    """The translations of ``language``; none for English."""
    if language == "en":
        return {}
    text = files("resources").joinpath("locale", f"{language}.json").read_text("utf-8")
    entries: dict[str, str] = json.loads(text)
    return {source: _tied(shown) for source, shown in entries.items()} if language == "fr" else entries


def _tied(text: str) -> str:
    """French sets a space around some signs, at which no line may end."""
    return re.sub(r" (?=[:;?!»]|%%)|(?<=«) |(?<=^%s) (?=(?:[kMG]o|ms|s)$)", "\N{NO-BREAK SPACE}", text)


def resolve(language: str) -> str:
    """The shipped language that ``language`` means here: "system" is the first of the system's we have."""
    if language in SHIPPED:
        return language
    for name in QLocale.system().uiLanguages():
        if name[:2] in SHIPPED:
            return name[:2]
    return "en"


class _Catalogue(QTranslator):
    """One catalogue as Qt asks for it; the context a text stands in makes no difference."""

    def __init__(self, language: str, parent: QObject) -> None:
        super().__init__(parent)
        self._entries = catalogue(language)

    def isEmpty(self) -> bool:
        return not self._entries

    def translate(
        self, context: str, source_text: str, disambiguation: str | None = None, n: int = -1
    ) -> str | None:
        return self._entries.get(source_text)


@runtime_checkable
class Retranslated(Protocol):
    """A widget that makes its texts of several parts, or shows words of the engine's."""

    def retranslate(self) -> None:
        """Says the same in another language."""
        ...


def leave_alone(widget: QWidget) -> None:
    """Never translates the text of ``widget``: it is a person's own."""
    widget.setProperty(_OWN, True)


class Translation(QObject):
    """The language in force. Main thread."""

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self._application = application
        self._installed: list[QTranslator] = []
        self.language = "en"

    def use(self, language: str) -> None:
        """Speaks ``language`` from now on ("system" for the system's), on the screen as well."""
        wanted = resolve(language)
        before = self.language
        QLocale.setDefault(QLocale.system() if language == "system" else QLocale(wanted))
        if wanted == before:
            return
        for translator in self._installed:
            self._application.removeTranslator(translator)
            translator.deleteLater()
        self._installed = []
        if wanted != "en":
            self._install(wanted)
        self.language = wanted
        _retranslate(before, wanted)

    def _install(self, language: str) -> None:
        qt = QTranslator(self)
        if qt.load(f"qtbase_{language}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
            self._application.installTranslator(qt)
            self._installed.append(qt)
        ours = _Catalogue(language, self)
        self._application.installTranslator(ours)  # the last one is asked first
        self._installed.append(ours)


def _retranslate(before: str, after: str) -> None:
    """Puts the texts of all widgets into another language."""
    source_of = {shown: source for source, shown in catalogue(before).items()}
    target = catalogue(after)

    def translated(shown: str) -> str:
        source = source_of.get(shown, shown)
        return target.get(source, source)

    for widget in QApplication.allWidgets():
        _exchange(widget, translated)
        if isinstance(widget, Retranslated):
            widget.retranslate()


def _exchange(widget: QWidget, translated: Callable[[str], str]) -> None:
    """Translates each text of ``widget`` that stands in the catalogues whole."""
    for name in _PROPERTIES:
        shown = str(widget.property(name) or "")
        if shown and translated(shown) != shown:
            widget.setProperty(name, translated(shown))
    if isinstance(widget, QLabel | QAbstractButton) and not widget.property(_OWN):
        if translated(widget.text()) != widget.text():
            widget.setText(translated(widget.text()))
            widget.updateGeometry()
    elif isinstance(widget, QComboBox):
        for row in range(widget.count()):
            widget.setItemText(row, translated(widget.itemText(row)))
    elif isinstance(widget, QLineEdit | QPlainTextEdit) and widget.placeholderText():
        widget.setPlaceholderText(translated(widget.placeholderText()))
    elif isinstance(widget, QMenu):
        widget.setTitle(translated(widget.title()))
    for action in widget.actions():
        if action.data() is None:  # else it is a choice, perhaps with a name that a person gave
            action.setText(translated(action.text()))
    widget.update()
