"""The voice of the turn in flight: whether it has one, what is told of it, and how it falls silent."""

from engine.audio.playout import Playout
from engine.audio.reply import PlayoutEvent
from engine.choices import VoiceChoice
from engine.errors import AloudError, BackendCrashed
from engine.events import SpeechFinished
from engine.pace import Pace
from engine.ports import Synthesizer
from engine.speaking import Speaking
from engine.supervise import Supervisor
from engine.turn import Muted
from engine.turns import Turns
from engine.units import TurnId


class Voicing:
    """Lets one turn after the other be heard; on the conversation's loop only."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._speaking: Speaking | None = None

    def begin(
        self,
        turn_id: TurnId,
        voice: Supervisor[Synthesizer],
        playout: Playout,
        choice: VoiceChoice,
        pace: Pace,
    ) -> Speaking | None:
        """The voice of this turn, or None where it is muted or there is no voice to be had."""
        turn = self._turns.current
        if turn is None or turn.muted:
            return None
        if voice.error is not None:
            self._turns.step(turn_id, Muted())
            return None
        self._speaking = Speaking(turn_id, voice, playout, choice, pace)
        return self._speaking

    async def be_heard(self, turn_id: TurnId, speaking: Speaking) -> None:
        """Tells of the reply as it leaves the speaker, until all of it has. Raises ``BackendCrashed``."""
        try:
            await speaking.be_heard(lambda event: self._tell(turn_id, event))
        except BackendCrashed:
            raise
        except AloudError as error:  # no speaker, no weights: the reply goes on as text
            self.silence()
            self._turns.notice(error)
            self._turns.step(turn_id, Muted())

    def _tell(self, turn_id: TurnId, event: PlayoutEvent) -> None:
        """Publishes what became audible; the end only of a reply that is whole."""
        turn = self._turns.current
        if not isinstance(event, SpeechFinished) or (turn is not None and turn.reply_complete):
            self._turns.publish(turn_id, event)

    def silence(self) -> str:
        """Cuts the voice and returns the part of the reply whose sound was played."""
        turn, speaking = self._turns.current, self._speaking
        if turn is None or speaking is None:
            return turn.reply if turn is not None and turn.muted else ""  # a muted reply was read
        return turn.reply[: speaking.silence()]

    def forget(self) -> None:
        """The turn in flight has no voice: another one has begun, or it was muted."""
        self._speaking = None
