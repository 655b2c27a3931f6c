"""The system's own voice: `say` on a Mac, espeak-ng on Linux where it is installed.

Each is a program that speaks one phrase into a WAV file; nothing of it is bundled.
"""

import re
import shutil
import subprocess
import tempfile
import wave
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.errors import BackendCrashed, BackendUnavailable
from engine.pcm import read_wav
from engine.ports import Speech, WordSource
from engine.tts.by_phrase import Rendered, shared_starts, speak_by_phrase
from engine.tts.phrases import Phrase
from engine.units import SPEECH_RATE_HZ
from engine.wording import Wording

LONGEST_PHRASE_S: Final = 20.0
"""A program that takes longer than this for one phrase hangs: `say` needs about 0.3 s."""

DEFAULT_VOICE: Final = "system"
"""The voice that the person chose in the system's own settings."""


@dataclass(frozen=True, slots=True)
class SpeakingProgram:
    """A program that speaks its standard input into a WAV file, and how it is asked to.

    ``voices``: the arguments that list its voices, and ``voice_line`` what a name looks like there.
    ``command``: the arguments to speak with a voice into a file.
    """

    name: str
    voices: tuple[str, ...]
    voice_line: str
    command: Callable[[str, Path], list[str]]


def _say(voice: str, file: Path) -> list[str]:
    chosen = [] if voice == DEFAULT_VOICE else ["-v", voice]
    return [
        *chosen,
        "-o",
        str(file),
        "--file-format=WAVE",
        f"--data-format=LEI16@{SPEECH_RATE_HZ}",
        "-f",
        "-",
    ]


def _espeak(voice: str, file: Path) -> list[str]:
    return ["-v", "en" if voice == DEFAULT_VOICE else voice, "-w", str(file), "--stdin"]


PROGRAMS: Final = (
    SpeakingProgram("say", ("-v", "?"), r"^(.+?)\s+[a-z]{2,3}[_-][\w-]+\s+#", _say),
    SpeakingProgram("espeak-ng", ("--voices",), r"^\s*\d+\s+([\w-]+)\s", _espeak),
)
"""`say` lists a voice a line: its name, two spaces or more, its language, ``#`` and a greeting; espeak-ng
a priority, the language that names the voice, and its gender."""


class SystemVoice:
    """Keeps the Synthesizer port with the first of ``PROGRAMS`` that is installed.

    The constructor raises ``BackendUnavailable`` where there is none. Word times are shared out by
    letters within a phrase. A reply can be interrupted between pieces, not while the program runs
    (0.3 s a phrase).
    """

    def __init__(self, programs: Sequence[SpeakingProgram] = PROGRAMS) -> None:
        found = next(((each, path) for each in programs if (path := shutil.which(each.name))), None)
        if found is None:
            raise BackendUnavailable(
                "This system has no voice of its own.",
                "Install espeak-ng, or choose another voice in the settings.",
            )
        self._program, self._path = found
        self._names: tuple[str, ...] = ()

    @property
    def real_time_factor(self) -> float:
        """See ``Synthesizer``: far below 1."""
        return 0.0

    def warm(self) -> None:
        """Runs the program once, which makes the system load its voice."""
        self._render((), DEFAULT_VOICE, "Ready.")

    def voices(self) -> Sequence[str]:
        """The default voice and those the program lists. Blocks for 0.3 s the first time."""
        if not self._names:
            listing = self._run(list(self._program.voices), "")
            self._names = (DEFAULT_VOICE, *re.findall(self._program.voice_line, listing, re.MULTILINE))
        return self._names

    def speak(self, words: WordSource, *, voice: str = "", speed: float = 1.0) -> Iterator[Speech]:
        """Speaks one reply. Raises ``BackendCrashed`` when the program fails."""
        chosen = voice or DEFAULT_VOICE

        def render(phrase: Phrase) -> Rendered:
            return self._render(phrase, chosen, " ".join(word.text for word in phrase))

        yield from speak_by_phrase(words, render, speed=speed)

    def close(self) -> None:
        """Nothing is held between phrases."""

    def _render(self, phrase: Phrase, voice: str, text: str) -> Rendered:
        with tempfile.TemporaryDirectory(prefix="aloud-") as folder:
            file = Path(folder) / "phrase.wav"
            self._run(self._program.command(voice, file), text)
            try:
                samples = read_wav(file, SPEECH_RATE_HZ)
            except (OSError, EOFError, wave.Error) as error:
                raise self._crash(Wording("wrote no sound: {reason}", reason=error)) from error
        return Rendered(samples, shared_starts(phrase, samples))

    def _run(self, arguments: list[str], text: str) -> str:
        """Runs the program with ``text`` as its input and returns what it prints."""
        command = [self._path, *arguments]
        try:
            done = subprocess.run(
                command,
                input=text,
                capture_output=True,
                encoding="utf-8",
                timeout=LONGEST_PHRASE_S,
                check=True,
            )
        except subprocess.CalledProcessError as error:
            raise self._crash(
                error.stderr.strip().splitlines()[-1] if error.stderr.strip() else str(error)
            ) from error
        except (OSError, subprocess.TimeoutExpired) as error:
            raise self._crash(str(error)) from error
        return done.stdout

    def _crash(self, reason: str) -> BackendCrashed:
        return BackendCrashed(
            "The system's voice ({program}) failed: {reason}",
            "Choose another voice in the settings.",
            program=self._program.name,
            reason=reason,
        )
