"""Holding Enter against tapping it, told apart by the key's repeats."""

from collections.abc import Callable

import pytest

from engine.cli.held_enter import FIRST_REPEAT_S, NEXT_REPEAT_S, HeldEnter


class Keyboard:
    """A clock that tests move, and what the key's two ends did."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.heard: list[str] = []
        self._due: dict[int, tuple[float, Callable[[], None]]] = {}
        self._calls = 0
        press, release = (lambda: self.heard.append("press")), (lambda: self.heard.append("release"))
        self.enter = HeldEnter(press, release, self.later)

    def later(self, after_s: float, call: Callable[[], None]) -> Callable[[], None]:
        self._calls += 1
        number = self._calls
        self._due[number] = (self.now_s + after_s, call)
        return lambda: self._due.pop(number, None) and None

    def wait(self, duration_s: float) -> None:
        self.now_s += duration_s
        for number, (due_s, call) in sorted(self._due.items()):
            if due_s <= self.now_s:
                del self._due[number]
                call()


@pytest.fixture
def keyboard() -> Keyboard:
    return Keyboard()


def test_a_held_key_listens_until_its_repeats_end(keyboard: Keyboard) -> None:
    keyboard.enter.enter()
    keyboard.wait(FIRST_REPEAT_S * 0.9)
    for _ in range(20):
        keyboard.enter.enter()
        keyboard.wait(0.03)
    assert keyboard.heard == ["press"]
    keyboard.wait(NEXT_REPEAT_S)
    assert keyboard.heard == ["press", "release"]


def test_a_tap_listens_until_the_next_tap(keyboard: Keyboard) -> None:
    keyboard.enter.enter()
    keyboard.wait(5.0)
    assert keyboard.heard == ["press"]
    keyboard.enter.enter()
    assert keyboard.heard == ["press", "release"]


def test_letting_go_twice_releases_once(keyboard: Keyboard) -> None:
    keyboard.enter.enter()
    keyboard.enter.let_go()
    keyboard.enter.let_go()
    assert keyboard.heard == ["press", "release"]
    assert not keyboard.enter.down
