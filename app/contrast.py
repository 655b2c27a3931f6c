"""How well one colour can be seen on another, as the guidelines for accessible content measure it."""

from typing import Final

from PySide6.QtGui import QColor

TEXT: Final = 4.5
"""What text needs to be read by nearly everybody."""

GRAPHIC: Final = 3.0
"""What the edge of a field, or a sign without words, needs to be made out."""

_STEPS: Final = 20


def contrast(one: str, other: str) -> float:
    """From 1.0, the same, to 21.0, black on white. Colours are ``#rrggbb``."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def mixed(colour: str, ground: str, share: float) -> str:
    """What ``share`` of ``colour``, in [0, 1], painted over ``ground`` looks like."""
    parts = zip(_parts(colour), _parts(ground), strict=True)
    return QColor.fromRgbF(*(top * share + below * (1 - share) for top, below in parts)).name()


def readable(colour: str, ground: str, least: float = TEXT) -> str:
    """``colour``, or the nearest to it, towards black or white, that keeps ``least`` on ``ground``."""
    towards = "#ffffff" if _luminance(ground) < 0.18 else "#000000"
    for step in range(_STEPS):
        tried = mixed(towards, colour, step / _STEPS)
        if contrast(tried, ground) >= least:
            return tried
    return towards


def _luminance(colour: str) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _parts(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _parts(colour: str) -> tuple[float, float, float]:
    made = QColor(colour)
    return made.redF(), made.greenF(), made.blueF()
