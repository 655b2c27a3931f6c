"""What every page of the settings is made of: cards of rows, each a label, its control and its error."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.controls import slim_scroll_bar
from app.forms import Choice, Slider, Switch, TextArea, TextField, Words, recolour
from app.settings.store import SettingsStore
from app.settings.work import Work
from app.theme import Colours, Theme

WIDTH_PX = 620


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
        grid = QGridLayout(self)
        grid.setContentsMargins(16, 10, 14, 10)
        grid.setHorizontalSpacing(20)
        grid.setVerticalSpacing(2)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.label)
        words.addWidget(self.hint)
        grid.addLayout(words, 0, 0)
        grid.setColumnStretch(0, 1)
        if control is not None:
            if below:
                grid.setVerticalSpacing(8)
                grid.addWidget(control, 1, 0, 1, 2)
            else:
                grid.addWidget(control, 0, 1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            if hint and not control.accessibleDescription():
                control.setAccessibleDescription(hint)
        grid.addWidget(self.error, 2, 0, 1, 2)
        self.label.setVisible(bool(label))
        self.hint.setVisible(bool(hint))
        self.error.hide()

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
            painter.drawLine(16, row.y() - 1, self.width() - 16, row.y() - 1)
        painter.end()


class Page(QScrollArea):
    """One subject's cards under its title. Values are bound to the store both ways."""

    def __init__(self, store: SettingsStore, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.store, self.theme = store, theme
        self.work = Work(self)
        self._refreshing: list[Callable[[], None]] = []
        self._content = QWidget(self)
        self._content.setMaximumWidth(WIDTH_PX + 56)
        self._column = QVBoxLayout(self._content)
        self._column.setContentsMargins(28, 22, 28, 28)
        self._column.setSpacing(6)
        self._title = Words("", self.colours, scale=20 / 13, weight=QFont.Weight.DemiBold)
        self._column.addWidget(self._title)
        self._column.addSpacing(6)
        self._column.addStretch(1)
        self.setWidget(self._content)
        self.setWidgetResizable(True)
        for ground in (self._content, self.viewport()):
            ground.setAutoFillBackground(False)
        self.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        store.changed.connect(self._stored)
        store.was_reset.connect(self._forgive)
        theme.changed.connect(self._restyle)
        self._restyle()

    @property
    def colours(self) -> Colours:
        """The colours in force."""
        return self.theme.colours

    def set_title(self, title: str) -> None:
        """What the page is called."""
        self._title.say(title)
        self.setAccessibleName(title)

    def add(self, widget: QWidget) -> None:
        """Adds anything below what is there."""
        self._column.insertWidget(self._column.count() - 1, widget)

    def card(self, heading: str = "", note: str = "") -> Card:
        """A new card at the end, under ``heading`` and a line of ``note``."""
        self._column.insertSpacing(self._column.count() - 1, 8 if heading else 2)
        if heading:
            self.add(Words(heading, self.colours, weight=QFont.Weight.DemiBold))
        if note:
            self.add(Words(note, self.colours, tone="quiet", scale=12 / 13))
        card = Card(self.colours)
        self.add(card)
        return card

    def refresh(self) -> None:
        """Shows the settings as they are now."""
        for refresh in self._refreshing:
            refresh()

    def refreshed_by(self, refresh: Callable[[], None]) -> None:
        """Calls ``refresh`` now and whenever the settings have changed."""
        self._refreshing.append(refresh)
        refresh()

    # Bound controls ----------------------------------------------------------------------------

    def switch(self, card: Card, label: str, hint: str, section: str, name: str) -> Row:
        """A switch for a yes or no."""
        switch = Switch(label, self.colours)
        row = Row(label, hint, switch, self.colours)
        card.add(row)
        switch.clicked.connect(lambda on: row.complain(self.store.change(section, **{name: on})))
        self.refreshed_by(lambda: switch.setChecked(bool(self.store.value(section, name))))
        return row

    def choice(
        self,
        card: Card,
        label: str,
        hint: str,
        section: str,
        name: str,
        options: Sequence[tuple[Any, str]],
        *,
        resets: Mapping[str, Any] | None = None,
    ) -> Row:
        """One of a few values. ``resets`` are values that mean nothing any more once another is picked."""

        def pick(value: Any) -> None:
            others = resets if resets and value != self.store.value(section, name) else {}
            row.complain(self.store.change(section, **{name: value, **others}))

        choice = Choice(label, self.colours)
        choice.offer(options, self.store.value(section, name))
        row = Row(label, hint, choice, self.colours)
        card.add(row)
        choice.picked.connect(pick)
        self.refreshed_by(lambda: choice.take(self.store.value(section, name)))
        return row

    def text(
        self,
        card: Card,
        label: str,
        hint: str,
        section: str,
        name: str,
        *,
        read: Callable[[str], Any] = str.strip,
        show: Callable[[Any], str] = lambda value: f"{value:g}" if isinstance(value, float) else str(value),
        width: int = 260,
        check: Callable[[Any], str] = lambda value: "",
    ) -> Row:
        """A line of text. ``read`` makes the value of it, ``show`` is its inverse; ``check`` finds faults."""
        field = TextField(label, self.colours, width=width)
        row = Row(label, hint, field, self.colours)
        card.add(row)

        def take(text: str) -> None:
            try:
                value = read(text)
            except ValueError:
                value = text
            reason = check(value) or self.store.change(section, **{name: value})
            row.complain(reason)
            refresh()

        def refresh() -> None:
            if not row.error.text():
                field.show_value(show(self.store.value(section, name)))

        field.entered.connect(take)
        self.refreshed_by(refresh)
        return row

    def slider(
        self,
        card: Card,
        label: str,
        hint: str,
        section: str,
        name: str,
        *,
        steps: tuple[int, int],
        per_unit: int,
        words: Callable[[float], str],
    ) -> Row:
        """A number on a scale whose steps are ``1 / per_unit``; ``words`` say it beside the scale."""
        slider = Slider(label, *steps, self.colours)
        told = Words("", self.colours, tone="quiet")
        told.setFixedWidth(52)
        told.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        both = beside(slider, told, spacing=8)
        row = Row(label, hint, both, self.colours)
        slider.setAccessibleDescription(hint)
        card.add(row)
        slider.valueChanged.connect(lambda value: told.say(words(value / per_unit)))
        slider.settled.connect(
            lambda value: row.complain(self.store.change(section, **{name: value / per_unit}))
        )

        def show() -> None:
            slider.setValue(round(self.store.value(section, name) * per_unit))
            told.say(words(slider.value() / per_unit))

        self.refreshed_by(show)
        return row

    def _stored(self, before: object, after: object) -> None:
        self.refresh()

    def _forgive(self) -> None:
        """Takes all complaints back, so that every control shows what is in force."""
        for row in self.findChildren(Row):
            row.complain("")

    def _restyle(self) -> None:
        slim_scroll_bar(self.verticalScrollBar(), self.colours)
        recolour(self, self.colours)


def beside(*widgets: QWidget, spacing: int = 6, stretch: bool = False) -> QWidget:
    """Widgets in a row of their own; with ``stretch`` at its left."""
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(spacing)
    for widget in widgets:
        row.addWidget(widget)
    if stretch:
        row.addStretch(1)
    return holder
