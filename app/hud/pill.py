"""The pill itself: what Aloud does, the words of the moment, how loud the microphone is."""

from collections import deque
from typing import Final

from PySide6.QtCore import QEasingCurve, QPointF, QRect, QRectF, Qt, QVariantAnimation
from PySide6.QtGui import (
    QColor,
    QCursor,
    QFont,
    QFontMetricsF,
    QGuiApplication,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QRegion,
)
from PySide6.QtWidgets import QWidget

from app import errors
from app.hud.compositor import transparency
from app.icons import paint_icon
from app.presence import Doing, colour, words
from app.text_size import px, roomy
from app.theme import Theme, motion_reduced, text_font
from app.window.level import loudness

PLATE_W: Final = 440
PLATE_H: Final = 58
SHADOW_PX: Final = 22
ABOVE_THE_EDGE_PX: Final = 28
IN_MS: Final = 140
OUT_MS: Final = 220
_BARS: Final = 16
_BAR_STEP_PX: Final = 5
_DISC_PX: Final = 38
_DOTS_MS: Final = 1200
_STEPS: Final = 30
"""In so many steps do the dots go round: 25 a second, which look no less smooth than more of them."""
_WAITS: Final = (Doing.UNDERSTANDING, Doing.THINKING)


class Pill(QWidget):
    """A window that never takes the focus and lets every click through.

    ``appear`` and ``vanish`` fade where the person has not asked the system for less movement.
    """

    def __init__(self, theme: Theme) -> None:
        flags = Qt.WindowType
        super().__init__(
            None,
            flags.Tool
            | flags.FramelessWindowHint
            | flags.WindowStaysOnTopHint
            | flags.WindowDoesNotAcceptFocus
            | flags.WindowTransparentForInput
            | flags.NoDropShadowWindowHint,
        )
        self._theme = theme
        self._doing = Doing.LISTENING
        self._text = ""
        self._hint = ""
        self._note = ""
        self._levels: deque[float] = deque([0.0] * _BARS, maxlen=_BARS)
        self._opacity = 0.0
        self._phase = 0.0
        self._ground: tuple[tuple[object, ...], QPixmap] | None = None
        for attribute in (
            Qt.WidgetAttribute.WA_ShowWithoutActivating,
            Qt.WidgetAttribute.WA_TranslucentBackground,
            Qt.WidgetAttribute.WA_MacAlwaysShowToolWindow,
        ):
            self.setAttribute(attribute)
        self.fit_text()
        self.setWindowTitle(self.tr("Aloud"))
        self._fade = QVariantAnimation(self)
        self._fade.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._fade.valueChanged.connect(self._set_opacity)
        self._fade.finished.connect(self._faded)
        self._dots = QVariantAnimation(self, startValue=0, endValue=_STEPS, duration=_DOTS_MS)
        self._dots.setLoopCount(-1)
        self._dots.valueChanged.connect(self._set_phase)
        theme.changed.connect(self.update)

    @property
    def doing(self) -> Doing:
        """What it shows that Aloud does."""
        return self._doing

    @property
    def text(self) -> str:
        """The words that it shows."""
        return errors.words(self._text)

    def fit_text(self) -> None:
        """Is as large as its text needs."""
        self.setFixedSize(roomy(PLATE_W) + 2 * SHADOW_PX, px(PLATE_H) + 2 * SHADOW_PX)
        if self.isVisible():
            self._place()
            self._cut_out()

    def retranslate(self) -> None:
        """Says the same in another language."""
        self._name()

    @property
    def wanted(self) -> bool:
        """Whether it is there or on its way, not vanishing."""
        return self.isVisible() and self._fade.endValue() != 0.0

    def tell(self, doing: Doing) -> None:
        """What Aloud does from now on; the words of what it did before are gone."""
        if doing is not self._doing:
            self._doing = doing
            self._text = ""
            self._levels.extend([0.0] * _BARS)
        self._name()
        self._run_dots()

    def say(self, text: str) -> None:
        """The words of the moment; of long ones the end is shown."""
        self._text = text
        self._name()

    def tell_level(self, level_dbfs: float) -> None:
        """How loud the microphone is."""
        self._levels.append(loudness(level_dbfs))
        self.update()

    def set_hint(self, hint: str) -> None:
        """What Escape does, or "" where it can't be had."""
        self._hint = hint
        self.update()

    def set_note(self, note: str) -> None:
        """What there is to do meanwhile, in small letters below the words; "" for nothing."""
        self._note = note
        self._name()

    def appear(self) -> None:
        """Fades in at the bottom of the screen that the pointer is on."""
        self._place()
        self._cut_out()
        self.show()
        self._run_dots()
        self._fade_to(1.0, IN_MS)

    def show_whole(self) -> None:
        """Appears at once, wherever the system puts it."""
        self._opacity = 1.0
        self.show()

    def vanish(self) -> None:
        """Fades out."""
        self._fade_to(0.0, OUT_MS)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Shadow, plate, sign, words, meter and hint."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setOpacity(self._opacity)
        plate = QRectF(self._plate)
        painter.drawPixmap(0, 0, self._plate_picture(painter.deviceTransform().m11()))
        self._paint_sign(painter, plate)
        if self._disc.contains(event.rect()):  # only the dots have moved
            painter.end()
            return
        right = self._paint_hint(painter, plate.right() - 18)
        if self._doing is Doing.LISTENING:
            right = self._paint_levels(painter, right - 12)
        left = plate.left() + 10 + px(_DISC_PX) + 12
        space = QRectF(left, plate.top(), right - 14 - left, plate.height())
        if self._note:
            half = plate.height() / 2
            self._paint_note(painter, space.adjusted(0, half + 1, 0, -px(8)))
            space.adjust(0, px(8), 0, 1 - half)
        self._paint_words(painter, space)
        painter.end()

    def _name(self) -> None:
        shown = self.text or words(self._doing)
        if self._note:
            shown = f"{shown}. {errors.words(self._note)}"
        if self.accessibleName() != shown:
            self.setAccessibleName(shown)
        self.update()

    @property
    def _plate(self) -> QRect:
        return self.rect().adjusted(SHADOW_PX, SHADOW_PX, -SHADOW_PX, -SHADOW_PX)

    @property
    def _disc(self) -> QRect:
        plate, disc_px = self._plate, px(_DISC_PX)
        return QRect(plate.left() + 10, plate.center().y() - disc_px // 2, disc_px, disc_px).adjusted(
            -2, -2, 2, 2
        )

    def _place(self) -> None:
        screen = QGuiApplication.screenAt(QCursor.pos()) or QGuiApplication.primaryScreen()
        if screen is not None:
            self.setGeometry(placed(screen.availableGeometry(), self.width(), self.height()))

    def _cut_out(self) -> None:
        """Without transparency the plate is all there is: its shadow would be a black box."""
        if transparency():
            self.clearMask()
        else:
            plate = self._plate
            between_px, radius_px = plate.width() - plate.height(), plate.height() // 2
            round_ends = QRegion(plate.adjusted(0, 0, -between_px, 0), QRegion.RegionType.Ellipse)
            round_ends += round_ends.translated(between_px, 0)
            self.setMask(round_ends + plate.adjusted(radius_px, 0, -radius_px, 0))

    def _fade_to(self, opacity: float, duration_ms: int) -> None:
        self._fade.stop()
        self._fade.setStartValue(self._opacity)
        self._fade.setEndValue(opacity)
        self._fade.setDuration(0 if motion_reduced() else duration_ms)
        self._fade.start()

    def _set_opacity(self, opacity: float) -> None:
        self._opacity = opacity
        self.update()

    def _faded(self) -> None:
        if self._opacity == 0.0:
            self._dots.stop()
            self.hide()

    def _run_dots(self) -> None:
        runs = self._doing in _WAITS and self.isVisible() and not motion_reduced()
        if runs and self._dots.state() is not QVariantAnimation.State.Running:
            self._dots.start()
        elif not runs:
            self._dots.stop()

    def _set_phase(self, step: int) -> None:
        phase = 3.0 * step / _STEPS
        if phase != self._phase:
            self._phase = phase
            self.update(self._disc)

    def _plate_picture(self, scale: float) -> QPixmap:
        """The plate with its shadow, drawn once for a size and its colours: it is painted at every move."""
        made_for = (self.size(), scale, self._theme.colours)
        if self._ground is None or self._ground[0] != made_for:
            picture = QPixmap(self.size() * scale)
            picture.setDevicePixelRatio(scale)
            picture.fill(Qt.GlobalColor.transparent)
            painter = QPainter(picture)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_plate(painter, QRectF(self._plate))
            painter.end()
            self._ground = (made_for, picture)
        return self._ground[1]

    def _paint_plate(self, painter: QPainter, plate: QRectF) -> None:
        colours, radius = self._theme.colours, plate.height() / 2
        painter.setPen(Qt.PenStyle.NoPen)
        for step in range(SHADOW_PX - 2, 0, -2):
            painter.setBrush(QColor(0, 0, 0, 7 if colours.dark else 3))
            around = plate.adjusted(-step, 3 - step, step, step + 3)
            painter.drawRoundedRect(around, radius + step, radius + step)
        edge = QColor(255, 255, 255, 34) if colours.dark else QColor(0, 0, 0, 26)
        painter.setPen(QPen(edge, 1))
        painter.setBrush(QColor(colours.raised))
        painter.drawRoundedRect(plate.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)

    def _paint_sign(self, painter: QPainter, plate: QRectF) -> None:
        colours = self._theme.colours
        centre = QPointF(plate.left() + 10 + px(_DISC_PX) / 2, plate.center().y())
        listening, failed = self._doing is Doing.LISTENING, self._doing is Doing.ERROR
        sign = colour(self._doing, colours)
        wash = colours.bad_wash if failed else colours.accent_wash
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(sign if listening else wash))
        painter.drawEllipse(centre, px(_DISC_PX) / 2, px(_DISC_PX) / 2)
        if self._doing in _WAITS:
            self._paint_dots(painter, centre)
        else:
            name = "mic" if listening else "alert" if failed else "voice"
            paint_icon(painter, name, colours.on_accent if listening else sign, centre, px(21))

    def _paint_dots(self, painter: QPainter, centre: QPointF) -> None:
        moving = self._dots.state() is QVariantAnimation.State.Running
        for index in range(3):
            away = abs((self._phase - index + 1.5) % 3 - 1.5)
            dot = QColor(colour(self._doing, self._theme.colours))
            dot.setAlphaF(1.0 - 0.55 * min(1.0, away) if moving else 1.0)
            painter.setBrush(dot)
            painter.drawEllipse(QPointF(centre.x() + (index - 1) * 7.5, centre.y()), 2.3, 2.3)

    def _paint_hint(self, painter: QPainter, right: float) -> float:
        if not self._hint:
            return right
        font, hint = text_font(10.5 / 13, weight=QFont.Weight.Medium), errors.words(self._hint)
        width = QFontMetricsF(font).horizontalAdvance(hint) + 13
        cap = QRectF(right - width, QRectF(self._plate).center().y() - px(20) / 2, width, px(20))
        painter.setPen(QPen(QColor(self._theme.colours.line), 1))
        painter.setBrush(QColor(self._theme.colours.field))
        painter.drawRoundedRect(cap, 5.5, 5.5)
        painter.setFont(font)
        painter.setPen(QColor(self._theme.colours.quiet))
        painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, hint)
        return cap.left()

    def _paint_levels(self, painter: QPainter, right: float) -> float:
        middle = QRectF(self._plate).center().y()
        painter.setPen(Qt.PenStyle.NoPen)
        for index, level in enumerate(reversed(self._levels)):
            painter.setBrush(QColor(self._theme.colours.accent if level else self._theme.colours.faint))
            height = 3 + level**1.2 * 23
            x = right - 3 - index * _BAR_STEP_PX
            painter.drawRoundedRect(QRectF(x, middle - height / 2, 3, height), 1.5, 1.5)
        return right - _BARS * _BAR_STEP_PX

    def _paint_note(self, painter: QPainter, space: QRectF) -> None:
        font = text_font(11 / 13)
        painter.setFont(font)
        painter.setPen(QColor(self._theme.colours.quiet))
        note = errors.words(self._note)
        shown = QFontMetricsF(font).elidedText(note, Qt.TextElideMode.ElideRight, space.width())
        painter.drawText(space, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)

    def _paint_words(self, painter: QPainter, space: QRectF) -> None:
        colours = self._theme.colours
        font = text_font(14 / 13, weight=QFont.Weight.Medium)
        painter.setFont(font)
        painter.setPen(QColor(colours.text if self._text else colours.quiet))
        shown = self.text.replace("\n", " ") or words(self._doing)
        failed = self._doing is Doing.ERROR
        side = Qt.TextElideMode.ElideRight if failed else Qt.TextElideMode.ElideLeft
        end = QFontMetricsF(font).elidedText(shown, side, space.width())
        painter.drawText(space, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, end)


def placed(screen: QRect, width: int, height: int) -> QRect:
    """Where a pill of that size goes on ``screen``: the middle of the bottom, the shadow not counted."""
    top = screen.bottom() + 1 - ABOVE_THE_EDGE_PX - height + SHADOW_PX
    return QRect(screen.center().x() - width // 2, top, width, height)
