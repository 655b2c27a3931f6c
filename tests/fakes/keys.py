"""A keyboard that the test types on."""

from app.hotkey.chord import Chord, parse
from app.hotkey.ports import ChordTaken, Told, Undo


class FakeKeys:
    """Keeps ``Keys``: ``press`` and ``release`` are what a person would do."""

    def __init__(self) -> None:
        self.grabbed: dict[Chord, tuple[Told, Told]] = {}
        self.taken_by_others: set[Chord] = set()
        self.down: set[Chord] = set()
        self.grabs = 0
        self.closed = False

    def grab(self, chord: Chord, pressed: Told, released: Told) -> Undo:
        if chord in self.taken_by_others or chord in self.grabbed:
            raise ChordTaken("taken", "Choose another.")
        self.grabs += 1
        told = (pressed, released)
        self.grabbed[chord] = told

        def undo() -> None:
            if self.grabbed.get(chord) is told:
                del self.grabbed[chord]

        return undo

    def is_down(self, chord: Chord) -> bool | None:
        return chord in self.down

    def close(self) -> None:
        self.grabbed.clear()
        self.closed = True

    def press(self, text: str) -> None:
        chord = parse(text)
        self.down.add(chord)
        if chord in self.grabbed:
            self.grabbed[chord][0]()

    def release(self, text: str) -> None:
        chord = parse(text)
        self.down.discard(chord)
        if chord in self.grabbed:
            self.grabbed[chord][1]()


class FakeModifierKeys:
    """Keeps ``ModifierKeys``."""

    def __init__(self, *, allowed: bool = True) -> None:
        self.allowed_now = allowed
        self.asked = 0
        self.watched: dict[str, tuple[Told, Told, Told]] = {}

    def allowed(self) -> bool:
        return self.allowed_now

    def ask(self) -> None:
        self.asked += 1

    def watch(self, name: str, pressed: Told, released: Told, spoiled: Told) -> Undo:
        if not self.allowed_now:
            raise ChordTaken("not allowed", "Allow it.")
        self.watched[name] = (pressed, released, spoiled)
        return lambda: self.watched.pop(name, None) and None
