"""The codec and the golden files agree, in both directions; the page's tests read the same files."""

import json
from typing import Any, get_args

import msgspec
import numpy as np
import pytest

from engine.broadcast import messages as m
from engine.broadcast.packets import MalformedPacket, decode_sound, decode_talk
from tests.golden.examples import (
    CLIENT_MESSAGES,
    FOLDER,
    SERVER_MESSAGES,
    SOUND_PACKETS,
    TALK_PACKETS,
    contents,
)


def read(name: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads((FOLDER / name).read_text("utf-8"))
    return entries


@pytest.mark.parametrize("name", sorted(contents()))
def test_the_codec_writes_what_the_file_holds(name: str) -> None:
    assert read(name) == contents()[name]


def test_every_message_type_has_an_example() -> None:
    examples = {type(message) for message in (*CLIENT_MESSAGES.values(), *SERVER_MESSAGES.values())}
    assert examples == set(get_args(m.ClientMessage)) | set(get_args(m.ServerMessage))


def test_messages_are_read_back() -> None:
    for entry in read("client_messages.json"):
        assert m.decode_client(entry["text"]) == CLIENT_MESSAGES[entry["name"]]
    for entry in read("server_messages.json"):
        assert m.decode_server(entry["text"]) == SERVER_MESSAGES[entry["name"]]


@pytest.mark.parametrize("entry", read("malformed_client_messages.json"), ids=lambda entry: entry["name"])
def test_malformed_messages_are_refused(entry: dict[str, Any]) -> None:
    with pytest.raises(msgspec.MsgspecError):
        m.decode_client(entry["text"])


def test_packets_are_read_back() -> None:
    for entry in read("sound_packets.json"):
        packet, wanted = decode_sound(bytes.fromhex(entry["hex"])), SOUND_PACKETS[entry["name"]]
        for field in ("format", "epoch", "sequence", "offset_samples", "play_at_us"):
            assert getattr(packet, field) == getattr(wanted, field)
        assert np.allclose(packet.samples, wanted.samples, atol=1 / 16_384)
    for entry in read("talk_packets.json"):
        talk, wanted_talk = decode_talk(bytes.fromhex(entry["hex"])), TALK_PACKETS[entry["name"]]
        assert talk.sequence == wanted_talk.sequence
        assert np.allclose(talk.samples, wanted_talk.samples, atol=1 / 16_384)


@pytest.mark.parametrize("entry", read("malformed_talk_packets.json"), ids=lambda entry: entry["name"])
def test_malformed_packets_are_refused(entry: dict[str, Any]) -> None:
    with pytest.raises(MalformedPacket):
        decode_talk(bytes.fromhex(entry["hex"]))


def test_the_reference_names_every_type_and_code() -> None:
    reference = (FOLDER.parents[1] / "docs" / "protocol.md").read_text("utf-8")
    for kind in (*get_args(m.ClientMessage), *get_args(m.ServerMessage)):
        tag = kind.__struct_config__.tag
        assert f"`{tag}`" in reference or f"### {tag}" in reference
        for field in kind.__struct_fields__:
            assert f"`{field}`" in reference
    for code in get_args(m.ErrorCode):
        assert f"| `{code}` |" in reference
