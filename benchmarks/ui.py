"""What the window costs: ``python -m benchmarks.ui [--json]``.

Measures the real window with all that follows a turn beside it (menu, pill, icon, announcements), drawn
offscreen, on this machine:

- ``append_ms_empty``, ``append_ms_long``: CPU milliseconds a token appended to the transcript, laid
  out and painted, with 0 and with 200 turns above it, over what the same window costs without a token;
  tokens come 4 ms apart, as a fast model sends them.
- ``whole_document_ms_empty``, ``whole_document_ms_long``: the named alternative, one QTextBrowser
  whose whole Markdown is set again for each token.
- ``thinking_cpu_percent``: CPU of a core while nothing happens but that the pill and the window show that
  an answer is awaited.
- ``loop_lag_p999_ms``: how late a 5 ms timer of the loop comes, p99.9, while an answer streams and
  its words are highlighted; ``resting_loop_lag_p999_ms`` is the same with nothing to show, which is
  what the machine itself adds.
- ``first_paint_ms``: from starting a fresh ``python -m app`` to its first paint, before any model.
- ``idle_cpu_percent``, ``idle_rss_mb``: of that process, at rest, before models.
"""

import argparse
import asyncio
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import qasync
from PySide6.QtWidgets import QApplication, QTextBrowser

from app.application import make_application
from app.bridge import Bridge
from app.garbage import GarbageCollector
from app.settings.store import SettingsStore
from app.shell import Shell
from app.system import System
from app.theme import Theme
from app.window.main_window import MainWindow
from app.windows import OpenWindows
from engine.events import Outcome, ReplyDelta, SpeechStarted, TranscriptReady, TurnEnded, WordSpoken
from engine.pcm import SpokenWord
from engine.settings import General, Settings
from engine.units import TurnId

LONG_TURNS = 200
TOKENS = 600
TOKEN_EVERY_S = 0.004
IDLE_S = 10.0
THINKING_S = 4.0
ANSWER = (
    "Light enters a drop of rain and **bends**, because it is slower in water than in air. "
    "Each colour bends by a little more or a little less.\n\n"
    "1. Red bends least.\n2. Violet bends most.\n\n"
    "See [more](https://example.org) about `refraction` and how an angle of 42 degrees comes about.\n\n"
)


def tokens(count: int) -> list[str]:
    """``count`` fragments of an answer, of about the size that a language model sends."""
    pieces = [piece + " " for piece in ANSWER.split(" ")]
    return [pieces[index % len(pieces)] for index in range(count)]


class Shown:
    """A window with ``turns`` turns in it, and an answer that streams into the next."""

    def __init__(self, turns: int) -> None:
        self.bridge, theme = Bridge(), Theme("light")
        self.window = MainWindow(self.bridge, theme)
        self._folder = tempfile.TemporaryDirectory()
        settings = Settings(general=General(sounds=False))  # there is no speaker here
        self._windows = OpenWindows()
        self._shell = Shell(
            self.bridge,
            theme,
            self.window,
            SettingsStore(Path(self._folder.name) / "settings.toml", settings),
            lambda: None,
            windows=self._windows,
            system=System(),
        )
        self._shell.start()
        self._windows.bring(self.window)
        for number in range(1, turns + 1):
            self._ask(number)
            self.bridge.tell(ReplyDelta(TurnId(number), 0.0, ANSWER * 2))
            self.bridge.tell(
                TurnEnded(TurnId(number), 0.0, Outcome.COMPLETED, "Why?", ANSWER * 2, ANSWER * 2)
            )
        self.turn_id = TurnId(turns + 1)
        self._ask(self.turn_id)
        QApplication.processEvents()

    def _ask(self, number: int) -> None:
        self.bridge.tell(TranscriptReady(TurnId(number), 0.0, "Why is the sky blue?", typed=True))

    def append(self, token: str) -> None:
        """The next token of the answer."""
        self.bridge.tell(ReplyDelta(self.turn_id, 0.0, token))

    def close(self) -> None:
        """Takes the window away."""
        self._windows.close()
        self._shell.close()
        self.window.close()
        self.window.deleteLater()
        self._folder.cleanup()


class WholeDocument:
    """The alternative: all Markdown set anew for each token."""

    def __init__(self, turns: int) -> None:
        self.window = QTextBrowser()
        self.window.resize(720, 560)
        self._text = f"**Why is the sky blue?**\n\n{ANSWER * 2}" * turns
        self.window.show()
        QApplication.processEvents()

    def append(self, token: str) -> None:
        """The next token of the answer."""
        self._text += token
        self.window.setMarkdown(self._text)
        self.window.verticalScrollBar().setValue(self.window.verticalScrollBar().maximum())

    def close(self) -> None:
        """Takes the window away."""
        self.window.close()
        self.window.deleteLater()


async def append_ms(shown: Shown | WholeDocument, count: int) -> float:
    """CPU milliseconds a token, all that follows from it included, over the same window without one."""
    await cpu_ms(shown.append, 40)  # fonts, parser, first layout
    waiting_ms = await cpu_ms(lambda token: None, count)
    spent_ms = await cpu_ms(shown.append, count)
    shown.close()
    return spent_ms - waiting_ms


