"""The fuzz target runs, and would notice a fault."""

import random

import pytest

from engine.broadcast.session import ClientSession
from tests.fuzz.broadcast import mutated, one_input, seeds


def test_two_thousand_mutated_connections_raise_nothing() -> None:
    dice, records = random.Random(7), seeds()
    for _ in range(2_000):
        one_input(mutated(dice, records))


def test_a_fault_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: ClientSession, data: bytes) -> list[object]:
        raise IndexError

    monkeypatch.setattr(ClientSession, "receive_binary", broken)
    dice, records = random.Random(7), seeds()
    with pytest.raises(IndexError):
        for _ in range(100):
            one_input(mutated(dice, records))
