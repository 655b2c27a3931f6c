"""A process that has spoken, or still loads, ends without an abort, many times over.

Without ``mx.clear_streams`` on the model's thread, MLX 0.32 aborted at about one exit in ten; with the
thread still at work, at every one.
"""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from engine.paths import settings_file
from engine.settings import Settings, Voice, save
from tests.child import child
from tests.fakes.mlx_thread import PATIENCE_S, hub_in

EXITS = 40
AT_ONCE = 2
ABORTS = ("abort", "terminate", "Fatal", "Traceback", "Segmentation")
"""What a bad end says on standard error, where a library may also warn of something."""

pytestmark = pytest.mark.may_take(PATIENCE_S)

PROGRAM = """
import sys, threading
from pathlib import Path
from engine.tts.kyutai.synthesizer import KyutaiSynthesizer
from tests.fakes.words import feed_of

def live():
    voice = KyutaiSynthesizer(Path(sys.argv[1]), codebooks=4)
    speech = voice.speak(feed_of("One two three."))
    for _ in zip(range(int(sys.argv[2])), speech):
        pass
    speech.close()
    voice.close()

thread = threading.Thread(target=live)
thread.start()
thread.join()
print("ended")
"""

LOADING = """
import signal, sys
import engine.cli, engine.supervise
from engine.supervise import Supervisor
from engine.tts.kyutai import loader

def load_for_ever(path):
    import mlx.core as mx
    print("loading", flush=True)
    while True:
        mx.eval(mx.random.normal((64, 64)) @ mx.ones((64, 64)))

async def close(supervisor, _close=Supervisor.close):
    print("leaving", flush=True)
    await _close(supervisor)

signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background may be born without it
loader._load_tokenizer = load_for_ever
Supervisor.close = close
engine.supervise.LEAVING_WAIT_S = float(sys.argv.pop(1))
raise SystemExit(engine.cli.main())
"""


def test_forty_exits_are_clean(tmp_path: Path) -> None:
    hub = hub_in(tmp_path / "hub")

    def exits(number: int) -> tuple[int, str, list[str]]:
        """Each is interrupted at another step, the device perhaps still at work."""
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(hub), str(number % 24)],
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
            env=os.environ,
        )
        return done.returncode, done.stdout, [word for word in ABORTS if word in done.stderr]

    with ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = list(pool.map(exits, range(EXITS)))
    assert outcomes == [(0, "ended\n", [])] * EXITS


@pytest.mark.parametrize(("waits_s", "interrupts"), [(0.1, 1), (PATIENCE_S, 2)])
def test_control_c_while_a_load_hangs_ends_the_command_at_once(
    tmp_path: Path, waits_s: float, interrupts: int
) -> None:
    """Once it gave up waiting by itself, and once it was told a second time."""
    hub = hub_in(tmp_path / "hub")
    voice = Voice(engine="kyutai", kyutai_folder=str(hub), kyutai_codebooks=8)
    save(settings_file(), Settings(voice=voice))
    command = ["say", "Hello.", "--out", str(tmp_path / "hello.wav")]
    with child(
        [sys.executable, "-c", LOADING, str(waits_s), *command],
        stderr=subprocess.PIPE,
        longest_s=PATIENCE_S / 2,
    ) as program:
        assert program.stdout is not None
        for sign in ("loading", "leaving")[:interrupts]:
            assert program.stdout.readline() == sign + "\n"
            program.send_signal(signal.SIGINT)
        _, errors = program.communicate(timeout=PATIENCE_S)
    assert (program.returncode, [word for word in ABORTS if word in errors]) == (130, [])
