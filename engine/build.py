"""Composition: settings in, a ready conversation out.

Nothing heavy is imported or loaded here; that happens on the workers' threads after
``Conversation.start``. ``apply`` changes a running conversation to new settings, exchanging only the
backends that the change concerns.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from engine.audio.capture import Capture
from engine.audio.open import open_sink, open_source
from engine.audio.playout import Playout
from engine.audio.speech_detector import SpeechDetector
from engine.bus import Bus
from engine.choices import Choices, VoiceChoice
from engine.context import DEMO_SYSTEM_PROMPT, SPEAKERS_PROMPT, SYSTEM_PROMPT
from engine.conversation import Conversation
from engine.errors import AloudError
from engine.events import NO_TURN, Failed, Port
from engine.pace import Pace
from engine.ports import AudioSink, AudioSource, LanguageModel, Progress, Synthesizer, Transcriber
from engine.registry import LANGUAGE_MODELS, SYNTHESIZERS, TRANSCRIBERS, BackendSpec, choose
from engine.settings import Settings
from engine.supervise import STUCK_AFTER_S, Supervisor
from engine.workers import Host, Worker, host_on_thread

Made = TypeVar("Made")

TRY_AGAIN_S = 0.1

STUCK_TRANSCRIBING_AFTER_S = 60.0
"""A long utterance on a slow machine is one call without a beat, unlike speech, which beats by frame."""


def build(
    settings: Settings,
    *,
    host: Host = host_on_thread,
    source: AudioSource | None = None,
    sink: AudioSink | None = None,
    bus: Bus | None = None,
) -> Conversation:
    """A conversation under ``settings``, not started. Call it on the loop that will run it.

    ``source`` and ``sink`` stand in for the chosen devices. Never raises for what is missing on this
    machine: a backend that can't run says so through the bus once the conversation has started.
    """
    bus = bus or Bus()
    listening = settings.listening
    return Conversation(
        Capture(
            source
            or open_source(
                "device", listening.input_device, avoid_bluetooth=listening.avoid_bluetooth_microphone
            ),
            SpeechDetector(),
            keep_open_s=listening.keep_microphone_open_s,
        ),
        ears(settings, host, bus),
        brain(settings, host, bus),
        voice(settings, host, bus),
        Playout(sink or open_sink("device", settings.voice.output_device)),
        bus,
        choices(settings),
    )


def choices(settings: Settings) -> Choices:
    """What a conversation needs to know of ``settings`` beside its backends."""
    brain = settings.brain
    is_demo = choose_name(LANGUAGE_MODELS, brain.provider, settings) == "embedded" and not brain.gguf_file
    system_prompt = brain.system_prompt or (DEMO_SYSTEM_PROMPT if is_demo else SYSTEM_PROMPT)
    unspoken = settings.sharing.blocked_words if settings.sharing.enabled else ()
    voice = VoiceChoice(settings.voice.voice, settings.voice.speed, unspoken)
    if voice.speakers > 1 and not is_demo:
        system_prompt += "\n" + SPEAKERS_PROMPT.format(count=voice.speakers)
    return Choices(
        system_prompt=system_prompt,
        voice=voice,
        language=settings.listening.language,
        muted=settings.voice.muted,
        partials=settings.listening.partials,
        longest_utterance_s=settings.listening.longest_utterance_s,
    )


def ears(settings: Settings, host: Host, bus: Bus) -> Supervisor[Transcriber]:
    """The chosen recogniser, not started."""
    return _supervised(
        Port.TRANSCRIBER, TRANSCRIBERS, settings.listening.engine, settings, host, bus, close=_close,
        stuck_after_s=STUCK_TRANSCRIBING_AFTER_S,
    )  # fmt: skip


def brain(settings: Settings, host: Host, bus: Bus) -> Supervisor[LanguageModel]:
    """The chosen language model, not started. It is made on its worker's thread and used on the loop."""
    return _supervised(
        Port.LANGUAGE_MODEL, LANGUAGE_MODELS, settings.brain.provider, settings, host, bus,
        release=lambda model: model.close(),
    )  # fmt: skip


def voice(settings: Settings, host: Host, bus: Bus) -> Supervisor[Synthesizer]:
    """The chosen voice, not started."""
    return _supervised(
        Port.SYNTHESIZER, SYNTHESIZERS, settings.voice.engine, settings, host, bus, close=_close
    )


def backends(settings: Settings) -> dict[Port, object]:
    """What decides which backends run under ``settings``, here and now: models and keys count, too.

    Looks at the disk and into the keyring, so it may block for a moment.
    """
    return {
        Port.TRANSCRIBER: _ear_choice(settings),
        Port.LANGUAGE_MODEL: _brain_choice(settings),
        Port.SYNTHESIZER: _voice_choice(settings),
    }


