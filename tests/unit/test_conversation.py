"""A turn on scripted backends: what is published in which order, and that every way out is clean."""

import asyncio

from engine.context import INTERRUPTED
from engine.errors import BrainUnreachable
from engine.events import (
    Failed,
    Outcome,
    ReplyCompleted,
    SpeechStarted,
    TranscriptReady,
    TurnEnded,
    WordSpoken,
)
from engine.ports import Message
from engine.units import FRAME_SAMPLES
from tests.fakes.stage import WATCHDOG_S, Stage, stage

__all__ = ["stage"]


async def test_a_typed_turn_from_question_to_last_sample(stage: Stage) -> None:
    stage.talk.start()
    stage.talk.ask("  Why is the sky blue? ")
    ended = await stage.until(TurnEnded)
    assert ended.outcome is Outcome.COMPLETED
    assert (ended.question, ended.reply) == ("Why is the sky blue?", "Because of scattering.")
    assert [event.word.text for event in stage.all(WordSpoken)] == ["Because", "of", "scattering."]
    assert stage.brain.prompts[0][0] == Message("system", "Be brief.")
    assert len(stage.sink.played()) >= 3 * FRAME_SAMPLES


async def test_words_are_spoken_while_the_reply_is_still_written(stage: Stage) -> None:
    more = asyncio.Event()
    stage.brain.script = ["Because ", "of ", more, "scattering."]
    stage.talk.start()
    stage.talk.ask("Why?")
    await stage.until(SpeechStarted)
    assert not stage.all(ReplyCompleted)
    more.set()
    await stage.until(TurnEnded)


async def test_the_model_is_told_what_was_said_before(stage: Stage) -> None:
    stage.talk.start()
    stage.talk.ask("Why?")
    await stage.until(TurnEnded)
    stage.talk.ask("And at night?")
    await stage.until(TurnEnded, 2)
    assert [message.text for message in stage.brain.prompts[1][1:]] == [
        "Why?",
        "Because of scattering.",
        "And at night?",
    ]


async def test_a_question_interrupts_the_reply_before_it(stage: Stage) -> None:
    never = asyncio.Event()
    stage.brain.script = ["Because ", "of ", "the ", never]
    stage.talk.start()
    stage.talk.ask("Why?")
    await stage.until(WordSpoken, 2)
    stage.brain.script = ["Fine."]
    stage.talk.ask("Stop. How are you?")
    first = stage.all(TurnEnded)[0]
    assert first.outcome is Outcome.INTERRUPTED
    assert first.heard_text in ("Because", "Because of")
    await stage.until(TurnEnded, 2)
    assert stage.brain.cancelled == 1
    assert stage.brain.prompts[1][2:] == [
        Message("assistant", first.heard_text),
        Message("user", f"{INTERRUPTED} Stop. How are you?"),
    ]
    assert stage.voice.ended == 2


async def test_nothing_of_an_ended_turn_is_published_after_its_end(stage: Stage) -> None:
    stage.talk.start()
    stage.brain.script = ["word "] * 200
    stage.talk.ask("Count.")
    await stage.until(SpeechStarted)
    stage.talk.stop()
    stage.talk.stop()
    stage.brain.script = ["Done."]
    stage.talk.ask("And?")
    await stage.until(TurnEnded, 2)
    of_first = [event for event in stage.events if event.turn_id == 1]
    assert isinstance(of_first[-1], TurnEnded)
    assert len([event for event in of_first if isinstance(event, TurnEnded)]) == 1


async def test_a_broken_stream_keeps_and_speaks_what_arrived(stage: Stage) -> None:
    stage.brain.script = ["Because ", "of ", BrainUnreachable("The network is gone.", "Ask again.")]
    stage.talk.start()
    stage.talk.ask("Why?")
    ended = await stage.until(TurnEnded)
    assert (ended.outcome, ended.reply) == (Outcome.FAILED, "Because of ")
    assert [event.word.text.rstrip(".") for event in stage.all(WordSpoken)] == ["Because", "of"]
    assert stage.all(Failed)[0].error.remedy == "Ask again."


