"""The app's icon, drawn from ``resources/icons/voice.svg``: a .png for Linux and an .icns for macOS."""

import os
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

VOICE: Final = Path(__file__).resolve().parents[1] / "resources" / "icons" / "voice.svg"

KINDS: Final = {
    "icp4": 16,
    "icp5": 32,
    "ic11": 32,
    "ic12": 64,
    "ic07": 128,
    "ic13": 256,
    "ic08": 256,
    "ic14": 512,
    "ic09": 512,
    "ic10": 1024,
}
"""The types of an .icns file whose content is a PNG, and its pixels a side (ic11 to ic14 are for Retina)."""


class Icons(NamedTuple):
    """Where the icon's files are."""

    png: Path
    icns: Path


def draw(folder: Path) -> Icons:
    """Writes both files into ``folder``. Needs no screen."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    folder.mkdir(parents=True, exist_ok=True)
    pictures = {size: _png(_picture(size)) for size in sorted(set(KINDS.values()))}
    made = Icons(folder / "Aloud.png", folder / "Aloud.icns")
    made.png.write_bytes(pictures[512])
    made.icns.write_bytes(icns({kind: pictures[size] for kind, size in KINDS.items()}))
    return made


def icns(pictures: dict[str, bytes]) -> bytes:
    """An .icns file of PNGs by type: "icns" and its length, then each type, its length and its content."""
    parts = [kind.encode() + struct.pack(">I", 8 + len(png)) + png for kind, png in pictures.items()]
    content = b"".join(parts)
    return b"icns" + struct.pack(">I", 8 + len(content)) + content


def _picture(size: int) -> "QImage":
    """The voice in white on the accent colour, within macOS's grid: 824 of 1024, corners of 185."""
    from PySide6.QtCore import QByteArray, QPointF, QRectF, Qt
    from PySide6.QtGui import QColor, QImage, QLinearGradient, QPainter
    from PySide6.QtSvg import QSvgRenderer

    unit = size / 1024
    image = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    shades = QLinearGradient(QPointF(0, 100 * unit), QPointF(0, 924 * unit))
    shades.setColorAt(0.0, QColor("#6675f2"))
    shades.setColorAt(1.0, QColor("#3544c2"))
    painter.setBrush(shades)
    painter.setPen(Qt.PenStyle.NoPen)
    plate = QRectF(100 * unit, 100 * unit, 824 * unit, 824 * unit)
    painter.drawRoundedRect(plate, 185 * unit, 185 * unit)
    svg = VOICE.read_text("utf-8").replace("currentColor", "#ffffff")
    QSvgRenderer(QByteArray(svg.encode())).render(
        painter, QRectF(192 * unit, 192 * unit, 640 * unit, 640 * unit)
    )
    painter.end()
    return image


def _png(image: "QImage") -> bytes:
    from PySide6.QtCore import QBuffer, QByteArray, QIODevice
    from PySide6.QtGui import QImageWriter

    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    assert QImageWriter(buffer, QByteArray(b"png")).write(image), "Qt can't write a PNG"
    return bytes(buffer.data().data())
