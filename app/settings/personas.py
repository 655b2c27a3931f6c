"""A few manners of answering to begin with; each is a system prompt that can be edited."""

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QWidget

from app.controls import TextButton
from app.flow import Flow
from app.theme import Colours


def personas() -> tuple[tuple[str, str], ...]:
    """Names and prompts, in the language in force; "" is the default manner."""
    tr = QCoreApplication.translate
    return (
        (tr("Persona", "Default"), ""),
        (
            tr("Persona", "Brief"),
            tr("Persona", "You are heard, not read. Answer in one or two short sentences, without lists."),
        ),
        (
            tr("Persona", "Teacher"),
            tr(
                "Persona",
                "You are heard, not read. You are a patient teacher: explain one step at a time in plain "
                "words, with one everyday example, and end with a short question that checks the step.",
            ),
        ),
        (
            tr("Persona", "Storyteller"),
            tr(
                "Persona",
                "You are heard, not read. You tell vivid stories in a warm voice, in short sentences with "
                "natural pauses, and without headings or lists.",
            ),
        ),
        (
            tr("Persona", "Language partner"),
            tr(
                "Persona",
                "You are heard, not read. You practise a language with me: speak it simply, keep the "
                "conversation going with a question, and gently repeat correctly what I got wrong.",
            ),
        ),
    )


class PersonaButtons(QWidget):
    """A button a persona; ``chosen`` carries its prompt."""

    chosen = Signal(str)

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = Flow(self, spacing=4)
        self._buttons: list[tuple[TextButton, str]] = []
        for name, prompt in personas():
            button = TextButton(name, "", self, colours)
            button.setCheckable(True)
            button.clicked.connect(lambda _=False, prompt=prompt: self.chosen.emit(prompt))
            row.addWidget(button)
            self._buttons.append((button, prompt))

    def show_prompt(self, prompt: str) -> None:
        """Marks the persona whose prompt this is, if one is."""
        for button, own in self._buttons:
            button.setChecked(own == prompt)
