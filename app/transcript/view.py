"""The transcript of a conversation: its turns from top to bottom, following what is newest."""

from bisect import bisect_right, insort
from collections.abc import Collection, Sequence

from PySide6.QtCore import QRect, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPalette, QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from app.controls import TextButton, slim_scroll_bar
from app.theme import Theme
from app.transcript.column import Column
from app.transcript.model import ShownTurn
from app.transcript.turn_view import SecondsOf, TurnView
from engine.events import NO_TURN, Event, ListeningStarted, Outcome, TranscriptReady, TurnEnded
from engine.units import TurnId

AT_ONCE = 12
"""So many turns fill any window; the others of a long conversation come after the first paint."""


class Transcript(QScrollArea):
    """Shows every turn it is told of. Appending costs the same however many turns there are.

    It follows the end while the end is in sight, and stays where it is once the reader has scrolled
    away, offering a way back.
    """

    again_wanted = Signal(int, str)
    edit_wanted = Signal(ShownTurn)
    delete_wanted = Signal(int)
    filled = Signal()

    def __init__(
        self, theme: Theme, parent: QWidget | None = None, *, seconds_of: SecondsOf = lambda turn_id: {}
    ) -> None:
        super().__init__(parent)
        self._seconds_of = seconds_of
        self._theme = theme
        self._following = True
        self._earlier: list[ShownTurn] = []
        self._column = Column(self, theme.colours)
        self._column.setAccessibleName(self.tr("Conversation"))
        self.setWidget(self._column)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Transcript"))
        self._back = TextButton(self.tr("Latest"), "chevron-down", self, theme.colours, filled=True)
        self._back.set_floating()
        self._back.setAccessibleName(self.tr("Go to the latest answer"))
        self._back.clicked.connect(self.follow)
        self._back.hide()
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        self._later = QTimer(self, singleShot=True, interval=0)
        self._later.timeout.connect(self._do_some)
        theme.changed.connect(self._restyle)
        self._paint_ground()

    @property
    def turns(self) -> tuple[TurnView, ...]:
        """What is shown, from the oldest to the newest."""
        return tuple(self._column.turns)

    def shows(self, turn_id: TurnId) -> bool:
        """Whether that turn is among them."""
        return self._column.turn(turn_id) is not None

    def tell(self, event: Event) -> None:
        """Takes any event of the conversation; those of turns it does not show are ignored."""
        if event.turn_id == NO_TURN:
            return
        view = self._column.turn(event.turn_id)
        if view is None:
            if not isinstance(event, ListeningStarted | TranscriptReady):
                return
            view = self._add(event.turn_id)
        view.tell(event)
        if isinstance(event, TurnEnded) and not event.question and event.outcome is not Outcome.FAILED:
            self._remove(view)  # what was said came to nothing, or was called off

    def show_turns(self, shown: Sequence[ShownTurn]) -> None:
        """Shows these turns, which have ended, in place of all others: the newest at once, then the rest."""
        self._column.clear()
        self._earlier = list(shown[:-AT_ONCE])
        for turn in shown[-AT_ONCE:]:
            self._insert(len(self._column.turns), turn)
        self._column.mark_newest()
        self._column.place_from(0)
        self.follow()
        self._later.start()
        self.filled.emit()

    @property
    def shown(self) -> list[ShownTurn]:
        """Every turn, from the oldest to the newest, those too that are still to be laid out."""
        return [*self._earlier, *(view.shown for view in self._column.turns)]

    def take(self, turn_ids: Collection[int]) -> list[ShownTurn]:
        """Takes these turns away and returns them as they were shown, oldest first."""
        gone = set(turn_ids)
        taken = [turn for turn in self.shown if turn.turn_id in gone]
        self._earlier = [turn for turn in self._earlier if turn.turn_id not in gone]
        for view in reversed(self.turns):
            if view.turn_id in gone:
                self._remove(view)
        return taken

    def put_back(self, shown: Sequence[ShownTurn]) -> None:
        """Shows these turns again, which have ended, each in its place by its number."""
        if len(shown) > AT_ONCE:
            self.show_turns(sorted((*self.shown, *shown), key=lambda turn: turn.turn_id))
            return
        for turn in shown:
            if self._earlier and turn.turn_id < self._earlier[-1].turn_id:
                insort(self._earlier, turn, key=lambda each: each.turn_id)
            else:
                place = bisect_right(self._column.turns, turn.turn_id, key=lambda view: view.turn_id)
                self._insert(place, turn)
        self._column.mark_newest()
        self._column.place_from(0)
        if self._following:
            self._to_end()
        self.filled.emit()

    def follow(self) -> None:
        """Goes to the end and stays with it."""
        self._following = True
        self._back.hide()
        self._to_end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lays every turn out for the new width."""
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._rewrap()
        if self._following:
            self._to_end()
        self._place_back()

    def fit_text(self) -> None:
        """Writes every answer anew in the size of text that is in force."""
        self._restyle()
        self._rewrap()

    def _add(self, turn_id: TurnId) -> TurnView:
        view = self._insert(len(self._column.turns), ShownTurn(turn_id))
        self._column.mark_newest()
        self._column.place_from(len(self._column.turns) - 1)
        self.follow()
        if len(self._column.turns) == 1:
            self.filled.emit()
        return view

    def _insert(self, index: int, shown: ShownTurn) -> TurnView:
        view = TurnView(shown, self._theme.colours, self._column, seconds_of=self._seconds_of)
        view.grew.connect(lambda: self._grew(view))
        view.spoken_at.connect(lambda place: self._spoken(view, place))
        view.again_wanted.connect(self.again_wanted)
        view.edit_wanted.connect(self.edit_wanted)
        view.delete_wanted.connect(self.delete_wanted)
        self._column.insert(index, view)
        return view

    def _remove(self, view: TurnView) -> None:
        self._column.remove(view)
        if not self._column.turns:
            self.filled.emit()

    def _rewrap(self) -> None:
        """Lays out what is in sight for another width at once, and the rest in small steps after it."""
        self._column.rewrap()
        self._later.start()

    def _grew(self, view: TurnView) -> None:
        if self._column.turn(view.turn_id) is not view:
            return
        if view is not self._column.turns[-1] or not self._following:
            self._column.measure(view)
            self._column.place_from(self._column.turns.index(view))
            if self._following:
                self._to_end()
            return
        # The column grows out of sight and moves before the turn in it grows: what is painted already
        # is moved then, where it would be painted anew if part of it had changed before.
        height = self._column.make_room(view)
        self._to_end()
        self._column.fill_room(view, height)

    def _to_end(self) -> None:
        bar = self.verticalScrollBar()
        bar.setValue(bar.maximum())

    def _scrolled(self, value: int) -> None:
        at_end = value >= self.verticalScrollBar().maximum() - 24
        if self.verticalScrollBar().isSliderDown() or not at_end:
            self._following = at_end
        elif at_end:
            self._following = True
        away = not self._following and bool(self._column.turns)
        if away != self._back.isVisibleTo(self):
            self._back.setVisible(away)
            self._place_back()

    def _spoken(self, view: TurnView, place: QRect) -> None:
        """Keeps the spoken word in sight while following an answer longer than the window."""
        if self._following and view is self._column.turns[-1]:
            top = view.y() + place.y()
            bar = self.verticalScrollBar()
            if top < bar.value():
                bar.setValue(max(0, top - 60))
                self._following = True
                self._back.hide()

    def _place_back(self) -> None:
        hint = self._back.sizeHint()
        self._back.setGeometry(
            (self.width() - hint.width()) // 2,
            self.height() - hint.height() - 8,
            hint.width(),
            hint.height(),
        )
        self._back.raise_()

    def _restyle(self) -> None:
        """Repaints what is in sight at once and the rest in small steps, so that nothing stalls."""
        self._paint_ground()
        self._back.set_colours(self._theme.colours)
        self._column.restyle(self._theme.colours)
        self._later.start()

    def _do_some(self) -> None:
        """A little of what is still to be done out of sight."""
        before_px, bar = self._column.height(), self.verticalScrollBar()
        self._column.do_some()
        for _ in range(min(4, len(self._earlier))):
            self._insert(0, self._earlier.pop())
        self._column.place_from(0)
        if self._following:
            self._to_end()
        else:  # what is in sight stays where it is; what is still to be done lies mostly above it
            bar.setValue(bar.value() + self._column.height() - before_px)
        if self._column.behind or self._earlier:
            self._later.start()

    def _paint_ground(self) -> None:
        palette = self._theme.palette()
        palette.setColor(QPalette.ColorRole.Window, QColor(self._theme.colours.surface))
        self.setPalette(palette)
        self.viewport().setPalette(palette)
        self._column.setPalette(palette)
        slim_scroll_bar(self.verticalScrollBar(), self._theme.colours)
