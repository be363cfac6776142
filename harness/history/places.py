"""Places: where messages are or pass, and the one name that each has in a run's history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from harness import aws
from harness.aws import Role, arns
from harness.aws.rules.wiring import Links
from harness.frozen import quickly_made

ASYNC = "#async"
"""Suffix of a function's ARN that stands for its queue of asynchronous events."""

ASYNC_QUEUE = " (async)"
"""Suffix of a function's name in the name of that queue."""

_ACTORS = frozenset(("kernel", "plan", "test", "worker"))
"""Names of actors that are no places."""


@quickly_made
@dataclass(frozen=True, slots=True)
class Place:
    """A queue, a topic, a function, a table: what a name in a history stands for.

    `role` says what it does with a message; None: messages are never there. `app` is the deployment that it
    belongs to, "" for none. `dead_letters`: something sends its dead letters here. `consumed`: something is
    meant to take messages from here. `fifo`: it keeps an order. `inner`: only its own service delivers here.
    `ordered`: deliveries from here never overtake each other, as those of a stream.
    """

    name: str
    service: str = ""
    role: Role | None = None
    app: str = ""
    dead_letters: bool = False
    consumed: bool = False
    fifo: bool = False
    inner: bool = False
    ordered: bool = False

    @property
    def calls_inside(self) -> bool:
        """Does the cloud itself make this place's calls, as those of a state machine?"""
        return bool(self.service) and not aws.service(self.service).runs_code

    def to_data(self) -> dict[str, Any]:
        """The place as JSON-able data; what is left at its default is left out."""
        return {name: value for name, value in asdict(self).items() if value and name != "name"}

    @classmethod
    def from_data(cls, name: str, data: Mapping[str, Any]) -> Place:
        """Read what `to_data` wrote. Raises `TypeError` and `ValueError` for anything else."""
        role = data.get("role")
        return cls(name, **{**data, "role": None if role is None else Role(role)})


class Names:
    """Gives each resource one name in the history: its logical id, or the last part of its physical name.

    Two resources never share a name. The second that asks for one gets it behind its app's name or its
    service's, so a function and a table that are both called `billing` are told apart.

    >>> names = Names("us-east-1", "123456789012")
    >>> names.add("Work", "arn:aws:sqs:us-east-1:123456789012:app-Work")
    >>> names.of("https://sqs.us-east-1.amazonaws.com/123456789012/app-Work", "sqs")
    'Work'
    >>> names.of("billing", "dynamodb"), names.of("billing", "lambda")
    ('billing', 'lambda:billing')
    """

    def __init__(self, region: str = "", account: str = "") -> None:
        self._region = region
        self._account = account
        self._keys: dict[tuple[str, str, str], str] = {}
        self._names: dict[str, str] = {}
        self._subscriptions: dict[tuple[str, str], None] = {}
        self.places: dict[str, Place] = {}

    def add(self, logical_id: str, *forms: str, service: str = "", app: str = "") -> None:
        """A resource goes by its logical id; `forms` are its ARN and whatever else it is called."""
        arn = forms[0]
        for form in forms:
            if form.startswith("arn:"):
                arn = form
                break
        service = service or _service_in(arn)
        key = self._key(arn, service, "")
        name = self._free(logical_id, f"{app}.{logical_id}", f"{service}:{logical_id}", key, key=key)
        self._introduce(name, key, service, app)
        for form in forms:
            self._keys[form, service, ""] = self._keys[form, "", ""] = key

    def of(self, form: str, service: str = "", region: str = "") -> str:
        """The name of a resource that is known by its ARN, or by whatever `service` calls it."""
        try:
            return self._names[self._keys[form, service, region]]
        except KeyError:
            key = self._key(form, service, region)
            name = self._names.get(key)
            return name if name is not None else self._first_seen(key, service)

    def arn(self, name: str) -> str | None:
        """The ARN, or the address, of what goes by a name; None for a name that was never given."""
        return next((key for key, given in self._names.items() if given == name), None)

    def place(self, name: str) -> Place:
        """The place of this name; a name that was never given is no place for messages."""
        found = self.places.get(name)
        return found if found is not None else Place(name)

    def link(self, links: Links) -> None:
        """Note the facts about places in the links that a call made which configures something."""
        for arn in links.dead_letters:
            place = self.places[self.of(arn)]
            if not place.dead_letters:
                self.places[place.name] = replace(place, dead_letters=True)
        if links.subscribed is not None:
            self._subscriptions[links.subscribed] = None
        for arn in links.consumed:
            place = self.places[self.of(arn)]
            if not place.consumed:
                self.places[place.name] = replace(place, consumed=True)

    def dead_letter_queues(self) -> list[str]:
        """The places in which dead letters end: those that get them, or the subscribers of such a topic."""
        getting = {name: place for name, place in self.places.items() if place.dead_letters}
        found = {name for name, place in getting.items() if place.role is not Role.FANS_OUT}
        found |= {self.of(there) for topic, there in self._subscriptions if self.of(topic) in getting}
        return sorted(found)

    def _key(self, form: str, service: str, region: str) -> str:
        """The key that all forms of one resource share: its ARN."""
        asked = form, service, region
        key = self._keys.get(asked)
        if key is None:
            if form.endswith(ASYNC):
                key = self._key(form.removesuffix(ASYNC), service, region) + ASYNC
            elif service := service or _service_in(form):
                region = region or self._region
                key = self._in_one_account(aws.arn_of(service, form, region=region, account=self._account))
            else:
                key = form
            self._keys[asked] = key
        return key

    def _in_one_account(self, arn: str) -> str:
        """A run has one account, whatever emulators write into URLs and ARNs."""
        parsed = arns.parse(arn)
        if parsed is None or parsed.account in ("", self._account):
            return arn
        return str(replace(parsed, account=self._account))

    def _first_seen(self, key: str, service: str) -> str:
        """A name for what no template has named."""
        service = service or _service_in(key)
        part = aws.service(service).part(key)
        if key.endswith(ASYNC):
            wanted = self.of(key.removesuffix(ASYNC)) + ASYNC_QUEUE
        elif part is not None:
            wanted = f"{self.of(part[0])} ({part[1]})"
        elif aws.role_of(key) is Role.LEAVES and not key.startswith("arn:"):
            wanted = key
        else:
            wanted = key.rpartition("/")[2].rpartition(":")[2]
        region = key.split(":")[3] if key.startswith("arn:") else ""
        name = self._free(wanted, f"{service}:{wanted}", f"{service}:{region}:{wanted}", key, key=key)
        self._introduce(name, key, service)
        return name

    def _introduce(self, name: str, key: str, service: str, app: str = "") -> None:
        before = self.places.pop(self._names.get(key, ""), None)
        role = Role.HOLDS if key.endswith(ASYNC) else aws.role_of(key)
        self._names[key] = name
        fifo, (inner, ordered) = key.endswith(".fifo"), aws.delivers(service, key)
        dead_letters, consumed = (before.dead_letters, before.consumed) if before else (False, False)
        self.places[name] = Place(name, service, role, app, dead_letters, consumed, fifo, inner, ordered)

    def _free(self, *wanted: str, key: str) -> str:
        """The first of these names that nothing else has."""
        for name in wanted:
            if name not in _ACTORS and (name not in self.places or self._names.get(key) == name):
                return name
        return wanted[-1]


def _service_in(arn: str) -> str:
    found = aws.service_of(arn)
    return found.name if found is not None else ""
