"""What is known of each part of the voice, gathered from events. Pure: no Qt."""

from dataclasses import dataclass

from engine.errors import MicrophoneUnavailable, SpeakerUnavailable
from engine.events import (
    BackendState,
    BackendStateChanged,
    Event,
    Failed,
    LevelMeasured,
    ListeningStarted,
    Port,
    SpeechStarted,
)


@dataclass(frozen=True, slots=True)
class Part:
    """What is known of one part."""

    port: Port
    name: str = ""
    state: BackendState = BackendState.OFF
    progress: float | None = None
    detail: str = ""
    remedy: str = ""


def told(event: BackendStateChanged) -> Part:
    """The part as ``event`` tells it."""
    return Part(event.port, event.name, event.state, event.progress, event.detail, event.remedy)


def noticed(event: Event) -> Part | None:
    """What an event that is about something else shows of a device: it is open, or it is not there."""
    match event:
        case ListeningStarted() | LevelMeasured():
            return Part(Port.MICROPHONE, state=BackendState.READY)
        case SpeechStarted():
            return Part(Port.SPEAKER, state=BackendState.READY)
        case Failed(error=MicrophoneUnavailable() as error):
            return Part(Port.MICROPHONE, "", BackendState.FAILED, None, error.message, error.remedy)
        case Failed(error=SpeakerUnavailable() as error):
            return Part(Port.SPEAKER, "", BackendState.FAILED, None, error.message, error.remedy)
        case _:
            return None


LOADED = (Port.TRANSCRIBER, Port.LANGUAGE_MODEL, Port.SYNTHESIZER)
"""The parts without which there is no conversation; devices open when they are used."""


class Parts:
    """Every part as it is now, gathered from events."""

    def __init__(self) -> None:
        self._parts: dict[Port, Part] = {}
        self._serving: dict[Port, Part] = {}

    def tell(self, event: Event) -> Part | None:
        """Takes any event; the part that is not as it was before, if one is."""
        if not isinstance(event, BackendStateChanged):
            part = noticed(event)
            return self.put(part) if part is not None else None
        part = told(event)
        former = self._serving.get(part.port)
        if part.state is BackendState.READY:
            self._serving[part.port] = part
        elif part.state is BackendState.OFF:
            # A former backend goes once its successor serves; a successor that failed leaves the former.
            part = former or part
        elif former is not None and former.name == part.name:
            del self._serving[part.port]
        return self.put(part)

    def put(self, part: Part) -> Part | None:
        """Sets a part; returns it unless it was so before."""
        if self._parts.get(part.port) == part:
            return None
        self._parts[part.port] = part
        return part

    def give_up(self) -> None:
        """There will be no conversation: what would answer has failed."""
        self.put(Part(Port.LANGUAGE_MODEL, state=BackendState.FAILED))

    @property
    def failed(self) -> bool:
        """Whether any of them does not work."""
        return any(part.state is BackendState.FAILED for part in self._parts.values())

    @property
    def ready(self) -> bool:
        """Whether a question would be answered now, if perhaps by a backend that is about to be replaced."""
        return all(
            port in self._serving or self._parts.get(port, Part(port)).state is BackendState.READY
            for port in LOADED
        )

    @property
    def all_loaded(self) -> bool:
        """Whether nothing is loading any more, and nothing has failed."""
        return not self.failed and all(
            self._parts.get(port, Part(port)).state is BackendState.READY for port in LOADED
        )

    @property
    def progress(self) -> float | None:
        """How far what is still loading has come, in [0, 1]; None where it can't be told."""
        known = [
            part.progress
            for part in self._parts.values()
            if part.state is BackendState.LOADING and part.progress is not None
        ]
        return sum(known) / len(known) if known else None
