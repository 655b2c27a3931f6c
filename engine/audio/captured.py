"""What is known of a whole utterance beside its samples, and whether it can be a question."""

from dataclasses import dataclass
from typing import Final

from engine.errors import UtteranceSilent, UtteranceTooShort

SHORTEST_HOLD_S: Final = 0.25
NO_SOUND_DBFS: Final = -90.0
"""The quietest step of 16-bit sound is -90.3 dBFS: a microphone that gives less gives nothing."""

LATE_REMEDY: Final = "Speak when Aloud shows that it listens, or keep the microphone open in the settings."


@dataclass(frozen=True, slots=True)
class Captured:
    """One utterance.

    ``held_s``: from key down to key up. ``duration_s``: of the sound, pre-roll and tail included.
    ``late_s``: from key down until the microphone was known to be live, None where it never was.
    """

    held_s: float
    duration_s: float
    speech_s: float
    peak_dbfs: float
    late_s: float | None

    @property
    def nothing_arrived(self) -> bool:
        """Whether the microphone gave no sound at all."""
        return self.peak_dbfs < NO_SOUND_DBFS

    def verdict(self) -> None:
        """Raises ``UtteranceTooShort`` or ``UtteranceSilent`` where this can't be a question."""
        if self.held_s < SHORTEST_HOLD_S:
            raise UtteranceTooShort("The key was held too briefly.", "Hold it down while you speak.")
        if self.late_s is None:
            raise UtteranceTooShort("The microphone was still opening when the key came up.", LATE_REMEDY)
        if self.nothing_arrived:
            raise UtteranceSilent(
                "No sound arrives from the microphone.",
                "Check that it is not muted, and that Aloud may use it in the system's privacy settings.",
            )
        if self.speech_s <= 0 and self.late_s > SHORTEST_HOLD_S:
            raise UtteranceSilent("Nothing was said once the microphone was open.", LATE_REMEDY)
        if self.speech_s <= 0:
            raise UtteranceSilent("Nothing was said.", "Speak while you hold the key, or move closer.")
