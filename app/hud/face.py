"""What stands on the pill's plate: a sign, the words of the moment, how loud the microphone is, and a key."""

from collections import deque
from typing import Final

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from app import errors
from app.icons import paint_icon
from app.presence import Doing, colour, words
from app.text_size import px
from app.theme import Colours, text_font
from app.window.level import loudness

_BARS: Final = 16
_BAR_STEP_PX: Final = 5
_DISC_PX: Final = 38
_WAITS: Final = (Doing.UNDERSTANDING, Doing.THINKING)


def disc_on(plate: QRect) -> QRect:
    """Where on ``plate`` the sign is, with a little around it."""
    disc_px = px(_DISC_PX)
    disc = QRect(plate.left() + 10, plate.center().y() - disc_px // 2, disc_px, disc_px)
    return disc.adjusted(-2, -2, 2, 2)


class Face:
    """What is shown, and its painting.

    ``text`` are the words of the moment, ``note`` is what there is to do meanwhile, ``hint`` what Escape
    does; each "" for none.
    """

    def __init__(self) -> None:
        self.doing = Doing.LISTENING
        self.text = ""
        self.hint = ""
        self.note = ""
        self._levels: deque[float] = deque([0.0] * _BARS, maxlen=_BARS)

    @property
    def waits(self) -> bool:
        """Whether the sign is the dots of waiting."""
        return self.doing in _WAITS

    @property
    def said(self) -> str:
        """All that it says, for a screen reader."""
        shown = errors.words(self.text) or words(self.doing)
        return f"{shown}. {errors.words(self.note)}" if self.note else shown

    def become(self, doing: Doing) -> None:
        """What Aloud does from now on; the words of what it did before are gone."""
        self.doing, self.text = doing, ""
        self._levels.extend([0.0] * _BARS)

    def tell_level(self, level_dbfs: float) -> None:
        """How loud the microphone is."""
        self._levels.append(loudness(level_dbfs))

    def paint_sign(self, painter: QPainter, plate: QRectF, colours: Colours, phase: float | None) -> None:
        """The disc at the left. ``phase``, in [0, 3], is how far the dots went round; None: they rest."""
        centre = QPointF(plate.left() + 10 + px(_DISC_PX) / 2, plate.center().y())
        listening, failed = self.doing is Doing.LISTENING, self.doing is Doing.ERROR
        sign = colour(self.doing, colours)
        wash = colours.bad_wash if failed else colours.accent_wash
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(sign if listening else wash))
        painter.drawEllipse(centre, px(_DISC_PX) / 2, px(_DISC_PX) / 2)
        if self.waits:
            _paint_dots(painter, centre, sign, phase)
        else:
            name = "mic" if listening else "alert" if failed else "voice"
            paint_icon(painter, name, colours.on_accent if listening else sign, centre, px(21))

    def paint_rest(self, painter: QPainter, plate: QRectF, colours: Colours) -> None:
        """Everything at the right of the disc: hint and meter from the right, the words in what is left."""
        right = self._paint_hint(painter, plate, colours)
        if self.doing is Doing.LISTENING:
            right = self._paint_levels(painter, right - 12, plate.center().y(), colours)
        left = plate.left() + 10 + px(_DISC_PX) + 12
        space = QRectF(left, plate.top(), right - 14 - left, plate.height())
        if self.note:
            half = plate.height() / 2
            self._paint_note(painter, space.adjusted(0, half + 1, 0, -px(8)), colours)
            space.adjust(0, px(8), 0, 1 - half)
        self._paint_words(painter, space, colours)

    def _paint_hint(self, painter: QPainter, plate: QRectF, colours: Colours) -> float:
        right = plate.right() - 18
        if not self.hint:
            return right
        font, hint = text_font(10.5 / 13, weight=QFont.Weight.Medium), errors.words(self.hint)
        width = QFontMetricsF(font).horizontalAdvance(hint) + 13
        cap = QRectF(right - width, plate.center().y() - px(20) / 2, width, px(20))
        painter.setPen(QPen(QColor(colours.line), 1))
        painter.setBrush(QColor(colours.field))
        painter.drawRoundedRect(cap, 5.5, 5.5)
        painter.setFont(font)
        painter.setPen(QColor(colours.quiet))
        painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, hint)
        return cap.left()

    def _paint_levels(self, painter: QPainter, right: float, middle: float, colours: Colours) -> float:
        painter.setPen(Qt.PenStyle.NoPen)
        for index, level in enumerate(reversed(self._levels)):
            painter.setBrush(QColor(colours.accent if level else colours.faint))
            height = 3 + level**1.2 * 23
            x = right - 3 - index * _BAR_STEP_PX
            painter.drawRoundedRect(QRectF(x, middle - height / 2, 3, height), 1.5, 1.5)
        return right - _BARS * _BAR_STEP_PX

    def _paint_note(self, painter: QPainter, space: QRectF, colours: Colours) -> None:
        font = text_font(11 / 13)
        painter.setFont(font)
        painter.setPen(QColor(colours.quiet))
        note = errors.words(self.note)
        shown = QFontMetricsF(font).elidedText(note, Qt.TextElideMode.ElideRight, space.width())
        painter.drawText(space, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)

    def _paint_words(self, painter: QPainter, space: QRectF, colours: Colours) -> None:
        font = text_font(14 / 13, weight=QFont.Weight.Medium)
        painter.setFont(font)
        painter.setPen(QColor(colours.text if self.text else colours.quiet))
        shown = errors.words(self.text).replace("\n", " ") or words(self.doing)
        failed = self.doing is Doing.ERROR
        side = Qt.TextElideMode.ElideRight if failed else Qt.TextElideMode.ElideLeft
        end = QFontMetricsF(font).elidedText(shown, side, space.width())
        painter.drawText(space, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, end)


def _paint_dots(painter: QPainter, centre: QPointF, sign: str, phase: float | None) -> None:
    for index in range(3):
        away = abs((phase - index + 1.5) % 3 - 1.5) if phase is not None else 0.0
        dot = QColor(sign)
        dot.setAlphaF(1.0 - 0.55 * min(1.0, away))
        painter.setBrush(dot)
        painter.drawEllipse(QPointF(centre.x() + (index - 1) * 7.5, centre.y()), 2.3, 2.3)
