"""The window is tested over a fake conversation: it must have what the real one has, under the same names."""

import inspect
from typing import TYPE_CHECKING

import pytest

from app.bridge import ConversationLike
from engine.conversation import Conversation
from tests.fakes.conversation import FakeConversation

if TYPE_CHECKING:
    # mypy checks both against the Protocol, types included.
    def _real(conversation: Conversation) -> ConversationLike:
        return conversation

    def _fake(conversation: FakeConversation) -> ConversationLike:
        return conversation


CALLS = [
    name
    for name, member in vars(ConversationLike).items()
    if inspect.isfunction(member) and not name.startswith("_")
]


def test_there_are_calls_to_compare() -> None:
    assert {"press", "release", "ask", "stop", "mute", "forget", "recall", "resume"} <= set(CALLS)


@pytest.mark.parametrize("name", [*CALLS, "start", "close"])
def test_the_fake_is_called_like_the_real_one(name: str) -> None:
    real, fake = getattr(Conversation, name), getattr(FakeConversation, name)
    assert inspect.iscoroutinefunction(real) == inspect.iscoroutinefunction(fake)
    kinds = [
        [(parameter.kind, parameter.default) for parameter in inspect.signature(call).parameters.values()]
        for call in (real, fake)
    ]
    assert kinds[0] == kinds[1]
