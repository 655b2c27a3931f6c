"""What was said, kept on this machine: recording, searching, exporting and deleting it."""

from engine.history.recorder import Recorder
from engine.history.records import ConversationRecord, ConversationSummary, TurnRecord
from engine.history.search import Hit, search
from engine.history.store import History

__all__ = ["ConversationRecord", "ConversationSummary", "History", "Hit", "Recorder", "TurnRecord", "search"]
