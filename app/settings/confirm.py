"""A button that asks once more, in its own place, before it does what can't be undone."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.controls import TextButton
from app.forms import Words
from app.theme import Colours


class ConfirmButton(QWidget):
    """First ``text``; once pressed, ``question`` with a button for yes and one for no.

    ``confirmed`` is emitted for yes. Escape and the loss of the focus mean no.
    """

    confirmed = Signal()

    def __init__(
        self, text: str, question: str, yes: str, colours: Colours, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.ask = TextButton(text, "trash", self, colours)
        self._question = Words(question, colours, self, scale=12 / 13)
        self._question.setWordWrap(False)
        self.yes = TextButton(yes, "", self, colours)
        self.yes.set_alarming()
        self.no = TextButton(self.tr("Cancel"), "", self, colours)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for widget in (self._question, self.ask, self.no, self.yes):
            row.addWidget(widget)
        self.ask.clicked.connect(lambda: self._show(asking=True))
        self.no.clicked.connect(lambda: self._show(asking=False))
        self.yes.clicked.connect(self._confirm)
        self._show(asking=False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape means no."""
        if event.key() == Qt.Key.Key_Escape and self.yes.isVisible():
            self._show(asking=False)
            self.ask.setFocus()
            event.accept()
        else:
            super().keyPressEvent(event)

    def _confirm(self) -> None:
        self._show(asking=False)
        self.confirmed.emit()

    def _show(self, *, asking: bool) -> None:
        self.ask.setVisible(not asking)
        for widget in (self._question, self.yes, self.no):
            widget.setVisible(asking)
        if asking:
            self.no.setFocus()
