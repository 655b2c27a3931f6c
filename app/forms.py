"""The controls of a form: words, a switch, a choice and a slider, in our own lines and colours."""

from collections.abc import Sequence
from typing import Any, Literal, Protocol, runtime_checkable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QComboBox, QLabel, QSizePolicy, QSlider, QWidget

from app.controls import PaintedButton
from app.icons import paint_icon
from app.text_size import px, use_font
from app.theme import Colours

WIDEST_CHOICE_PX = 340

Tone = Literal["text", "quiet", "good", "warn", "bad", "accent"]


@runtime_checkable
class Coloured(Protocol):
    """What takes other colours while it is shown."""

    def set_colours(self, colours: Colours) -> None:
        """Takes other colours."""
        ...


def recolour(root: QWidget, colours: Colours) -> None:
    """Gives ``colours`` to everything in ``root`` that takes them."""
    for child in root.findChildren(QWidget):
        if isinstance(child, Coloured):
            child.set_colours(colours)


class Words(QLabel):
    """Plain text in one of the theme's tones, wrapped."""

    def __init__(
        self,
        text: str,
        colours: Colours,
        parent: QWidget | None = None,
        *,
        tone: Tone = "text",
        scale: float = 1.0,
        weight: QFont.Weight = QFont.Weight.Normal,
    ) -> None:
        super().__init__(text, parent)
        self._colours, self._tone = colours, tone
        self.setTextFormat(Qt.TextFormat.PlainText)
        use_font(self, scale, weight=weight)
        self.setWordWrap(True)
        self.set_colours(colours)

    def say(self, text: str, tone: Tone | None = None) -> None:
        """Changes the words, and their tone where one is given."""
        self.setText(text)
        if tone is not None:
            self._tone = tone
            self.set_colours(self._colours)

    @property
    def tone(self) -> Tone:
        """The tone it is shown in."""
        return self._tone

    def set_colours(self, colours: Colours) -> None:
        """Takes other colours."""
        self._colours = colours
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.WindowText, QColor(getattr(colours, self._tone)))
        self.setPalette(palette)


def breakable(address: str) -> str:
    """A path or an address that a line may end in, after any of its strokes."""
    return address.replace("/", "/\N{ZERO WIDTH SPACE}")


class Switch(PaintedButton):
    """On or off."""

    def __init__(self, name: str, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent, colours)
        self.setCheckable(True)
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    overhang_px = 3

    def sizeHint(self) -> QSize:
        """The groove and room for the ring of the focus."""
        return QSize(44, 28)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A groove and a knob at its left or right."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        groove = QRectF(3, 3, 38, 22)
        on, colours = self.isChecked(), self._colours
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.accent if on else colours.edge))
        painter.drawRoundedRect(groove, 11, 11)
        x = groove.right() - 20 if on else groove.left() + 2
        painter.setBrush(QColor(colours.on_accent if on else "#ffffff"))
        painter.drawEllipse(QRectF(x, groove.top() + 2, 18, 18))
        self._focus_ring(painter, 13)
        painter.end()


