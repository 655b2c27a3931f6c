"""One subject of the settings: cards of rows whose controls are bound to the store both ways."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from app.amounts import localised
from app.controls import slim_scroll_bar
from app.fields import TextField
from app.forms import Choice, Slider, Switch, Words, recolour
from app.settings.cards import Card, Row, beside
from app.settings.store import SettingsStore
from app.settings.work import Work
from app.text_size import px, roomy
from app.theme import Colours, Theme
from app.window.banner import SIDE_PX

WIDTH_PX = 620


class Page(QScrollArea):
    """One subject's cards under its title. Values are bound to the store both ways."""

    def __init__(self, store: SettingsStore, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.store, self.theme = store, theme
        self.work = Work(self)
        self._refreshing: list[Callable[[], None]] = []
        self._content = QWidget(self)
        self._column = QVBoxLayout(self._content)
        self._column.setSpacing(6)
        self._title = Words("", self.colours, scale=20 / 13, weight=QFont.Weight.DemiBold)
        self._column.addWidget(self._title)
        self._column.addSpacing(6)
        self._column.addStretch(1)
        self.setWidget(self._content)
        self.setWidgetResizable(True)
        for ground in (self._content, self.viewport()):
            ground.setAutoFillBackground(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        store.changed.connect(self._stored)
        store.was_reset.connect(self._forgive)
        theme.changed.connect(self._restyle)
        self._restyle()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keeps the column where it is, whether there is a scroll bar beside it or not."""
        width = max(0, min(roomy(WIDTH_PX), self.width() - 2 * SIDE_PX))
        left = (self.width() - width) // 2
        self._column.setContentsMargins(left, 24, max(0, self.viewport().width() - left - width), 28)
        super().resizeEvent(event)
        self._column.activate()  # now, so that nothing is seen where it was for a moment

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
        show: Callable[[Any], str] = lambda value: _written(value),
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
        told.setFixedWidth(px(52))
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


def _written(value: Any) -> str:
    return localised(f"{value:g}") if isinstance(value, float) else str(value)
