"""A process that has spoken ends without an abort, many times over.

Without ``mx.clear_streams`` on the model's thread, MLX 0.32 aborted at about one exit in ten.
"""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.fakes.mlx_thread import hub_in

EXITS = 40
AT_ONCE = 4

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


def test_forty_exits_are_clean(tmp_path: Path) -> None:
    hub = hub_in(tmp_path / "hub")

    def exits(number: int) -> tuple[int, str, str]:
        """Each is interrupted at another step, the device perhaps still at work."""
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(hub), str(number % 24)],
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
            env=os.environ,
        )
        return done.returncode, done.stdout, done.stderr

    with ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = list(pool.map(exits, range(EXITS)))
    assert outcomes == [(0, "ended\n", "")] * EXITS
