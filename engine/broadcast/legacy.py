"""The original protocol, for clients that offer no subprotocol: see ``docs/protocol.md``."""

from typing import Annotated, Final

from msgspec import Meta, Struct
from msgspec.json import Decoder, Encoder

from engine.broadcast.messages import Completed, Delta, Ended, Failed, RoomMessage
from engine.units import SPEECH_RATE_HZ


class AudioFormat(Struct, frozen=True, rename="camel"):
    """How the bare samples of the binary messages are to be read."""

    format: str = "f32le"
    sample_rate: int = SPEECH_RATE_HZ
    channels: int = 1
    bit_depth: int = 32


class Connected(Struct, frozen=True, tag="connected", rename="camel"):
    """The first message."""

    message: str
    client_id: str
    audio_format: AudioFormat = AudioFormat()


class Chat(Struct, frozen=True, tag="chat"):
    """A question. What else the object holds is ignored: the original never said what it may hold."""

    prompt: Annotated[str, Meta(min_length=1)]


class TextChunk(Struct, frozen=True, tag="text_chunk"):
    """A fragment of the reply."""

    text: str


class TextComplete(Struct, frozen=True, tag="text_complete"):
    """The reply's text is whole, or was interrupted."""


class LegacyError(Struct, frozen=True, tag="error"):
    """Something went wrong."""

    message: str


LegacyMessage = Connected | TextChunk | TextComplete | LegacyError

_decoder: Final[Decoder[Chat]] = Decoder(Chat)
_encoder: Final = Encoder()


def encode_legacy(message: LegacyMessage | Chat) -> bytes:
    """The message as UTF-8 JSON."""
    return _encoder.encode(message)


def decode_chat(text: str | bytes) -> Chat:
    """A client's question. Raises ``msgspec.MsgspecError`` or ``UnicodeError`` for anything else."""
    return _decoder.decode(text)


class LegacyView:
    """The room's messages as the original protocol tells them."""

    def __init__(self) -> None:
        self._open_turn: int | None = None  # whose text was begun and not completed

    def of(self, message: RoomMessage) -> LegacyMessage | None:
        """What a client is sent for ``message``, or None for what the protocol does not tell."""
        match message:
            case Delta():
                self._open_turn = message.turn
                return TextChunk(message.text)
            case Completed():
                self._open_turn = None
                return TextComplete()
            case Ended() if self._open_turn == message.turn:
                self._open_turn = None
                return TextComplete()
            case Failed():
                return LegacyError(f"{message.message} {message.remedy}".strip())
            case _:
                return None