async def test_a_brain_that_never_answers_fails_the_turn_and_the_next_one_works(stage: Stage) -> None:
    stage.brain.script = [BrainUnreachable("No network.")]
    stage.talk.start()
    stage.talk.ask("Why?")
    assert (await stage.until(TurnEnded)).outcome is Outcome.FAILED
    stage.brain.script = ["Because."]
    stage.talk.ask("Why?")
    assert (await stage.until(TurnEnded, 2)).outcome is Outcome.COMPLETED
    assert len(stage.brain.prompts[1]) == 2


async def test_a_reply_of_code_alone_ends(stage: Stage) -> None:
    stage.brain.script = ["```\n", "x = 1\n", "```\n"]
    stage.talk.start()
    stage.talk.ask("Code?")
    assert (await stage.until(TurnEnded)).outcome is Outcome.COMPLETED


async def test_questions_wait_for_models_that_still_load(stage: Stage) -> None:
    stage.talk.ask("Why?")
    stage.talk.start()
    assert (await stage.until(TurnEnded)).outcome is Outcome.COMPLETED


async def test_a_blank_question_is_none(stage: Stage) -> None:
    stage.talk.start()
    stage.talk.ask("  \n")
    assert stage.talk.turn is None


async def test_a_forgotten_turn_is_not_told_to_the_model_until_it_is_recalled(stage: Stage) -> None:
    stage.talk.start()
    for number, question in enumerate(("One?", "Two?"), 1):
        stage.talk.ask(question)
        await stage.until(TurnEnded, number)
    first, second = stage.talk.records
    stage.talk.forget([first.turn_id])
    stage.talk.ask("Three?")
    await stage.until(TurnEnded, 3)
    asked = [message.text for message in stage.brain.prompts[2]]
    assert ("One?" in asked, "Two?" in asked) == (False, True)
    third = stage.talk.records[-1]
    stage.talk.recall([first])
    assert stage.talk.records == (first, second, third)


async def test_forgetting_an_earlier_turn_lets_the_answer_go_on(stage: Stage) -> None:
    stage.talk.start()
    stage.talk.ask("One?")
    first = (await stage.until(TurnEnded)).turn_id
    stage.talk.ask("Two?")
    stage.talk.forget([first])
    assert (await stage.until(TurnEnded, 2)).outcome is Outcome.COMPLETED
    assert [turn.question for turn in stage.talk.records] == ["Two?"]


async def test_forgetting_the_turn_in_flight_ends_it(stage: Stage) -> None:
    stage.talk.start()
    stage.talk.ask("One?")
    stage.talk.forget([(await stage.until(TranscriptReady)).turn_id])
    assert stage.all(TurnEnded)[0].outcome is Outcome.INTERRUPTED
    assert stage.talk.records == ()


async def test_closing_in_mid_reply_is_clean(stage: Stage) -> None:
    stage.brain.script = ["word "] * 500
    stage.talk.start()
    stage.talk.ask("Count.")
    await stage.until(SpeechStarted)
    await asyncio.wait_for(stage.talk.close(), WATCHDOG_S)
    assert stage.all(TurnEnded)[0].outcome is Outcome.INTERRUPTED


async def test_a_typed_question_is_told_even_where_it_is_called_off_in_the_same_tick(stage: Stage) -> None:
    stage.talk.start()
    stage.talk.ask("Why?")
    stage.talk.ask("Why not?")
    await stage.until(TurnEnded, 2)
    told = [(event.turn_id, event.text) for event in stage.all(TranscriptReady)]
    assert told == [(1, "Why?"), (2, "Why not?")]
    first = stage.all(TurnEnded)[0]
    assert stage.events.index(stage.all(TranscriptReady)[0]) < stage.events.index(first)
    assert (first.question, first.outcome) == ("Why?", Outcome.INTERRUPTED)


async def test_nothing_is_tended_once_the_conversation_is_closed(stage: Stage) -> None:
    stage.talk.start()
    stage.talk.ask("Why?")
    await stage.until(SpeechStarted)
    await stage.talk.close()
    left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    assert left == []
