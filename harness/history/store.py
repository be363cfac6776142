"""A run's history: what happened, in order, with causes; and its form on disk."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from harness.history.event import Event
from harness.history.places import Place

if TYPE_CHECKING:
    from harness.history.fold import Fold

T = TypeVar("T")

FORMAT = 2
"""Number of the stored form. A reader refuses any other."""


DEPLOYING = "deploying"
"""The part of a header that names the events of deployments: pairs of first and end."""


class HistoryError(ValueError):
    """A stored history can't be read: says which line, and why."""


class History(Sequence[Event]):
    """The events of one run, in order. `header` says how the run was made: cloud, seed, plan.

    `places` says of each name what it stands for. `logs` are what invocations printed, by the event of their
    end; they are beside the history, neither stored nor compared. `earlier` is the fold of its beginning, if
    there is one.

    >>> history = History([Event(0, 0.0, "accepted", None, "test", "Orders", ("m-1",))], {"seed": 1})
    >>> [event.subject for event in history.of("accepted")]
    ['Orders']
    >>> History.from_json(history.to_json()) == history
    True
    """

    def __init__(
        self,
        events: Sequence[Event],
        header: Mapping[str, Any] | None = None,
        places: Mapping[str, Place] | None = None,
        logs: Mapping[int, str] | None = None,
        earlier: Fold | None = None,
    ) -> None:
        self._events = tuple(events)
        self.header: Mapping[str, Any] = dict(header or {})
        self.places: Mapping[str, Place] = dict(places or {})
        self.logs: Mapping[int, str] = dict(logs or {})
        self._earlier = earlier
        self._answers: dict[Any, Any] = {}

    def __len__(self) -> int:
        return len(self._events)

    def __getitem__(self, index: Any) -> Any:
        return self._events[index]

    def __iter__(self) -> Iterator[Event]:
        return iter(self._events)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, History) and self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash(self.hash())

    def of(self, *kinds: str) -> list[Event]:
        """The events of these kinds, in order."""
        return [event for event in self._events if event.kind in kinds]

    def until(self, seq: int) -> History:
        """The history before this event."""
        return History(self._events[:seq], self.header, self.places, self.logs)

    def deploys(self, event: Event) -> bool:
        """Did this happen while an app was deployed?"""
        return any(first <= event.seq < end for first, end in self.header.get(DEPLOYING, ()))

    def place(self, name: str) -> Place:
        """The place of a name; an unknown name is no place for messages."""
        found = self.places.get(name)
        return found if found is not None else Place(name)

    @cached_property
    def fold(self) -> Fold:
        """The fold over the events, made once. O(n)."""
        from harness.history.growing import folded

        earlier, self._earlier = self._earlier, None
        return folded(self, earlier)

    @property
    def folded(self) -> Fold | None:
        """The fold, or that of its beginning, if either is there."""
        return self.__dict__.get("fold", self._earlier)

    def once(self, question: Any, answer: Callable[[], T]) -> T:
        """What was answered when this was asked for the first time: for what many runs ask of one history."""
        if question not in self._answers:
            self._answers[question] = answer()
        return self._answers[question]  # type: ignore[no-any-return]

    def causes(self, event: Event) -> list[Event]:
        """The causes of this event, nearest first."""
        chain = []
        while event.cause is not None:
            event = self._events[event.cause]
            chain.append(event)
        return chain

    def to_json(self) -> str:
        """JSON lines: a header with the format number, then one event a line."""
        places = {name: self.places[name].to_data() for name in sorted(self.places)}
        lines = [_dump({**self.header, "format": FORMAT, "places": places})]
        lines += [
            _dump([e.seq, e.at, e.kind, e.cause, e.actor, e.subject, list(e.messages), e.data])
            for e in self._events
        ]
        return "\n".join(lines) + "\n"

    @classmethod
    def from_json(cls, text: str) -> History:
        """Read what `to_json` wrote. Raises `HistoryError` for anything else."""
        lines = text.removesuffix("\n").split("\n")
        header = _parse(lines[0], 1)
        if not isinstance(header, dict) or "format" not in header:
            expected = f'{{"format": {FORMAT}, …}}'
            raise HistoryError(f"line 1: not a stored history: expected a header like {expected}")
        if header.pop("format") != FORMAT:
            raise HistoryError(f"line 1: this harness reads format {FORMAT} only; run the scenario again")
        places = _places(header.pop("places", {}))
        return cls([_event(line, number) for number, line in enumerate(lines[1:], 2)], header, places)

    def hash(self) -> str:
        """SHA-256 of the stored form: equal for equal runs."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()


def _dump(value: Any) -> str:
    text = json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    return text.encode("utf-8", "backslashreplace").decode()  # half a character is escaped, as JSON allows


def _parse(line: str, number: int) -> Any:
    try:
        return json.loads(line)
    except ValueError as problem:
        raise HistoryError(f"line {number}: not JSON: {problem}") from None


def _places(data: Any) -> dict[str, Place]:
    try:
        return {name: Place.from_data(name, said) for name, said in data.items()}
    except (AttributeError, TypeError, ValueError) as problem:
        raise HistoryError(f"line 1: places: {problem}") from None


def _event(line: str, number: int) -> Event:
    fields = _parse(line, number)
    try:
        seq, at, kind, cause, actor, subject, messages, data = fields
        event = Event(seq, at, kind, cause, actor, subject, tuple(messages), dict(data))
    except (TypeError, ValueError):
        raise HistoryError(f"line {number}: not an event: expected a list of 8 fields") from None
    if event.seq != number - 2 or (cause is not None and not 0 <= cause < event.seq):
        raise HistoryError(f"line {number}: events are out of order or lines are missing")
    return event
