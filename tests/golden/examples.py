"""The examples behind the golden files, and ``python -m tests.golden.examples`` to write them anew."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from msgspec.structs import replace

from engine.broadcast import messages as m
from engine.broadcast.packets import SoundPacket, TalkPacket, encode_sound, encode_talk

FOLDER = Path(__file__).parent

LIMITS = m.Limits(text_bytes=2048, texts_per_minute=10, talk_s=60)
ENDED_TURN = m.TurnSnapshot(
    turn=6,
    question="How high is Mont Blanc?",
    typed=True,
    reply="Mont Blanc is **4,806 m** high. It is the highest peak of the Alps.",
    complete=True,
    heard="Mont Blanc is **4,806 m** high.",
    outcome="interrupted",
)
LIVE_TURN = m.TurnSnapshot(
    turn=7,
    question="And the Zugspitze?",
    reply="It is 2,962 m",
    words=(m.Word("It", 0, 2, 81_000_000), m.Word("is", 3, 5, 81_240_000)),
)
SNAPSHOT = m.Snapshot(
    room="f3b1c2d4",
    state="speaking",
    turn=7,
    partial="",
    muted=False,
    talker="",
    talker_name="",
    earlier_turns=5,
    turns=(ENDED_TURN, LIVE_TURN),
    backends=(
        m.BackendSnapshot("synthesizer", "ready"),
        m.BackendSnapshot("language model", "loading", 0.25),
    ),
)

CLIENT_MESSAGES: dict[str, m.ClientMessage] = {
    "hello with a join token": m.Hello(token="tW0nC7oR1vB2xZ9qL4kJ6hG8fD3sA5pY", name="Kitchen phone"),
    "hello with a session": m.Hello(session="Zq3mT8yN2wK7bV5cX1rP9jH4gF6dS0aL", format="f32le", delay_ms=-99),
    "probe": m.Probe(1, 512_000_250),
    "ask": m.Ask("Wie spät ist es? 🙂"),
    "press": m.Press(),
    "release": m.Release(),
    "stop": m.Stop(),
    "mute": m.Mute(True),
    "format": m.SetFormat("none"),
    "report": m.Report(120, 4.5, 612.0, 0.4, 3),
    "invite": m.Invite("talker"),
    "promote": m.Promote("k3f9a0b1", "typist"),
    "hush": m.Hush("k3f9a0b1", True),
    "remove": m.Remove("k3f9a0b1"),
}

SERVER_MESSAGES: dict[str, m.ServerMessage] = {
    "welcome": m.Welcome(
        listener="k3f9a0b1",
        role="talker",
        hushed=False,
        session="Zq3mT8yN2wK7bV5cX1rP9jH4gF6dS0aL",
        name="Kitchen phone",
        format="s16le",
        rate_hz=24_000,
        lead_ms=300,
        mode="personal",
        server_us=80_500_000,
        limits=LIMITS,
        snapshot=SNAPSHOT,
    ),
    "probe": m.ProbeReply(1, 512_000_250, 80_600_000, 80_600_040),
    "state": m.State(7, "listening", 80_700_000),
    "state idle": m.State(7, "idle", 85_000_000),
    "partial": m.Partial(7, "And the Zug"),
    "transcript": m.Transcript(7, "And the Zugspitze?", False),
    "delta": m.Delta(7, " high"),
    "completed": m.Completed(7, "It is 2,962 m high."),
    "words": m.Words(7, (m.Word("It", 0, 2, 81_000_000), m.Word("is", 3, 5, 81_240_000))),
    "cut": m.Cut(7, 82_000_000),
    "ended": m.Ended(7, "interrupted", "And the Zugspitze?", "It is 2,962 m high.", "It is"),
    "failed": m.Failed(7, "The language model can't be reached.", "Check the network."),
    "talker": m.Talker("k3f9a0b1", "Kitchen phone"),
    "talker nobody": m.Talker("", ""),
    "muted": m.Muted(True),
    "backend": m.Backend("synthesizer", "loading", 0.5),
    "listeners": m.Listeners(
        (
            m.Listener(
                "k3f9a0b1",
                "Kitchen phone",
                "talker",
                True,
                "192.168.1.20",
                "s16le",
                79_500_000,
                2,
                3,
                120,
                4.5,
                612.0,
                0.4,
            ),
        ),
        gone=("a1b2c3d4",),
        total=3,
        anew=False,
    ),
    "role": m.RoleChanged("typist"),
    "hushed": m.Hushed(True),
    "invited": m.Invited("tW0nC7oR1vB2xZ9qL4kJ6hG8fD3sA5pY", "talker", 600),
    "snapshot after the last turn was taken back": m.Resync(
        replace(SNAPSHOT, state="idle", earlier_turns=0, turns=(ENDED_TURN,))
    ),
    "snapshot": m.Resync(SNAPSHOT),
    "error": m.Error("rate_limited", "Too many questions; wait a little.", 4.5),
}

RAMP = np.array([0.0, 0.5, -0.5, 1.0, -1.0], np.float32)
SOUND_PACKETS: dict[str, SoundPacket] = {
    "s16le": SoundPacket("s16le", 7, 0, 0, 81_000_000, RAMP),
    "s16le second": SoundPacket("s16le", 7, 1, 5, 81_000_208, RAMP[:2]),
    "f32le": SoundPacket("f32le", 4_294_967_295, 4_294_967_295, 4_294_967_295, 2**53 - 1, RAMP),
    "s16le empty": SoundPacket("s16le", 8, 12, 23_040, 90_000_000, RAMP[:0]),
}
TALK_PACKETS: dict[str, TalkPacket] = {
    "talk": TalkPacket(0, RAMP),
    "talk later": TalkPacket(41, RAMP[1:2]),
}
MALFORMED_CLIENT_TEXTS = {
    "not JSON": "hello",
    "no type": '{"token":"x"}',
    "unknown type": '{"type":"shout"}',
    "unknown field": '{"type":"stop","now":true}',
    "wrong type of value": '{"type":"mute","muted":"yes"}',
    "out of range": '{"type":"hello","delay_ms":99999}',
    "empty question": '{"type":"ask","text":""}',
    "a server's message": '{"type":"cut","turn":1,"at_us":1}',
    "an array": "[]",
}
MALFORMED_PACKETS_HEX = {
    "empty": "",
    "shorter than its header": "0201",
    "unknown type": "0901000000000000",
    "unknown format": "0209000000000000",
    "unknown flag": "0201010000000000",
    "half a sample": "02010000000000007f",
}


def sound_entry(name: str, packet: SoundPacket) -> dict[str, Any]:
    """A sound packet as the golden file has it: its bytes in hex and what they mean."""
    return {
        "name": name,
        "hex": encode_sound(packet).hex(),
        "format": packet.format,
        "epoch": packet.epoch,
        "sequence": packet.sequence,
        "offset_samples": packet.offset_samples,
        "play_at_us": packet.play_at_us,
        "samples": [float(sample) for sample in packet.samples],
    }


def contents() -> dict[str, Any]:
    """What each golden file holds."""
    return {
        "client_messages.json": [
            {"name": name, "text": m.encode(message).decode()} for name, message in CLIENT_MESSAGES.items()
        ],
        "server_messages.json": [
            {"name": name, "text": m.encode(message).decode()} for name, message in SERVER_MESSAGES.items()
        ],
        "malformed_client_messages.json": [
            {"name": name, "text": text} for name, text in MALFORMED_CLIENT_TEXTS.items()
        ],
        "sound_packets.json": [sound_entry(name, packet) for name, packet in SOUND_PACKETS.items()],
        "talk_packets.json": [
            {
                "name": name,
                "hex": encode_talk(packet).hex(),
                "sequence": packet.sequence,
                "samples": [float(sample) for sample in packet.samples],
            }
            for name, packet in TALK_PACKETS.items()
        ],
        "malformed_talk_packets.json": [
            {"name": name, "hex": data} for name, data in MALFORMED_PACKETS_HEX.items()
        ],
    }


if __name__ == "__main__":
    for file_name, content in contents().items():
        (FOLDER / file_name).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")
