"""The turns of a conversation one below the other, in a column at the middle of what it is scrolled in."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea, QWidget

from app.theme import Colours
from app.transcript.turn_view import TurnView
from engine.units import TurnId

COLUMN_PX = 720
_MARGIN_PX = 28
_GAP_PX = 14


class Column(QWidget):
    """Holds the turns in order, and gives each its height and its place.

    What is done to all of them is done at once to those in sight of ``area``, and to the others by
    ``do_some``, so that nothing stalls however many there are.
    """

    def __init__(self, area: QScrollArea, colours: Colours) -> None:
        super().__init__()
        self._area, self._colours = area, colours
        self.turns: list[TurnView] = []
        self._by_id: dict[TurnId, TurnView] = {}
        self._newest: TurnView | None = None
        self._restyling: list[TurnView] = []
        self._stale: list[TurnView] = []
        self.setAttribute(Qt.WidgetAttribute.WA_StaticContents)

    @property
    def behind(self) -> bool:
        """Whether there is something left for ``do_some``."""
        return bool(self._restyling or self._stale)

    def turn(self, turn_id: TurnId) -> TurnView | None:
        """The turn of that number, where it is among them."""
        return self._by_id.get(turn_id)

    def insert(self, index: int, view: TurnView) -> None:
        """Takes in ``view``, a child of the column; ``place_from`` then gives it its place."""
        view.set_newest(False)
        self.turns.insert(index, view)
        self._by_id[view.turn_id] = view
        self.measure(view)
        view.show()

    def remove(self, view: TurnView) -> None:
        """Takes a turn out and moves what was below it up."""
        index = self.turns.index(view)
        self.turns.pop(index)
        self._by_id.pop(view.turn_id)
        view.hide()
        view.deleteLater()
        self.mark_newest()
        self.place_from(index)

    def clear(self) -> None:
        """Takes all turns out."""
        for view in self.turns:
            view.hide()
            view.deleteLater()
        self.turns, self._by_id = [], {}

    def mark_newest(self) -> None:
        """Lets the last turn, and no other, know that it is the newest."""
        newest = self.turns[-1] if self.turns else None
        if newest is not self._newest:
            if self._newest is not None:
                self._newest.set_newest(False)
            if newest is not None:
                newest.set_newest(True)
            self._newest = newest

    def measure(self, view: TurnView) -> None:
        """Gives a turn the height that it takes at the column's width."""
        width = self._turn_width()
        view.resize(width, view.measure(width))
        view.place()

    def make_room(self, last: TurnView) -> int:
        """Is as high as the last turn's new height asks for, which it returns for ``fill_room``."""
        height = last.measure(self._turn_width())
        self.resize(self._area.viewport().width(), last.y() + height + _GAP_PX)
        return height

    def fill_room(self, last: TurnView, height: int) -> None:
        """Lets the last turn grow into the room that was made for it."""
        last.resize(self._turn_width(), height)
        last.place()

    def place_from(self, index: int) -> None:
        """Moves the turns from ``index`` on below each other, and makes the column as high as all of them."""
        x = (self._area.width() - self._turn_width()) // 2
        y = _MARGIN_PX if index == 0 else self.turns[index - 1].geometry().bottom() + 1 + _GAP_PX
        for view in self.turns[index:]:
            view.move(x, y)
            y += view.height() + _GAP_PX
        self.resize(self._area.viewport().width(), y)

    def rewrap(self) -> None:
        """Lays the turns out for another width."""
        seen, self._stale = self._parted()
        for view in seen:
            self.measure(view)
        self.place_from(0)

    def restyle(self, colours: Colours) -> None:
        """Gives the turns other colours, or another size of text."""
        self._colours = colours
        seen, self._restyling = self._parted()
        for view in seen:
            view.restyle(colours)

    def do_some(self) -> None:
        """A little of what is still to be done out of sight; ``place_from`` then puts all in place."""
        restyling, self._restyling = self._restyling[:4], self._restyling[4:]
        stale, self._stale = self._stale[:8], self._stale[8:]
        for view in restyling:
            if view in self.turns:
                view.restyle(self._colours)
        for view in stale:
            if view in self.turns:
                self.measure(view)

    def _turn_width(self) -> int:
        return max(120, min(COLUMN_PX, self._area.width() - 2 * _MARGIN_PX))

    def _parted(self) -> tuple[list[TurnView], list[TurnView]]:
        """The turns in sight and those out of it, each from the newest to the oldest."""
        top = self._area.verticalScrollBar().value()
        bottom = top + self._area.viewport().height()
        seen: list[TurnView] = []
        unseen: list[TurnView] = []
        for view in reversed(self.turns):
            in_sight = view.geometry().bottom() >= top and view.y() <= bottom
            (seen if in_sight else unseen).append(view)
        return seen, unseen
