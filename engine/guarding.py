"""What keeps a turn that goes wrong from taking anything else with it."""

import logging
from collections.abc import Callable, Coroutine

from engine.errors import AloudError, UtteranceError
from engine.events import Failed
from engine.turn import Discarded
from engine.turns import Turns
from engine.units import TurnId

log = logging.getLogger(__name__)

Body = Callable[[], Coroutine[None, None, None]]
"""What a turn does, begun by its own task, so that a turn that is stopped before leaves nothing begun."""


async def guarded(
    turns: Turns, turn_id: TurnId, body: Body, silence: Callable[[], object], drop: Callable[[], object]
) -> None:
    """Whatever goes wrong in ``body`` ends that turn, in words for a person, and no other.

    Where something has, ``silence`` cuts the voice and ``drop`` gives up what was prepared for the reply.
    """

    def fail(error: AloudError) -> None:
        if turns.is_live(turn_id):
            silence()
            drop()
            turns.publish(turn_id, Failed(turn_id, turns.now_s(), error))

    try:
        await body()
    except UtteranceError as error:
        drop()
        turns.notice(error)
        turns.step(turn_id, Discarded())
    except AloudError as error:
        fail(error)
    except Exception:
        log.exception("turn %d failed", turn_id)
        fail(AloudError("Something went wrong inside Aloud.", "Ask again; the log says more."))
