"""What every page of the settings is made of: cards of rows, each a label, its control and its error."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from app.fields import TextArea, TextField
from app.flow import Flow
from app.forms import Words
from app.text_size import px
from app.theme import Colours

SIDE_PX = 16

WORDS_PX = 130
"""A label and its explanation are still easily read in a column as narrow as this."""


class Row(QWidget):
    """A label with a line of explanation, a control at its right or below it, and the field's error."""

    def __init__(
        self,
        label: str,
        hint: str,
        control: QWidget | None,
        colours: Colours,
        parent: QWidget | None = None,
        *,
        below: bool = False,
    ) -> None:
        super().__init__(parent)
        self.label = Words(label, colours, self)
        self.hint = Words(hint, colours, self, tone="quiet", scale=12 / 13)
        self.error = Words("", colours, self, tone="bad", scale=12 / 13)
        self.control = control
        self._below, self._stacked = below, False
        grid = self._grid = QGridLayout(self)
        grid.setContentsMargins(SIDE_PX, 10, SIDE_PX - _overhang_px(control), 10)
        grid.setHorizontalSpacing(20)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.label)
        words.addWidget(self.hint)
        grid.addLayout(words, 0, 0)
        grid.setColumnStretch(0, 1)
        if control is not None:
            grid.setVerticalSpacing(8 if below else 2)
            self._add_control(control)
            if hint and not control.accessibleDescription():
                control.setAccessibleDescription(hint)
        grid.addWidget(self.error, 2, 0, 1, 2)
        self.label.setVisible(bool(label))
        self.hint.setVisible(bool(hint))
        self.error.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Puts the control below the words where both have no room beside each other."""
        super().resizeEvent(event)
        if self.control is None or self._below:
            return
        stacked = self.width() - self.control.sizeHint().width() < px(WORDS_PX) + 50
        if stacked != self._stacked:
            self._stacked = stacked
            self._grid.setVerticalSpacing(6 if stacked else 2)
            self._grid.removeWidget(self.control)
            self._add_control(self.control)

    def _add_control(self, control: QWidget) -> None:
        at = Qt.AlignmentFlag
        if self._below or (self._stacked and isinstance(control.layout(), Flow)):
            self._grid.addWidget(control, 1, 0, 1, 2)
        elif self._stacked:
            self._grid.addWidget(control, 1, 0, 1, 2, at.AlignVCenter | at.AlignLeft)
        else:
            self._grid.addWidget(control, 0, 1, at.AlignVCenter | at.AlignRight)

    def explain(self, hint: str) -> None:
        """Changes the explanation."""
        self.hint.say(hint)
        self.hint.setVisible(bool(hint))
        if self.control is not None:
            self.control.setAccessibleDescription(hint)

    def complain(self, reason: str) -> None:
        """Shows why what the control holds is not taken; "" when it is."""
        self.error.say(reason)
        self.error.setVisible(bool(reason))
        if isinstance(self.control, TextField | TextArea):
            self.control.set_wrong(bool(reason))
        if self.control is not None:
            self.control.setAccessibleDescription(reason or self.hint.text())


class Card(QWidget):
    """Rows on one plate with hair lines between them."""

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colours = colours
        self._rows: list[QWidget] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 2, 0, 2)
        self._column.setSpacing(1)

    def add(self, row: QWidget) -> None:
        """Adds a row at the end."""
        self._rows.append(row)
        self._column.addWidget(row)

    def clear(self) -> None:
        """Takes all rows out."""
        for row in self._rows:
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._rows.clear()

    @property
    def rows(self) -> tuple[QWidget, ...]:
        """What was added, in order."""
        return tuple(self._rows)

    def set_colours(self, colours: Colours) -> None:
        """Takes other colours."""
        self._colours = colours
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The plate and the lines."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = self._colours
        painter.setPen(QPen(QColor(colours.line), 1))
        painter.setBrush(QColor(colours.field))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 12, 12)
        shown = [row for row in self._rows if row.isVisibleTo(self)]
        for row in shown[1:]:
            painter.fillRect(SIDE_PX, row.y() - 1, self.width() - 2 * SIDE_PX, 1, QColor(colours.line))
        painter.end()


def _overhang_px(control: QWidget | None) -> int:
    """How far the control, or the last in a row of them, reaches beyond where it seems to end."""
    layout = control.layout() if control is not None else None
    last = layout.itemAt(layout.count() - 1) if layout is not None and layout.count() else None
    shown = last.widget() if last is not None else control
    return int(getattr(shown, "overhang_px", 0))


def beside(*widgets: QWidget, spacing: int = 6) -> QWidget:
    """Widgets in a row of their own, which goes on below where it has no room."""
    holder = QWidget()
    row = Flow(holder, spacing=spacing)
    for widget in widgets:
        row.addWidget(widget)
    return holder