async def cpu_ms(take: Callable[[str], None], count: int) -> float:
    """CPU milliseconds of this process for each of ``count`` tokens that ``take`` gets in their time."""
    began_s, cpu_s = time.monotonic(), time.process_time()
    for index, token in enumerate(tokens(count)):
        take(token)
        await asyncio.sleep(max(0.0, began_s + (index + 1) * TOKEN_EVERY_S - time.monotonic()))
    await asyncio.sleep(0.05)
    return (time.process_time() - cpu_s) * 1000 / count


async def thinking_cpu_percent(shown: Shown) -> float:
    """Of a core, while the pill and the window show that an answer is awaited."""
    await asyncio.sleep(0.5)
    began_s, cpu_s = time.monotonic(), time.process_time()
    await asyncio.sleep(THINKING_S)
    percent = (time.process_time() - cpu_s) / (time.monotonic() - began_s) * 100
    shown.close()
    return percent


async def loop_lag_p999_ms(shown: Shown | None, for_s: float) -> float:
    """How late a 5 ms timer comes while an answer streams and is spoken; with no window, at rest."""
    lags: list[float] = []
    collector = GarbageCollector(busy=lambda: shown is not None)  # as the app has it
    collector.settle()
    ends_s = time.monotonic() + for_s

    async def stream(shown: Shown) -> None:
        shown.bridge.tell(SpeechStarted(shown.turn_id, 0.0, 0.0))
        at = 0
        for token in tokens(round(for_s / 0.02)):
            shown.append(token)
            word = SpokenWord(token.strip(), 0, at, at + len(token.strip()))
            shown.bridge.tell(WordSpoken(shown.turn_id, 0.0, word))
            at += len(token)
            await asyncio.sleep(0.02)

    streaming = asyncio.ensure_future(stream(shown) if shown is not None else asyncio.sleep(0))
    while time.monotonic() < ends_s:
        due_s = time.monotonic() + 0.005
        await asyncio.sleep(0.005)
        lags.append((time.monotonic() - due_s) * 1000)
    await streaming
    if shown is not None:
        shown.close()
    collector.stop()
    return statistics.quantiles(lags, n=1000)[-1]


_CHILD = """
import sys, time
from app.application import make_application
from app.composition import App
from app.first_paint import PaintWatcher
from app.running import run_app

application = make_application(sys.argv)
def no_models(settings, host):
    from engine.errors import AloudError
    raise AloudError("no models are loaded here")
app = App(application, no_models)
watcher = PaintWatcher(lambda: print(time.time(), flush=True))
app.window.installEventFilter(watcher)
run_app(application, app)
"""


def fresh_process() -> tuple[float, float, float]:
    """First paint in ms, then CPU percent and resident MB at rest, of a process without models."""
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "ALOUD_HOME": home}
        started_s = time.time()
        child = subprocess.Popen(
            [sys.executable, "-c", _CHILD], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
        )
        assert child.stdout is not None
        paint_ms = (float(child.stdout.readline()) - started_s) * 1000
        process = psutil.Process(child.pid)
        time.sleep(2.0)
        before = process.cpu_times()
        time.sleep(IDLE_S)
        after = process.cpu_times()
        cpu_s = after.user + after.system - before.user - before.system
        rss_mb = process.memory_info().rss / 1e6
        child.terminate()
        child.wait(10)
    return paint_ms, cpu_s / IDLE_S * 100, rss_mb


def measure(count: int) -> dict[str, float]:
    """All figures, those of the alternative beside ours in the same run."""
    application = make_application(sys.argv[:1])
    loop = qasync.QEventLoop(application)
    asyncio.set_event_loop(loop)
    run: Callable[..., float] = loop.run_until_complete
    figures = {
        "append_ms_empty": run(append_ms(Shown(0), count)),
        "append_ms_long": run(append_ms(Shown(LONG_TURNS), count)),
        "whole_document_ms_empty": run(append_ms(WholeDocument(0), count)),
        "whole_document_ms_long": run(append_ms(WholeDocument(LONG_TURNS), min(count, 20))),
        "thinking_cpu_percent": run(thinking_cpu_percent(Shown(0))),
        "resting_loop_lag_p999_ms": run(loop_lag_p999_ms(None, 5.0)),
        "loop_lag_p999_ms": run(loop_lag_p999_ms(Shown(0), count * 0.02)),
    }
    loop.close()
    paints = [fresh_process() for _ in range(3)]
    figures["first_paint_ms"] = statistics.median(paint for paint, _, _ in paints)
    figures["idle_cpu_percent"] = statistics.median(cpu for _, cpu, _ in paints)
    figures["idle_rss_mb"] = statistics.median(rss for _, _, rss in paints)
    return {name: round(value, 3) for name, value in figures.items()}


def main() -> None:
    """Prints the machine and the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one last line of JSON")
    parser.add_argument("--tokens", type=int, default=TOKENS, help="how many tokens to append")
    options = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    print(f"{platform.platform()}, {os.cpu_count()} CPUs, Python {platform.python_version()}")
    print(f"load before: {os.getloadavg()[0]:.1f}")
    figures = measure(options.tokens)
    for name, value in figures.items():
        print(f"{name:28}{value:10.3f}")
    if options.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
