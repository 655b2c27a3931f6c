"""The session machine: whatever a client sends, it never raises, and at worst asks for a close."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from engine.broadcast import messages as m
from engine.broadcast.effects import Admit, Close, Do, Effect, Send, Talk
from engine.broadcast.legacy import LegacyError
from engine.broadcast.packets import TalkPacket, encode_talk
from engine.broadcast.session import ClientSession
from engine.units import HEARING_RATE_HZ
from tests.golden.examples import CLIENT_MESSAGES, MALFORMED_CLIENT_TEXTS, MALFORMED_PACKETS_HEX


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def session(clock: Clock | None = None, *, legacy: bool = False) -> ClientSession:
    return ClientSession(legacy=legacy, now_us=lambda: 5_000_000, clock=clock or Clock())


def joined(role: m.RoleName, clock: Clock | None = None) -> ClientSession:
    machine = session(clock)
    assert machine.receive_text(m.encode(m.Hello(token="x"))) == [Admit(m.Hello(token="x"))]
    machine.admit(role)
    return machine


def code(effects: list[Effect]) -> str:
    first = effects[0]
    assert isinstance(first, Send) and isinstance(first.message, m.Error)
    return first.message.code


def block(sequence: int, samples: int = 1_600) -> bytes:
    return encode_talk(TalkPacket(sequence, np.full(samples, 0.5, np.float32)))


def test_hello_comes_first_and_once() -> None:
    machine = session()
    assert code(machine.receive_text(m.encode(m.Probe(1, 1)))) == "hello_first"
    assert code(machine.receive_binary(block(0))) == "hello_first"
    machine.receive_text(m.encode(m.Hello()))
    assert code(machine.receive_text(m.encode(m.Hello()))) == "hello_twice"
    assert machine.closed


def test_a_refused_client_is_told_and_closed() -> None:
    machine = session()
    machine.receive_text(m.encode(m.Hello()))
    refusal = machine.refuse()
    assert code(refusal) == "unauthorised"
    assert refusal[1] == Close(4401, "unauthorised")
    assert machine.receive_text(m.encode(m.Stop())) == []


def test_a_probe_is_answered_with_the_server_clock() -> None:
    reply = joined("listener").receive_text(m.encode(m.Probe(9, 77)))
    assert reply == [Send(m.ProbeReply(9, 77, 5_000_000, 5_000_000))]


@pytest.mark.parametrize("role", ["listener", "typist", "talker", "owner"])
@pytest.mark.parametrize("name", [name for name in CLIENT_MESSAGES if not name.startswith("hello")])
def test_a_role_gets_what_the_reference_says(role: m.RoleName, name: str) -> None:
    rights = {"listener": {"probe", "format", "report"}}
    rights["typist"] = rights["listener"] | {"ask", "stop"}
    rights["talker"] = rights["typist"] | {"press", "release"}
    rights["owner"] = rights["talker"] | {"mute", "invite", "promote", "hush", "remove"}
    effects = joined(role).receive_text(m.encode(CLIENT_MESSAGES[name]))
    refused = bool(effects) and isinstance(effects[0], Send) and isinstance(effects[0].message, m.Error)
    assert refused == (name not in rights[role])


def test_three_faults_close() -> None:
    machine = joined("owner")
    for _ in range(2):
        assert len(machine.receive_text("{}")) == 1
    effects = machine.receive_binary(b"")
    assert code(effects) == "malformed"
    assert effects[1] == Close(1008, "three faults")
    assert machine.receive_binary(block(0)) == []


@pytest.mark.parametrize("text", MALFORMED_CLIENT_TEXTS.values())
def test_malformed_text_is_a_fault(text: str) -> None:
    assert code(joined("owner").receive_text(text)) == "malformed"


@pytest.mark.parametrize("data", MALFORMED_PACKETS_HEX.values())
def test_a_malformed_packet_is_a_fault(data: str) -> None:
    assert code(joined("talker").receive_binary(bytes.fromhex(data))) == "malformed"


def test_questions_are_limited_and_then_allowed_again() -> None:
    clock = Clock()
    machine = joined("typist", clock)
    asked = [machine.receive_text(m.encode(m.Ask("?"))) for _ in range(4)]
    assert asked[:3] == [[Do(m.Ask("?"))]] * 3
    assert isinstance(asked[3][0], Send) and isinstance(asked[3][0].message, m.Error)
    assert asked[3][0].message.retry_after_s == pytest.approx(6.0)
    clock.now_s += 6.0
    assert machine.receive_text(m.encode(m.Ask("?"))) == [Do(m.Ask("?"))]
    assert not machine.closed


def test_too_many_bytes_close() -> None:
    machine = joined("talker")
    machine.give_floor()
    effects: list[Effect] = []
    sequence = 0
    while not any(isinstance(effect, Close) for effect in effects):
        effects = machine.receive_binary(block(sequence, 16_000))
        sequence += 1
    assert effects == [Close(1008, "too many messages")]
    assert 1024 * 1024 - 32_008 < sequence * 32_008 < 1024 * 1024 + 32_008


def test_talk_needs_the_floor_and_ends_after_a_minute() -> None:
    clock = Clock()
    machine = joined("talker", clock)
    assert machine.receive_binary(block(0)) == []
    machine.give_floor()
    heard = 0
    for sequence in range(599):
        clock.now_s += 0.1
        (effect,) = machine.receive_binary(block(sequence))
        assert isinstance(effect, Talk)
        heard += len(effect.samples)
    clock.now_s += 0.1
    last, release, error = machine.receive_binary(block(599, 3_200))
    assert isinstance(last, Talk)
    assert heard + len(last.samples) == 60 * HEARING_RATE_HZ
    assert release == Do(m.Release())
    assert code([error]) == "talk_too_long"
    assert machine.receive_binary(block(600)) == []
    assert machine.receive_text(m.encode(m.Release())) == []


def test_talk_out_of_order_is_a_fault() -> None:
    machine = joined("talker")
    machine.give_floor()
    machine.receive_binary(block(4))
    assert code(machine.receive_binary(block(4))) == "malformed"


@pytest.mark.parametrize("stood_still_s", [1, 6, 10, 25])
def test_a_talker_whose_network_stood_still_is_heard_to_the_end(stood_still_s: int) -> None:
    clock = Clock()
    machine = joined("talker", clock)
    machine.give_floor()
    clock.now_s += stood_still_s
    for sequence in range(20 * stood_still_s):
        (effect,) = machine.receive_binary(block(sequence, 800))
        assert isinstance(effect, Talk)


def test_a_client_talks_two_minutes_at_once_and_half_of_the_time_after_that() -> None:
    clock = Clock()
    machine = joined("talker", clock)
    talked_s, effects = 0.0, list[Effect]()
    while not effects:
        machine.give_floor()
        for sequence in range(110):  # 55 s, and at once the next
            clock.now_s += 0.5
            received = machine.receive_binary(block(sequence, 8_000))
            if not isinstance(received[0], Talk):
                effects = received
                break
            talked_s += 0.5
    assert 235.0 <= talked_s <= 245.0
    assert effects[0] == Do(m.Release())  # what was said is answered
    assert code(effects[1:]) == "rate_limited"
    assert machine.receive_binary(block(999, 800)) == []
    assert code(machine.receive_text(m.encode(m.Press()))) == "rate_limited"
    clock.now_s += 10.0
    assert machine.receive_text(m.encode(m.Press())) == [Do(m.Press())]


def test_the_original_protocol_asks_and_answers_in_its_own_words() -> None:
    machine = session(legacy=True)
    assert machine.receive_text('{"type":"chat","prompt":"Hi","extra":1}') == [Do(m.Ask("Hi"))]
    (refused,) = machine.receive_text('{"type":"stop"}')
    assert isinstance(refused, Send) and isinstance(refused.message, LegacyError)
    machine.receive_binary(block(0))
    assert machine.receive_text("")[-1] == Close(1008, "three faults")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
known = st.sampled_from(sorted({m.encode(message).decode() for message in CLIENT_MESSAGES.values()}))


@st.composite
def near_misses(draw: st.DrawFn) -> str:
    """A known message with a field taken away, added or given another value."""
    message = json.loads(draw(known))
    name = draw(st.sampled_from([*message, "extra"]))
    if draw(st.booleans()):
        message.pop(name, None)
    else:
        message[name] = draw(json_values)
    return json.dumps(message)


texts = st.text(max_size=300) | known | near_misses() | json_values.map(json.dumps)
packets = st.binary(max_size=300) | st.builds(
    lambda head, body: head + body, st.sampled_from([block(0, 0), block(3, 4)]), st.binary(max_size=64)
)


class AnythingMayCome(RuleBasedStateMachine):
    """Text, bytes, time and the server's own decisions in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.machine = session(self.clock)
        self.was_closed = False
        self.faults = 0

    def check(self, effects: list[Effect]) -> None:
        assert not (self.was_closed and effects), "it speaks after its end"
        for effect in effects:
            assert not self.was_closed
            if isinstance(effect, Close):
                self.was_closed = True
            elif isinstance(effect, Do | Talk):
                assert self.machine.admitted
            elif isinstance(effect, Send) and isinstance(effect.message, m.Error):
                self.faults += effect.message.code in ("malformed", "hello_first", "hello_twice", "forbidden")

    @rule(text=texts)
    def a_text(self, text: str) -> None:
        effects = self.machine.receive_text(text)
        self.check(effects)
        if any(isinstance(effect, Admit) for effect in effects):
            self.machine.admit("talker")

    @rule(data=packets)
    def a_packet(self, data: bytes) -> None:
        self.check(self.machine.receive_binary(data))

    @rule(seconds=st.floats(0, 100))
    def time_passes(self, seconds: float) -> None:
        self.clock.now_s += seconds

    @rule(given=st.booleans())
    def the_floor_moves(self, given: bool) -> None:
        (self.machine.give_floor if given else self.machine.take_floor)()

    @rule(role=st.sampled_from(["listener", "typist", "talker", "owner"]))
    def the_role_changes(self, role: m.RoleName) -> None:
        self.machine.role = role

    @invariant()
    def three_faults_are_the_end(self) -> None:
        assert self.faults <= 3
        assert self.machine.closed == self.was_closed
        assert self.was_closed or self.faults < 3


TestAnythingMayCome = AnythingMayCome.TestCase
TestAnythingMayCome.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


@given(st.lists(texts | packets, max_size=12))
@settings(max_examples=100, deadline=None)
def test_the_original_protocol_survives_anything(inputs: list[str | bytes]) -> None:
    machine = session(legacy=True)
    for data in inputs:
        closed = machine.closed
        effects = machine.receive_text(data) if isinstance(data, str) else machine.receive_binary(data)
        assert not (closed and effects)
