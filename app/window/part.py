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


def summary(parts: dict[Port, Part]) -> tuple[BackendState, float | None]:
    """The state that matters most of all, and the progress of what is still loading."""
    states = [part.state for part in parts.values()]
    for state in (BackendState.FAILED, BackendState.RESTARTING, BackendState.LOADING):
        if state in states:
            known = [part.progress for part in parts.values() if part.state is state]
            told_of = [value for value in known if value is not None]
            return state, sum(told_of) / len(told_of) if told_of else None
    return (BackendState.READY if BackendState.READY in states else BackendState.OFF), None
