"""Where the time of one turn went, from the key coming up to the first sound, as bars that fall."""

from collections.abc import Mapping

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.amounts import duration
from app.text_size import px
from app.theme import Colours, text_font

_ROW_PX = 24
_LABEL_PX, _VALUE_PX, _PAD_PX = 128, 64, 14
STEPS = ("transcription_s", "ttft_s", "first_frame_s", "playout_s")
"""The durations of ``engine.metrics.TurnTimings`` that follow one another without a gap."""


def known(seconds: Mapping[str, float]) -> bool:
    """Whether there is anything to show."""
    return any(step in seconds for step in STEPS)


class Waterfall(QWidget):
    """One row a step, each beginning where the one before ended, and their sum.

    ``gaps`` is how often the sound stopped for want of more; where it did, a last row says so.
    """

    def __init__(self, seconds: Mapping[str, float], colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colours = colours
        self._rows = self._steps(seconds)
        self.gaps = int(seconds.get("underruns", 0))
        told = [f"{name} {duration(took)}" for name, _, took in self._rows]
        if self.gaps:
            told.append(f"{self.tr('Gaps in the sound')} {self.gaps}")
        self.setAccessibleName(self.tr("Where the time went: %s") % ", ".join(told))

    @property
    def rows(self) -> list[tuple[str, float, float]]:
        """Each step's name, when it began after the key came up, and how long it took, in seconds."""
        return list(self._rows)

    def set_colours(self, colours: Colours) -> None:
        """Takes other colours."""
        self._colours = colours
        self.update()

    def height_for(self, width: int) -> int:
        """Its height, in pixels."""
        return (len(self._rows) + bool(self.gaps)) * px(_ROW_PX) + 2 * 8

    def paintEvent(self, event: QPaintEvent) -> None:
        """The rows on a quiet plate."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(self._colours.line))
        painter.setBrush(QColor(self._colours.code))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 10, 10)
        total_s = max((start + took for _, start, took in self._rows), default=0.0)
        for index, (name, start_s, took_s) in enumerate(self._rows):
            y = 8.0 + index * px(_ROW_PX)
            last = index == len(self._rows) - 1
            colour = self._colours.text if last else self._colours.quiet
            self._row(painter, y, name, duration(took_s), colour, bold=last)
            if total_s > 0:
                self._bar(painter, y, start_s / total_s, took_s / total_s, last=last)
        if self.gaps:
            y = 8.0 + len(self._rows) * px(_ROW_PX)
            self._row(painter, y, self.tr("Gaps in the sound"), str(self.gaps), self._colours.warn, bold=True)
        painter.end()

    def _row(self, painter: QPainter, y: float, name: str, value: str, colour: str, *, bold: bool) -> None:
        weight = QFont.Weight.DemiBold if bold else QFont.Weight.Normal
        painter.setFont(text_font(12 / 13, weight=weight))
        painter.setPen(QColor(colour))
        middle = Qt.AlignmentFlag.AlignVCenter
        place = QRectF(_PAD_PX, y, px(_LABEL_PX), px(_ROW_PX))
        painter.drawText(place, middle | Qt.AlignmentFlag.AlignLeft, name)
        place = QRectF(self.width() - _PAD_PX - px(_VALUE_PX), y, px(_VALUE_PX), px(_ROW_PX))
        painter.drawText(place, middle | Qt.AlignmentFlag.AlignRight, value)

    def _bar(self, painter: QPainter, y: float, start: float, length: float, *, last: bool) -> None:
        left = _PAD_PX + px(_LABEL_PX) + 6.0
        room = self.width() - left - px(_VALUE_PX) - _PAD_PX - 6
        colour = QColor(self._colours.accent)
        colour.setAlphaF(1.0 if not last else 0.28)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        rect = QRectF(left + room * start, y + px(_ROW_PX) / 2 - 3.5, max(3.0, room * length), 7)
        painter.drawRoundedRect(rect, 3.5, 3.5)

    def _steps(self, seconds: Mapping[str, float]) -> list[tuple[str, float, float]]:
        names = {
            "transcription_s": self.tr("Understood"),
            "ttft_s": self.tr("First word written"),
            "first_frame_s": self.tr("First sound made"),
            "playout_s": self.tr("First sound heard"),
        }
        rows: list[tuple[str, float, float]] = []
        at_s = 0.0
        for step in STEPS:
            if step in seconds:
                rows.append((names[step], at_s, seconds[step]))
                at_s += seconds[step]
        return [*rows, (self.tr("In all"), 0.0, at_s)]
