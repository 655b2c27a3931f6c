"""The bus: order, undo, and a subscriber that fails."""

from pytest import LogCaptureFixture

from engine.bus import Bus
from engine.events import NO_TURN, Event, LevelMeasured

EVENT = LevelMeasured(NO_TURN, 0.0, -30.0)


def test_every_subscriber_hears_in_order() -> None:
    bus, heard = Bus(), list[str]()
    bus.subscribe(lambda event: heard.append("first"))
    bus.subscribe(lambda event: heard.append("second"))
    bus.publish(EVENT)
    assert heard == ["first", "second"]


def test_a_failing_subscriber_is_logged_and_the_others_still_hear(caplog: LogCaptureFixture) -> None:
    bus, heard = Bus(), list[Event]()

    def fail(event: Event) -> None:
        raise RuntimeError("broken view")

    bus.subscribe(fail)
    bus.subscribe(heard.append)
    bus.publish(EVENT)
    assert heard == [EVENT]
    assert "LevelMeasured" in caplog.text


def test_subscribe_returns_its_own_undo() -> None:
    bus, heard = Bus(), list[Event]()
    undo_first = bus.subscribe(heard.append)
    bus.subscribe(heard.append)
    undo_first()
    undo_first()
    bus.publish(EVENT)
    assert heard == [EVENT]


def test_a_subscriber_may_leave_while_it_is_called() -> None:
    bus, heard = Bus(), list[Event]()
    undo = bus.subscribe(lambda event: undo())
    bus.subscribe(heard.append)
    bus.publish(EVENT)
    bus.publish(EVENT)
    assert len(heard) == 2
