"""The app's icon as files: a .png for Linux and an .icns for macOS."""

import os
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

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
    from app.icons import app_picture

    folder.mkdir(parents=True, exist_ok=True)
    pictures = {size: _png(app_picture(size)) for size in sorted(set(KINDS.values()))}
    made = Icons(folder / "Aloud.png", folder / "Aloud.icns")
    made.png.write_bytes(pictures[512])
    made.icns.write_bytes(icns({kind: pictures[size] for kind, size in KINDS.items()}))
    return made


def icns(pictures: dict[str, bytes]) -> bytes:
    """An .icns file of PNGs by type: "icns" and its length, then each type, its length and its content."""
    parts = [kind.encode() + struct.pack(">I", 8 + len(png)) + png for kind, png in pictures.items()]
    content = b"".join(parts)
    return b"icns" + struct.pack(">I", 8 + len(content)) + content


def _png(image: "QImage") -> bytes:
    from PySide6.QtCore import QBuffer, QByteArray, QIODevice
    from PySide6.QtGui import QImageWriter

    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    assert QImageWriter(buffer, QByteArray(b"png")).write(image), "Qt can't write a PNG"
    return bytes(buffer.data().data())