class Choice(QComboBox):
    """One of a few values; ``picked`` carries the value that a person took."""

    picked = Signal(object)

    def __init__(self, name: str, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colours = colours
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.setMaximumWidth(px(WIDEST_CHOICE_PX))
        self.activated.connect(lambda index: self.picked.emit(self.itemData(index)))
        self.activated.connect(self._explain)
        self.set_colours(colours)

    def offer(self, options: Sequence[tuple[Any, str]], chosen: Any) -> None:
        """Shows ``options`` as (value, words) with ``chosen`` taken, which is added if it is not there."""
        self.clear()
        for value, words in options:
            self.addItem(words, value)
        if self.findData(chosen) < 0:
            self.addItem(str(chosen), chosen)
        self.take(chosen)

    def take(self, value: Any) -> None:
        """Shows ``value`` as taken; nothing is emitted."""
        self.setCurrentIndex(max(0, self.findData(value)))
        self._explain()

    @property
    def value(self) -> Any:
        """The value that is taken."""
        return self.currentData()

    def set_colours(self, colours: Colours) -> None:
        """Takes other colours."""
        self._colours = colours
        self.setStyleSheet(
            "QComboBox { border: none; padding: 4px 26px 4px 10px; background: transparent; }"
            f"QComboBox QAbstractItemView {{ background: {colours.raised}; color: {colours.text};"
            f" border: 1px solid {colours.line}; selection-background-color: {colours.accent_wash};"
            f" selection-color: {colours.text}; outline: none; padding: 4px; }}"
        )
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as its longest words."""
        metrics = QFontMetrics(self.font())
        widest = max(
            (metrics.horizontalAdvance(self.itemText(row)) for row in range(self.count())), default=60
        )
        return QSize(min(px(WIDEST_CHOICE_PX), max(120, widest + 44)), metrics.height() + 13)

    def minimumSizeHint(self) -> QSize:
        """Long words are cut, not the window widened."""
        return QSize(120, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """The words and an arrow on a plate."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = self._colours
        painter.setPen(QPen(QColor(colours.accent), 2) if self.hasFocus() else QPen(QColor(colours.edge), 1))
        ground = QColor(colours.raised)
        painter.setBrush(ground.lighter(104) if colours.dark and self.underMouse() else ground)
        inset = 1.0 if self.hasFocus() else 0.5
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), 8, 8)
        painter.setFont(self.font())
        painter.setPen(QColor(colours.text if self.isEnabled() else colours.quiet))
        room = self.rect().adjusted(11, 0, -28, 0)
        words = self.fontMetrics().elidedText(self.currentText(), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words)
        paint_icon(
            painter, "chevron-down", colours.quiet, QPointF(self.width() - 16, self.height() / 2 + 1), 14
        )
        painter.end()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Lets the page scroll: a wheel must not change a setting in passing."""
        event.ignore()

    def _explain(self) -> None:
        """Words that are too long for the widest choice can be read under the pointer."""
        words = self.currentText()
        cut = self.fontMetrics().horizontalAdvance(words) + 44 > px(WIDEST_CHOICE_PX)
        self.setToolTip(words if cut else "")


class Slider(QSlider):
    """A number on a scale of whole steps; ``settled`` carries it once the handle rests."""

    settled = Signal(int)

    def __init__(
        self,
        name: str,
        low: int,
        high: int,
        colours: Colours,
        parent: QWidget | None = None,
        *,
        step: int = 1,
    ) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._colours = colours
        self.setAccessibleName(name)
        self.setRange(low, high)
        self.setSingleStep(step)
        self.setPageStep(step * 2)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedSize(170, 26)
        self.sliderReleased.connect(lambda: self.settled.emit(self.value()))
        self.actionTriggered.connect(self._acted)

    def set_colours(self, colours: Colours) -> None:
        """Takes other colours."""
        self._colours = colours
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Lets the page scroll."""
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A line, filled as far as the handle."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours, middle = self._colours, self.height() / 2
        share = (self.value() - self.minimum()) / max(1, self.maximum() - self.minimum())
        x = 10 + share * (self.width() - 20)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.line))
        painter.drawRoundedRect(QRectF(4, middle - 2, self.width() - 8, 4), 2, 2)
        painter.setBrush(QColor(colours.accent))
        painter.drawRoundedRect(QRectF(4, middle - 2, x - 4, 4), 2, 2)
        painter.setPen(QPen(QColor(colours.accent if self.hasFocus() else colours.edge), 1.5))
        painter.setBrush(QColor("#ffffff"))
        painter.drawEllipse(QPointF(x, middle), 8, 8)
        painter.end()

    def _acted(self) -> None:
        if not self.isSliderDown():  # a key or a click on the line: the value changes after this signal
            self.settled.emit(self.sliderPosition())
