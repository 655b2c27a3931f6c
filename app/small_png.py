"""Writes a picture of a window as a small PNG: its colours reduced to a palette of its own."""

from pathlib import Path
from typing import Any, Final

import numpy as np
from PySide6.QtGui import QImage, QImageWriter

COLOURS: Final = 64
"""Windows are few colours and their blends at the edges of letters: with so many the eye sees no change."""

Pixels = np.ndarray[Any, np.dtype[Any]]


def write_small(image: QImage, path: Path) -> None:
    """Writes ``image`` to ``path``. Raises ``OSError`` where that can't be done."""
    plain = image.convertToFormat(QImage.Format.Format_ARGB32)
    height, width = plain.height(), plain.width()
    rows = np.frombuffer(plain.constBits(), np.uint32).reshape(height, plain.bytesPerLine() // 4)
    palette, places = _reduced(rows[:, :width])
    small = QImage(width, height, QImage.Format.Format_Indexed8)
    small.setColorTable(palette.tolist())
    for_rows = np.frombuffer(small.bits(), np.uint8).reshape(height, small.bytesPerLine())
    for_rows[:, :width] = places
    writer = QImageWriter(str(path))
    writer.setQuality(0)  # for PNG the smallest file
    if not writer.write(small):
        raise OSError(f"{path}: {writer.errorString()}")


def _reduced(rows: Pixels) -> tuple[Pixels, Pixels]:
    """A palette, and the place in it of each pixel: the colour there that is nearest to the pixel's."""
    colours, places, counts = np.unique(rows, return_inverse=True, return_counts=True)
    places = places.reshape(rows.shape)
    if len(colours) <= COLOURS:
        return colours, places
    parts = colours.view(np.uint8).reshape(-1, 4).astype(np.int32)
    # What is seen most, then each time what is farthest from all that was taken, if it is seen often enough.
    chosen = [int(np.argmax(counts))]
    missed = _distances(parts, parts[chosen[0]])
    while len(chosen) < COLOURS:
        chosen.append(int(np.argmax(missed * np.sqrt(counts))))
        missed = np.minimum(missed, _distances(parts, parts[chosen[-1]]))
    nearest = np.argmin([_distances(parts, parts[one]) for one in chosen], axis=0)
    return colours[chosen], nearest[places]


def _distances(parts: Pixels, one: Pixels) -> Pixels:
    squares: Pixels = ((parts - one) ** 2).sum(axis=1)
    return squares
