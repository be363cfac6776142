"""The history of a run: events, their store, the ledger."""

from harness.history.difference import Difference, first_difference
from harness.history.event import KINDS, Event
from harness.history.places import Names, Place
from harness.history.store import FORMAT, History, HistoryError
from harness.history.vocabulary import Recorder

__all__ = [
    "FORMAT",
    "KINDS",
    "Difference",
    "Event",
    "History",
    "HistoryError",
    "Names",
    "Place",
    "Recorder",
    "first_difference",
]
