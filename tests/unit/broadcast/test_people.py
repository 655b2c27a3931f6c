"""Owners are told of who is there: at first everybody, then what changes, and never much at a time."""

import asyncio
from collections.abc import Iterator

import msgspec
import pytest

from engine.broadcast import messages as m
from engine.broadcast.people import PAGE, People


def entry(number: int, late_packets: int = 0) -> m.Listener:
    return m.Listener(
        listener=f"{number:08x}", name=f"Guest {number}", role="listener", hushed=False, address="10.0.0.1",
        format="s16le", joined_us=number, dropped_packets=0, late_packets=late_packets, delay_ms=0,
        round_trip_ms=3.12, buffer_ms=600.0, sync_error_ms=0.31,
    )  # fmt: skip


class Owner:
    """What owners and the window were told."""

    def __init__(self) -> None:
        self.told: list[m.Listeners] = []
        self.window: tuple[m.Listener, ...] = ()
        self._news = asyncio.Event()

    def hear(self, _: str, message: m.Listeners) -> None:
        self.told.append(message)
        self._news.set()

    def see(self, everybody: tuple[m.Listener, ...]) -> None:
        self.window = everybody

    async def until(self, count: int) -> None:
        async with asyncio.timeout(20.0):
            while len(self.told) < count:
                self._news.clear()
                await self._news.wait()

    def known(self) -> dict[str, m.Listener]:
        """What an owner who folds the messages knows."""
        entries: dict[str, m.Listener] = {}
        for message in self.told:
            if message.anew:
                entries.clear()
            entries.update({one.listener: one for one in message.listeners})
            for name in message.gone:
                entries.pop(name, None)
        return entries


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("engine.broadcast.people.INTERVAL_S", 0.01)
    return iter([None])


async def test_a_new_owner_is_told_of_everybody_page_by_page() -> None:
    owner, source = Owner(), object()
    people = People(owner.hear, owner.see)
    crowd = [entry(number) for number in range(1_000)]
    people.changed(source, crowd, ())
    people.add_owner("boss")
    await owner.until(-(-1_000 // PAGE))
    assert all(len(message.listeners) <= PAGE for message in owner.told)
    assert max(len(m.encode(message)) for message in owner.told) < 20_000
    assert [message.anew for message in owner.told] == [True] + [False] * (len(owner.told) - 1)
    assert {message.total for message in owner.told} == {1_000}
    assert list(owner.known().values()) == crowd
    assert owner.window == tuple(crowd)


async def test_later_only_what_changed_is_told() -> None:
    owner, source = Owner(), object()
    people = People(owner.hear, owner.see)
    people.add_owner("boss")
    await owner.until(1)
    assert owner.told == [m.Listeners((), (), 0, True)]
    people.changed(source, [entry(1), entry(2), entry(3)], ())
    await owner.until(2)
    people.changed(source, [entry(2, late_packets=5)], ["00000003"])
    await owner.until(3)
    assert owner.told[2] == m.Listeners((entry(2, late_packets=5),), ("00000003",), 2, False)


async def test_one_who_went_elsewhere_is_not_gone() -> None:
    owner, here, there = Owner(), object(), object()
    people = People(owner.hear, owner.see)
    people.changed(here, [entry(1)], ())
    people.changed(there, [entry(1)], ())
    people.changed(here, (), ["00000001"])
    assert owner.window == (entry(1),)
    people.keep(there, {"00000001"})
    assert owner.window == (entry(1),)
    people.keep(there, ())
    assert not owner.window


async def test_who_is_no_owner_is_told_nothing() -> None:
    owner, source = Owner(), object()
    people = People(owner.hear, owner.see)
    people.add_owner("boss")
    people.add_owner("other")
    people.drop_owner("boss")
    people.drop_owner("nobody")
    people.changed(source, [entry(1)], ())
    await owner.until(1)
    assert owner.told == [m.Listeners((entry(1),), (), 1, True)]
    people.drop_owner("other")
    people.changed(source, [msgspec.structs.replace(entry(1), name="Other")], ())
    assert people._timer is None
