"""What is said and what happens in the pictures: texts, and a script that tells a bridge of it."""

from dataclasses import dataclass

from app.bridge import Bridge
from engine.events import (
    NO_TURN,
    BackendState,
    BackendStateChanged,
    Event,
    ListeningStarted,
    Outcome,
    Port,
    ReplyDelta,
    SpeechStarted,
    TranscriptReady,
    TurnEnded,
    UtteranceCaptured,
    WordSpoken,
)
from engine.pcm import SpokenWord
from engine.units import TurnId

RAINBOW = """Sunlight looks white, but it is **a mix of every colour**. When it enters a raindrop it \
bends, and each colour bends by a slightly different angle.

1. The light slows down and *bends* as it goes into the drop.
2. It reflects off the back of it.
3. It bends again on the way out: red leaves at about 42°, violet at about 40°.

So red always ends up on the outside."""

SNELL = """Snell's law gives the angle after the bend:

```python
from math import asin, degrees, radians, sin


def bend(angle: float, index: float = 1.333) -> float:
    \"\"\"The angle inside the water, in degrees.\"\"\"
    return degrees(asin(sin(radians(angle)) / index))
```

Call `bend(60)` and you get about **40.5°**. The [full derivation](https://example.org) is short."""

MOON = """Yes, a *moonbow*. It works just like a rainbow, but the light comes from the Moon, so it is \
faint and looks white to most eyes. A long exposure shows its colours."""


@dataclass
class Script:
    """Tells a bridge what happens in a conversation."""

    bridge: Bridge
    turn_id: int = 0
    now_s: float = 100.0

    def tell(self, *events: Event) -> None:
        """Tells events as they are."""
        for event in events:
            self.bridge.tell(event)

    def part(
        self, port: Port, state: BackendState, name: str = "", progress: float | None = None, detail: str = ""
    ) -> None:
        """How a part is doing."""
        self.tell(BackendStateChanged(NO_TURN, self.now_s, port, name, state, progress, detail))

    def ready(self, brain: str = "gpt-4o-mini") -> None:
        """Every part is ready."""
        self.part(Port.TRANSCRIBER, BackendState.READY, "Parakeet v3")
        self.part(Port.LANGUAGE_MODEL, BackendState.READY, brain)
        self.part(Port.SYNTHESIZER, BackendState.READY, "Kyutai 1.6B")
        self.part(Port.MICROPHONE, BackendState.READY, "Built-in")
        self.part(Port.SPEAKER, BackendState.READY, "Built-in")

    def ask(self, question: str, reply: str = "") -> TurnId:
        """A spoken question that has been understood, and what has been written so far."""
        self.turn_id += 1
        turn_id, now_s = TurnId(self.turn_id), self.now_s
        self.tell(
            ListeningStarted(turn_id, now_s - 2.0),
            UtteranceCaptured(turn_id, now_s, now_s, 2.0),
            TranscriptReady(turn_id, now_s + 0.061, question),
        )
        if reply:
            self.tell(ReplyDelta(turn_id, now_s + 0.34, reply))
        return turn_id

    def answer(self, question: str, reply: str, heard: str = "") -> None:
        """A whole turn; with ``heard`` one that was interrupted after it."""
        turn_id, now_s = self.ask(question, reply), self.now_s
        outcome = Outcome.INTERRUPTED if heard else Outcome.COMPLETED
        self.tell(
            SpeechStarted(turn_id, now_s + 0.51, now_s + 0.49),
            TurnEnded(turn_id, now_s + 6, outcome, question, reply, heard or reply),
        )

    def speak(self, turn_id: TurnId, reply: str, word: str) -> None:
        """The voice has come to ``word``."""
        start = reply.index(word)
        self.tell(
            SpeechStarted(turn_id, self.now_s + 0.51, self.now_s + 0.49),
            WordSpoken(turn_id, self.now_s + 1, SpokenWord(word, 0, start, start + len(word))),
        )
