"""Stands in for macOS's `say` on PATH: same arguments, same files, tones for speech.

Installed by ``install``; run as a program it does what `say` does with the arguments that Aloud uses,
and fails as `say` does for a voice that it does not have.
"""

import os
import stat
import struct
import sys
import wave
from math import pi, sin
from pathlib import Path

VOICES = """Albert              en_US    # Hello! My name is Albert.
Amélie              fr_CA    # Bonjour! Je m’appelle Amélie.
Eddy (English (UK)) en_GB    # Hello! My name is Eddy.
"""


def install(folder: Path) -> None:
    """Puts a `say` into ``folder``, which a test puts on PATH."""
    program = folder / "say"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{Path(__file__).resolve()}" "$@"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


def main(arguments: list[str]) -> int:
    if arguments == ["-v", "?"]:
        sys.stdout.buffer.write(VOICES.encode())
        return 0
    if "-v" in arguments:
        at = arguments.index("-v")
        if arguments[at + 1] not in VOICES:
            print(f"Voice `{arguments[at + 1]}' not found.", file=sys.stderr)
            return 1
    kind = next(item for item in arguments if item.startswith("--data-format="))
    rate_hz = int(kind.removeprefix("--data-format=LEI16@"))
    assert "--file-format=WAVE" in arguments
    assert arguments[-2:] == ["-f", "-"]
    text = sys.stdin.buffer.read().decode()
    file = Path(arguments[arguments.index("-o") + 1])
    if os.environ.get("FAKE_SAY_BREAKS"):
        file.write_bytes(b"RIFF")
        return 0
    _write(file, text, rate_hz)
    return 0


def _write(file: Path, text: str, rate_hz: int) -> None:
    silence = b"\0\0" * (rate_hz // 10)
    sound = bytearray(silence)
    for char in text:
        for index in range(rate_hz * 60 // 1000):
            level = 0.0 if char == " " else 0.2 * sin(2 * pi * (200 + ord(char) % 200) * index / rate_hz)
            sound += struct.pack("<h", round(level * 32767))
    with wave.open(str(file), "wb") as out:
        out.setparams((1, 2, rate_hz, 0, "NONE", ""))
        out.writeframes(bytes(sound) + silence)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
