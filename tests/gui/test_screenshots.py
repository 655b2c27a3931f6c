"""Every window, page and state has a picture, and every picture that is committed has a scene."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication, QWidget

import app
from app import screenshots
from app.onboarding.scenes import STEPS
from app.onboarding.window import Onboarding
from app.presence import Doing
from app.settings.window import SettingsWindow
from app.small_png import COLOURS, write_small
from app.theme import Theme
from app.tray.scenes import Icons, Opened
from app.window.main_window import MainWindow

APP = Path(app.__file__).parent
PICTURES = APP.parent / "docs" / "screenshots"
ASKED_OF_THE_SYSTEM = {"QFileDialog"}
"""Windows that are the system's own."""


@cache
def modules() -> list[ast.Module]:
    return [ast.parse(path.read_text()) for path in sorted(APP.rglob("*.py"))]


@cache
def classes() -> list[ast.ClassDef]:
    return [node for module in modules() for node in ast.walk(module) if isinstance(node, ast.ClassDef)]


def called(node: ast.AST) -> set[str]:
    """The names of what is called in ``node``."""
    return {
        getattr(call.func, "attr", getattr(call.func, "id", ""))
        for call in ast.walk(node)
        if isinstance(call, ast.Call)
    }


def windows() -> set[str]:
    """The classes of the app that are windows by themselves: they have a title, or Qt makes them one."""
    bases = {
        node.name: {getattr(base, "attr", getattr(base, "id", "")) for base in node.bases}
        for node in classes()
    }

    def is_a(name: str, kinds: set[str]) -> bool:
        return name in kinds or any(is_a(base, kinds) for base in bases.get(name, ()))

    return {
        node.name
        for node in classes()
        if "setWindowTitle" in called(node) or is_a(node.name, {"QDialog", "QMainWindow", "QMenu"})
    }


@pytest.fixture
def shown(qapp: QApplication, tmp_path: Path) -> Iterator[dict[str, QWidget]]:
    theme = Theme("light")
    made = {name: scene(theme, tmp_path) for name, scene in screenshots.scenes().items()}
    yield made
    for widget in made.values():
        widget.hide()
        widget.deleteLater()
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def test_every_window_and_every_subject_has_a_scene(shown: dict[str, QWidget]) -> None:
    seen = {type(widget).__name__ for widget in shown.values()}
    expected = windows() - {"Menu"}  # the base of the menus, which are pictured themselves
    assert expected <= seen
    assert seen - expected == {Icons.__name__, Opened.__name__}  # what the pictures alone need

    sections = {
        section
        for widget in shown.values()
        if isinstance(widget, SettingsWindow)
        for section in widget.sections
        if widget.section == section
    }
    settings = next(widget for widget in shown.values() if isinstance(widget, SettingsWindow))
    assert sections == set(settings.sections)

    steps = {widget.index for widget in shown.values() if isinstance(widget, Onboarding)}
    assert steps == set(range(len(STEPS)))

    doing = {widget.presence.doing for widget in shown.values() if isinstance(widget, MainWindow)}
    assert doing == set(Doing)
    for live in (doing for doing in Doing if doing.live):
        assert f"hud-{live.value}" in shown


def test_no_window_is_opened_that_is_not_pictured() -> None:
    opened = {name for module in modules() for name in called(module) if name.startswith("Q")}
    assert {name for name in opened if name.endswith(("Dialog", "Box", "Menu"))} <= ASKED_OF_THE_SYSTEM | {
        "QComboBox"
    }


def test_the_committed_pictures_are_those_of_the_scenes() -> None:
    wanted = {name for scene in screenshots.scenes() for name in screenshots.file_names(scene)}
    there = {path.name for path in PICTURES.glob("*.png")}
    assert {name for name in there if not name.startswith(screenshots.OTHERS)} == wanted


def test_a_scene_is_drawn_in_both_looks_at_both_scales(qapp: QApplication, tmp_path: Path) -> None:
    written = screenshots.draw(tmp_path, "hud-quiet")
    assert [path.name for path in written] == list(screenshots.file_names("hud-quiet"))
    plain, fine = QImage(str(written[0])), QImage(str(written[1]))
    assert (fine.width(), fine.height()) == (2 * plain.width(), 2 * plain.height())


def test_a_picture_of_a_scene_that_is_no_more_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("window-gone-light.png", "page-door-390-dark.png", "hud-quiet-light.png"):
        (tmp_path / name).touch()
    screenshots._remove_old(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"page-door-390-dark.png", "hud-quiet-light.png"}


def test_a_small_picture_looks_the_same(qapp: QApplication, tmp_path: Path) -> None:
    image = QImage(64, 64, QImage.Format.Format_ARGB32)
    image.fill(QColor("#ffffff"))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for step in range(COLOURS * 2):
        painter.setPen(QColor.fromHsv(step, 200, 255 - step // 4, 255 - step // 2))
        painter.drawLine(0, 0, 64, step // 4)
    painter.end()
    path = tmp_path / "small.png"
    write_small(image, path)
    small = QImage(str(path))
    assert small.format() is QImage.Format.Format_Indexed8 and small.colorCount() <= COLOURS
    apart = np.abs(pixels(image).astype(int) - pixels(small).astype(int))
    assert apart.max() < 48 and apart.mean() < 4


def pixels(image: QImage) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    plain = image.convertToFormat(QImage.Format.Format_ARGB32)
    return np.frombuffer(plain.constBits(), np.uint8).copy()


def test_a_picture_that_can_not_be_written_is_told(qapp: QApplication, tmp_path: Path) -> None:
    image = QImage(2, 2, QImage.Format.Format_ARGB32)
    image.fill(QColor("#123456"))
    with pytest.raises(OSError, match=r"small\.png"):
        write_small(image, tmp_path / "nowhere" / "small.png")
