"""Every error a person can meet, each with what to do about it.

::

    AloudError
      SettingsError            a settings file or value that can't be used
      BackendUnavailable       a chosen backend can't run on this machine
        ExtraMissing           ... because a package is not installed
      ModelError               weights
        ModelMissing           ... are not on disk
        ModelDamaged           ... are there and do not load or do not match their hash
        DownloadFailed         ... can't be fetched from the hub
      DeviceError              sound devices
        MicrophoneUnavailable  ... no input, or the system refuses it
        SpeakerUnavailable     ... no output
        DeviceLost             ... it went away while in use
      UtteranceError           what was captured can't be a question
        UtteranceTooShort
        UtteranceSilent
      BrainError               the language model
        KeyMissing             ... wants a key and has none
        KeyRefused             ... refuses the key
        BrainUnreachable       ... can't be reached
        BrainRefused           ... answered with an error
      BackendCrashed           a worker died or hangs
      PortInUse                the sharing port is taken
      HistoryError             the history can't do what was asked
        HistoryDamaged         ... because its file can't be read; it is kept aside
      DiskFull
"""

from engine.wording import Wording


class AloudError(Exception):
    """Something a person can act on.

    ``message`` (which is also ``str(error)``) says what happened in one sentence, ``remedy`` what to do
    about it in one sentence, in English. Neither holds transcripts or keys. Both are written as literal
    templates, ``"{server} has no model {model}."``, with what stands in them as named ``values``: only
    so can a screen say them in another language.
    """

    def __init__(self, message: str, remedy: str = "", /, **values: object) -> None:
        self.message = Wording(message, **values)
        self.remedy = Wording(remedy, **values)
        super().__init__(str(self.message))


class SettingsError(AloudError):
    """A settings file or value that can't be used; the message names the line or the field."""


class BackendUnavailable(AloudError):
    """The chosen backend can't run on this machine."""


class ExtraMissing(BackendUnavailable):
    """A package that the chosen backend needs is not installed."""

    def __init__(self, backend: str, package: str) -> None:
        super().__init__(
            "{backend} needs the package {package}, which is not installed.",
            "Run `make install`, or choose another backend in the settings.",
            backend=backend,
            package=package,
        )
        self.package = package


class ModelError(AloudError):
    """Something is wrong with a model's weights."""


class ModelMissing(ModelError):
    """A model's weights are not on disk."""


class ModelDamaged(ModelError):
    """A model's weights are on disk and can't be used."""


class DownloadFailed(ModelError):
    """A model's weights can't be fetched; what arrived is kept and the download goes on from there."""


class DeviceError(AloudError):
    """Something is wrong with a sound device."""


class MicrophoneUnavailable(DeviceError):
    """There is no input device, or the system refuses it."""


class SpeakerUnavailable(DeviceError):
    """There is no output device."""


class DeviceLost(DeviceError):
    """A device went away while it was in use."""


class UtteranceError(AloudError):
    """What was captured can't be a question."""


class UtteranceTooShort(UtteranceError):
    """The key was held for too short a time to say anything."""


class UtteranceSilent(UtteranceError):
    """The microphone was open and nothing was said, or no sound arrived at all."""


class BrainError(AloudError):
    """The language model did not answer."""


class KeyMissing(BrainError):
    """The language model wants a key and none is set."""


class KeyRefused(BrainError):
    """The language model refuses the key."""


class BrainUnreachable(BrainError):
    """The language model's server can't be reached."""


class BrainRefused(BrainError):
    """The language model's server answered with an error."""


class BackendCrashed(AloudError):
    """A worker died or hangs; its supervisor is restarting it."""


class PortInUse(AloudError):
    """The port that the room is shared on is taken by another program."""


class HistoryError(AloudError):
    """The history can't be read or written, or has nothing of the name that was asked for."""


class HistoryDamaged(HistoryError):
    """The history's file can't be read; it was moved aside and a new one begun."""


class DiskFull(AloudError):
    """There is no room left on the disk."""
