"""The fields of a form that text is typed into, in our own lines and colours."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QSizePolicy, QWidget

from app.controls import slim_scroll_bar
from app.text_size import px, roomy
from app.theme import Colours


def _field_style(kind: str, colours: Colours, *, wrong: bool) -> str:
    line = colours.bad if wrong else colours.edge
    focus = colours.bad if wrong else colours.accent
    return (
        f"{kind} {{ background: {colours.raised}; color: {colours.text}; border: 1px solid {line};"
        f" border-radius: 8px; padding: 5px 9px; selection-background-color: {colours.spoken};"
        f" selection-color: {colours.text}; placeholder-text-color: {colours.quiet}; }}"
        f"{kind}:focus {{ border: 2px solid {focus}; padding: 4px 8px; }}"
        f"{kind}:disabled {{ color: {colours.quiet}; }}"
    )


class TextField(QLineEdit):
    """One line; ``entered`` carries it once the person is done, and Escape takes back what was typed."""

    entered = Signal(str)

    def __init__(
        self, name: str, colours: Colours, parent: QWidget | None = None, *, width: int = 260
    ) -> None:
        super().__init__(parent)
        self._colours, self._wrong = colours, False
        self._in_force = self._told = ""
        self.setAccessibleName(name)
        self._usual_width = width
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.editingFinished.connect(self._finish)
        self.set_colours(colours)

    def sizeHint(self) -> QSize:
        """As wide as it was made to be, where there is room."""
        return QSize(roomy(self._usual_width), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """A few letters."""
        return QSize(px(60), super().sizeHint().height())

    def show_value(self, text: str) -> None:
        """Shows ``text`` as what is in force."""
        self._in_force = self._told = text
        if text != self.text():
            self.setText(text)

    def set_wrong(self, wrong: bool) -> None:
        """Whether what it holds can't be taken."""
        self._wrong = wrong
        self.set_colours(self._colours)

    def set_colours(self, colours: Colours) -> None:
        """Takes other colours."""
        self._colours = colours
        self.setStyleSheet(_field_style("QLineEdit", colours, wrong=self._wrong))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape takes back what was typed, if anything was; else it is the window's."""
        if event.key() == Qt.Key.Key_Escape and self.text() != self._in_force:
            self.setText(self._in_force)
            self._finish()
            event.accept()
            return
        super().keyPressEvent(event)

    def _finish(self) -> None:
        if self.text() != self._told:
            self._told = self.text()
            self.entered.emit(self._told)


class TextArea(QPlainTextEdit):
    """A few lines; ``entered`` carries them when the focus leaves."""

    entered = Signal(str)

    def __init__(self, name: str, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colours, self._wrong, self._before = colours, False, ""
        self.setAccessibleName(name)
        self.setTabChangesFocus(True)
        self.setFixedHeight(px(104))
        self.set_colours(colours)

    def show_value(self, text: str) -> None:
        """Shows ``text`` as what is in force."""
        self._before = text
        self.setPlainText(text)

    def set_wrong(self, wrong: bool) -> None:
        """Whether what it holds can't be taken."""
        self._wrong = wrong
        self.set_colours(self._colours)

    def set_colours(self, colours: Colours) -> None:
        """Takes other colours."""
        self._colours = colours
        self.setStyleSheet(_field_style("QPlainTextEdit", colours, wrong=self._wrong))
        slim_scroll_bar(self.verticalScrollBar(), colours)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Takes what was written."""
        super().focusOutEvent(event)
        if self.toPlainText() != self._before:
            self._before = self.toPlainText()
            self.entered.emit(self._before)
