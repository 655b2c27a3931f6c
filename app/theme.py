"""Colours and type of every window, in light and dark, following the system while the app runs."""

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

Appearance = Literal["system", "light", "dark"]


@dataclass(frozen=True, slots=True)
class Colours:
    """One look's colours as ``#rrggbb``.

    Every text on every ground that it stands on keeps a contrast of at least 4.5; the edge of a field
    and what is drawn faintly keep 3.0. ``line`` only decorates.
    """

    dark: bool
    surface: str
    sidebar: str
    raised: str
    bubble: str
    field: str
    line: str
    edge: str
    text: str
    quiet: str
    unheard: str
    faint: str
    accent: str
    on_accent: str
    accent_wash: str
    good: str
    warn: str
    warn_wash: str
    bad: str
    bad_wash: str
    spoken: str
    code: str


LIGHT = Colours(
    dark=False,
    surface="#ffffff",
    sidebar="#f5f5f7",
    raised="#ffffff",
    bubble="#f0f0f3",
    field="#f6f6f8",
    line="#e4e4e8",
    edge="#88888f",
    text="#1d1d1f",
    quiet="#5e5e65",
    unheard="#6b6b71",
    faint="#88888f",
    accent="#3f4fd4",
    on_accent="#ffffff",
    accent_wash="#eceefc",
    good="#157640",
    warn="#8f5300",
    warn_wash="#fdf4e3",
    bad="#c22b28",
    bad_wash="#fdeeed",
    spoken="#d9defb",
    code="#f6f6f8",
)

DARK = Colours(
    dark=True,
    surface="#1c1c1e",
    sidebar="#242427",
    raised="#2a2a2d",
    bubble="#2e2e32",
    field="#29292c",
    line="#38383c",
    edge="#7a7a82",
    text="#f2f2f4",
    quiet="#a8a8af",
    unheard="#97979e",
    faint="#7a7a82",
    accent="#9ba8ff",
    on_accent="#14151f",
    accent_wash="#2a2d45",
    good="#4fc783",
    warn="#f0b95a",
    warn_wash="#35291a",
    bad="#ff7a73",
    bad_wash="#3a2322",
    spoken="#363d6b",
    code="#242427",
)


USUAL_PX = 13
"""What macOS uses for controls, and we everywhere."""

READING_SCALE = 15 / 13
"""Running text is a little larger than the interface's."""


class Theme(QObject):
    """The look in force. ``changed`` is emitted after ``colours`` has changed; lives on the main thread."""

    changed = Signal()

    def __init__(self, appearance: Appearance = "system", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._hints = QGuiApplication.styleHints()
        self.colours = self._choose()
        self._hints.colorSchemeChanged.connect(self._follow)

    def set_appearance(self, appearance: Appearance) -> None:
        """Follows the system, or stays light or dark whatever the system does."""
        self._appearance = appearance
        self._follow()

    def _follow(self) -> None:
        colours = self._choose()
        if colours != self.colours:
            self.colours = colours
            self.changed.emit()

    def _choose(self) -> Colours:
        if self._appearance == "system":
            return DARK if self._hints.colorScheme() is Qt.ColorScheme.Dark else LIGHT
        return DARK if self._appearance == "dark" else LIGHT

    def palette(self) -> QPalette:
        """A palette in these colours, for the widgets that draw themselves from one."""
        colours, palette = self.colours, QPalette()
        roles = {
            QPalette.ColorRole.Window: colours.surface,
            QPalette.ColorRole.Base: colours.surface,
            QPalette.ColorRole.AlternateBase: colours.field,
            QPalette.ColorRole.Button: colours.raised,
            QPalette.ColorRole.WindowText: colours.text,
            QPalette.ColorRole.Text: colours.text,
            QPalette.ColorRole.ButtonText: colours.text,
            QPalette.ColorRole.PlaceholderText: colours.quiet,
            QPalette.ColorRole.Highlight: colours.spoken,
            QPalette.ColorRole.HighlightedText: colours.text,
            QPalette.ColorRole.Link: colours.accent,
            QPalette.ColorRole.Accent: colours.accent,
            QPalette.ColorRole.ToolTipBase: colours.raised,
            QPalette.ColorRole.ToolTipText: colours.text,
        }
        for role, colour in roles.items():
            palette.setColor(role, QColor(colour))
        return palette


def motion_reduced() -> bool:
    """Whether the person has asked the system for less movement on the screen (known on a Mac only)."""
    if QGuiApplication.platformName() != "cocoa":
        return False
    from AppKit import NSWorkspace

    return bool(NSWorkspace.sharedWorkspace().accessibilityDisplayShouldReduceMotion())


def use_readable_font(app: QApplication) -> None:
    """Takes the system's own font on a Mac, and Inter where it is installed elsewhere, in its usual size."""
    app.setFont(base_font())


def base_font(scale: float = 1.0) -> QFont:
    """The interface's font at ``scale`` times its usual size."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    if QGuiApplication.platformName() == "cocoa":
        font.setPointSizeF(USUAL_PX * scale)  # a point is a pixel there
        return font
    if "Inter" in QFontDatabase.families():
        font = QFont("Inter")
    font.setPixelSize(round(USUAL_PX * scale))
    return font


def text_font(scale: float = 1.0, *, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """The interface's font, as large as ``app.text_size`` has made it, at ``scale`` times that size."""
    font = QFont(QApplication.font())
    if font.pixelSize() > 0:
        font.setPixelSize(round(font.pixelSize() * scale))
    else:
        font.setPointSizeF(font.pointSizeF() * scale)
    font.setWeight(weight)
    return font


def code_font(scale: float = 1.0) -> QFont:
    """The system's fixed-width font at ``scale`` times the interface's size."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    plain = text_font(scale)
    if plain.pixelSize() > 0:
        font.setPixelSize(plain.pixelSize())
    else:
        font.setPointSizeF(plain.pointSizeF())
    font.setStyleHint(QFont.StyleHint.Monospace)
    return font
