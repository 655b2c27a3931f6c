"""``python -m app.screenshots FOLDER`` draws every window in light and dark, at 1x and 2x, as PNG files.

Needs no screen: it draws offscreen, from the same events that the app gets. A part of the app adds
its windows as a dictionary like ``app.window.scenes.SCENES`` in ``scenes``. With a second argument only
the pictures whose names contain it are drawn; without one, pictures of scenes that are no more are
removed.
"""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Literal

from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from app.small_png import write_small
from app.theme import Theme, use_readable_font

SETTLING_MS = 80
"""Longer than a transcript waits before it shows what it was told."""

_LAYOUTS: Final = 5
"""What is laid out may be laid out again for the height that it then has, one inside the other."""

Scene = Callable[[Theme, Path], QWidget]
"""Shows a window in one of its states. The folder is empty and lasts as long as the window."""

LOOKS: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
RATIOS: Final = (1, 2)
OTHERS: Final = "page-"
"""Pictures that begin like this are of the listeners' page in a browser, and not drawn here."""


def scenes() -> dict[str, Scene]:
    """Every scene by the name of its pictures."""
    from app.hud import scenes as pill
    from app.onboarding import scenes as onboarding
    from app.settings import scenes as settings
    from app.tray import scenes as tray
    from app.window import scenes as main_window

    return {
        **main_window.SCENES,
        **settings.SCENES,
        **onboarding.SCENES,
        **pill.SCENES,
        **tray.SCENES,
    }


def file_names(scene: str) -> Iterator[str]:
    """The files that show ``scene``."""
    for look in LOOKS:
        for ratio in RATIOS:
            yield _file_name(scene, look, ratio)


def _file_name(scene: str, look: str, ratio: int) -> str:
    return f"{scene}-{look}{f'@{ratio}x' if ratio > 1 else ''}.png"


def picture(widget: QWidget, ratio: int) -> QPixmap:
    """``widget`` as it is on a screen with ``ratio`` pixels to the point."""
    pixmap = QPixmap(widget.size() * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    widget.render(pixmap)
    return pixmap


def draw(folder: Path, only: str = "") -> list[Path]:
    """Writes the pictures whose names contain ``only`` and returns their paths. Raises ``OSError``."""
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for look in LOOKS:
        theme = Theme(look)
        for name, scene in scenes().items():
            if only not in name:
                continue
            with TemporaryDirectory() as place:
                widget = scene(theme, Path(place))
                widget.show()
                _settle()
                for ratio in RATIOS:
                    path = folder / _file_name(name, look, ratio)
                    write_small(picture(widget, ratio).toImage(), path)
                    written.append(path)
                widget.close()
                widget.deleteLater()
    return written


def _settle() -> None:
    loop = QEventLoop()
    QTimer.singleShot(SETTLING_MS, loop.quit)
    loop.exec()
    for _ in range(_LAYOUTS):
        QApplication.processEvents()


def _remove_old(folder: Path) -> None:
    wanted = {name for scene in scenes() for name in file_names(scene)}
    for path in folder.glob("*.png"):
        if path.name not in wanted and not path.name.startswith(OTHERS):
            path.unlink()


def main(arguments: Sequence[str]) -> int:
    """Draws into the folder named by the first argument."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication(list(arguments[:1]))
    use_readable_font(application)
    folder = Path(arguments[1] if len(arguments) > 1 else "docs/screenshots")
    only = arguments[2] if len(arguments) > 2 else ""
    for path in draw(folder, only):
        sys.stdout.write(f"{path}\n")
    if not only:
        _remove_old(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