async def apply(
    conversation: Conversation,
    old: Settings,
    new: Settings,
    host: Host = host_on_thread,
    *,
    running: dict[Port, object] | None = None,
) -> None:
    """Takes ``new`` settings into a running conversation; what is unchanged is left alone.

    ``running`` is what ``backends`` told when those that run were chosen: since then a model may have
    come, or a key. A backend that is exchanged serves until its successor is loaded. A successor that
    can't be loaded is told of through the bus, and the present one stays. Devices change between turns.
    """
    conversation.choices = choices(new)
    if old.voice.muted != new.voice.muted:
        conversation.mute(new.voice.muted)
    running, wanted = running or backends(old), backends(new)
    successors: list[Supervisor[Any]] = []
    if wanted[Port.TRANSCRIBER] != running[Port.TRANSCRIBER]:
        successors.append(ears(new, host, conversation.bus))
    if wanted[Port.LANGUAGE_MODEL] != running[Port.LANGUAGE_MODEL]:
        successors.append(brain(new, host, conversation.bus))
    if wanted[Port.SYNTHESIZER] != running[Port.SYNTHESIZER]:
        successors.append(voice(new, host, conversation.bus))
    if _devices(old) != _devices(new):
        await _use_devices(conversation, old, new)
    for successor in successors:
        try:
            await exchange(conversation, successor)
        except AloudError as error:
            conversation.bus.publish(Failed(NO_TURN, conversation.now_s(), error))


def _devices(settings: Settings) -> object:
    listening = settings.listening
    microphone = (listening.input_device, listening.avoid_bluetooth_microphone)
    return microphone, listening.keep_microphone_open_s, settings.voice.output_device


async def _use_devices(conversation: Conversation, old: Settings, new: Settings) -> None:
    listening = new.listening
    await conversation.settled()
    microphone = open_source(
        "device", listening.input_device, avoid_bluetooth=listening.avoid_bluetooth_microphone
    )
    conversation.capture.use(microphone, keep_open_s=listening.keep_microphone_open_s)
    if old.voice.output_device != new.voice.output_device:
        speaker = open_sink("device", new.voice.output_device)
        while not await asyncio.to_thread(conversation.playout.use, speaker):  # noqa: ASYNC110 - it may be a
            await asyncio.sleep(TRY_AGAIN_S)  # sample that plays, which tells nobody


async def exchange(conversation: Conversation, successor: Supervisor[Any]) -> None:
    """Loads ``successor`` and puts it in the place of its port's backend, which serves until then.

    Returns once the former is closed: it ends what it does for the turn in flight, and whatever waits
    for it is served by the successor. Raises an ``AloudError`` where the successor can't be loaded; the
    present backend stays then.
    """
    successor.start()
    try:
        await successor.worker()
    except BaseException:
        await successor.close()
        raise
    if conversation.closed:
        await successor.close()
        return
    former = _put_in_place(conversation, successor)
    former.hand_over(successor)
    try:
        await conversation.settled()
    finally:
        await former.close()


def _put_in_place(conversation: Conversation, successor: Supervisor[Any]) -> Supervisor[Any]:
    former: Supervisor[Any]
    match successor.port:
        case Port.TRANSCRIBER:
            former, conversation.ears = conversation.ears, successor
        case Port.LANGUAGE_MODEL:
            former, conversation.brain = conversation.brain, successor
        case _:
            former, conversation.voice = conversation.voice, successor
            conversation.pace = Pace()
    return former


def _ear_choice(settings: Settings) -> object:
    listening = settings.listening
    name = choose_name(TRANSCRIBERS, listening.engine, settings)
    return name, listening.parakeet_folder, listening.language


def _brain_choice(settings: Settings) -> object:
    brain = settings.brain
    name = choose_name(LANGUAGE_MODELS, brain.provider, settings)
    return name, brain.model, brain.base_url, brain.gguf_file, brain.temperature, brain.longest_reply_tokens


def _voice_choice(settings: Settings) -> object:
    voice = settings.voice
    name = choose_name(SYNTHESIZERS, voice.engine, settings)
    return (
        name,
        voice.kyutai_folder,
        voice.kyutai_bits,
        voice.kyutai_codebooks,
        voice.kyutai_codec,
        voice.kyutai_precision,
    )


def choose_name(specs: tuple[BackendSpec[Made], ...], name: str, settings: Settings) -> str:
    """The name of the backend that ``settings`` lead to here; "auto" stays where none can run."""
    try:
        return choose(specs, name, settings).name
    except AloudError:
        return name


def _supervised(
    port: Port,
    specs: tuple[BackendSpec[Made], ...],
    chosen: str,
    settings: Settings,
    host: Host,
    bus: Bus,
    *,
    close: Callable[[Made], None] = lambda backend: None,
    release: Callable[[Made], Awaitable[None]] | None = None,
    stuck_after_s: float = STUCK_AFTER_S,
) -> Supervisor[Made]:
    name = choose_name(specs, chosen, settings)

    def make(progress: Progress) -> Made:
        return choose(specs, chosen, settings).load(settings, progress)

    def make_worker(progress: Progress) -> Worker[Made]:
        return Worker(port.value, make, on_progress=progress, close=close)

    title = next((spec.title for spec in specs if spec.name == name), port.value)
    return Supervisor(
        port, title, make_worker, host, bus.publish, release=release, stuck_after_s=stuck_after_s
    )


def _close(backend: Transcriber | Synthesizer) -> None:
    backend.close()
