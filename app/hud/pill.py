"""The pill: a window over all others that shows what Aloud does, and comes and goes by itself."""

from typing import Final

from PySide6.QtCore import QEasingCurve, QRectF, Qt, QVariantAnimation
from PySide6.QtGui import QCursor, QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app import errors
from app.hud.compositor import transparency
from app.hud.face import Face, disc_on
from app.hud.plate import PlatePicture, outline, placed, plate_in, size_with_shadow
from app.presence import Doing
from app.theme import Theme, motion_reduced

IN_MS: Final = 140
OUT_MS: Final = 220
_DOTS_MS: Final = 1200
_STEPS: Final = 30
"""In so many steps do the dots go round: 25 a second, which look no less smooth than more of them."""


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
        self._face = Face()
        self._plate_picture = PlatePicture()
        self._opacity = 0.0
        self._phase = 0.0
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
        return self._face.doing

    @property
    def text(self) -> str:
        """The words that it shows."""
        return errors.words(self._face.text)

    def fit_text(self) -> None:
        """Is as large as its text needs."""
        self.setFixedSize(size_with_shadow())
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
        if doing is not self.doing:
            self._face.become(doing)
        self._name()
        self._run_dots()

    def say(self, text: str) -> None:
        """The words of the moment; of long ones the end is shown."""
        self._face.text = text
        self._name()

    def tell_level(self, level_dbfs: float) -> None:
        """How loud the microphone is."""
        self._face.tell_level(level_dbfs)
        self.update()

    def set_hint(self, hint: str) -> None:
        """What Escape does, or "" where it can't be had."""
        self._face.hint = hint
        self.update()

    def set_note(self, note: str) -> None:
        """What there is to do meanwhile, in small letters below the words; "" for nothing."""
        self._face.note = note
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
        plate, colours = plate_in(self.rect()), self._theme.colours
        scale = painter.deviceTransform().m11()
        painter.drawPixmap(0, 0, self._plate_picture.of(self.rect(), scale, colours))
        phase = self._phase if self._dots_run else None
        self._face.paint_sign(painter, QRectF(plate), colours, phase)
        if not disc_on(plate).contains(event.rect()):  # else only the dots have moved
            self._face.paint_rest(painter, QRectF(plate), colours)
        painter.end()

    def _name(self) -> None:
        shown = self._face.said
        if self.accessibleName() != shown:
            self.setAccessibleName(shown)
        self.update()

    def _place(self) -> None:
        screen = QGuiApplication.screenAt(QCursor.pos()) or QGuiApplication.primaryScreen()
        if screen is not None:
            self.setGeometry(placed(screen.availableGeometry(), self.width(), self.height()))

    def _cut_out(self) -> None:
        """Without transparency the plate is all there is: its shadow would be a black box."""
        if transparency():
            self.clearMask()
        else:
            self.setMask(outline(plate_in(self.rect())))

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

    @property
    def _dots_run(self) -> bool:
        return self._dots.state() is QVariantAnimation.State.Running

    def _run_dots(self) -> None:
        runs = self._face.waits and self.isVisible() and not motion_reduced()
        if runs and not self._dots_run:
            self._dots.start()
        elif not runs:
            self._dots.stop()

    def _set_phase(self, step: int) -> None:
        phase = 3.0 * step / _STEPS
        if phase != self._phase:
            self._phase = phase
            self.update(disc_on(plate_in(self.rect())))
