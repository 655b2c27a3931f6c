"""What a conversation is told by the settings, beside its backends."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class VoiceChoice:
    """Which voice speaks ("" for the backend's default), how fast (1.0 is natural), what it leaves out.

    Several voices joined by "+" take turns in one reply.
    """

    voice: str = ""
    speed: float = 1.0
    unspoken: tuple[str, ...] = ()

    @property
    def speakers(self) -> int:
        """How many voices there are."""
        return self.voice.count("+") + 1


@dataclass(frozen=True, slots=True)
class Choices:
    """Replaceable between turns. ``language`` is that of the replies, as far as speaking goes."""

    system_prompt: str = ""
    voice: VoiceChoice = field(default_factory=VoiceChoice)
    language: str = "en"
    muted: bool = False
    partials: bool = True
    longest_utterance_s: float = 120.0
