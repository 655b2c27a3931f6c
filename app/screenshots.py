"""``python -m app.screenshots FOLDER`` draws every window in light and dark, at 1x and 2x, as PNG files.

Needs no screen: it draws offscreen, from the same events that the app gets. A part of the app adds
its windows by a function like ``app.window.scenes.scenes`` in ``_all``.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from app.theme import Theme, use_readable_font

SETTLING_MS = 80
"""Longer than a transcript waits before it shows what it was told."""

_LOOKS: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def _all(theme: Theme) -> Iterator[tuple[str, QWidget]]:
    from app.hud import scenes as pill
    from app.onboarding import scenes as onboarding
    from app.settings import scenes as settings
    from app.tray import scenes as tray
    from app.window import scenes as main_window

    parts = (main_window, settings, onboarding, pill, tray)
    return chain.from_iterable(part.scenes(theme) for part in parts)


def picture(widget: QWidget, ratio: int) -> QPixmap:
    """``widget`` as it is on a screen with ``ratio`` pixels to the point."""
    pixmap = QPixmap(widget.size() * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    widget.render(pixmap)
    return pixmap


def draw(folder: Path, only: str = "") -> list[Path]:
    """Writes the pictures whose names contain ``only`` and returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for look in _LOOKS:
        theme = Theme(look)
        for name, widget in _all(theme):
            if only in name:
                _settle()
                for ratio in (1, 2):
                    path = folder / f"{name}-{look}{'@2x' if ratio == 2 else ''}.png"
                    picture(widget, ratio).save(str(path), quality=0)  # for PNG the smallest file
                    written.append(path)
            widget.close()
            widget.deleteLater()
    return written


def _settle() -> None:
    loop = QEventLoop()
    QTimer.singleShot(SETTLING_MS, loop.quit)
    loop.exec()


def main(arguments: Sequence[str]) -> int:
    """Draws into the folder named by the first argument."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication(list(arguments[:1]))
    use_readable_font(application)
    folder = Path(arguments[1] if len(arguments) > 1 else "docs/screenshots")
    for path in draw(folder, arguments[2] if len(arguments) > 2 else ""):
        sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
