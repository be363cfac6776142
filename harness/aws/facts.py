"""AWS's names, and the effects of its calls, as data: one `Service` for each service.

The modules beside this one hold the services; `harness.aws` finds them. Nothing here imports from outside
the standard library, and nothing from outside this package: LocalStack's guest gets a copy of the folder.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Any

from . import arns
from .errors import COMMON as COMMON
from .errors import QUERY_ERRORS as QUERY_ERRORS
from .errors import UNAVAILABLE as UNAVAILABLE
from .errors import USUAL_ERRORS
from .errors import Errors as Errors
from .errors import Met as Met
from .errors import Words as Words
from .parcels import Parcel, Text
from .paths import at as at
from .verbs import Does as Does
from .verbs import does_by_verb

Params = Mapping[str, Any]
"""Parameters of an operation, in botocore's shapes."""


class Role(StrEnum):
    """The role that a place has for messages.

    `HOLDS`: a queue. `FANS_OUT`: a topic, a bus, a stream. `RUNS`: a function, a state machine, a worker.
    `LEAVES`: out of the cloud, over HTTP or by mail, or to a service that delivers nowhere.
    """

    HOLDS = "holds"
    FANS_OUT = "fans-out"
    RUNS = "runs"
    LEAVES = "leaves"


class FailedEntries(StrEnum):
    """The form in which the answer to a batch names the entries that weren't applied.

    `BY_ID`: in a list of their own, by the ids that the request gave them. `BY_PLACE`: the answer has one
    entry for each of the request's, in order, and a count of the failed. `RETURNED`: as they were sent.
    """

    BY_ID = "by id"
    BY_PLACE = "by place"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Batch:
    """A call with many entries of which AWS may apply some only, and answer with status 200.

    `entries` is the path to the lists that hold them (see `Operation` for paths), `member` where the answer
    names the failed ones, and `id`, `code`, `message` what it says of each; `also`: what else. `done`: where
    it names the others. `count`: where it says how many failed.
    """

    entries: str
    answer: FailedEntries
    member: str
    id: str = "Id"
    code: str = "Code"
    message: str = "Message"
    also: tuple[tuple[str, Any], ...] = ()
    done: str = ""
    count: str = ""

    def lists(self, params: Params) -> Iterator[Any]:
        """The lists of a call's entries: one, or with DynamoDB one for each table."""
        return at(self.entries, params)

    def size(self, params: Params) -> int:
        """The number of entries of a call."""
        return sum(len(entries) for entries in self.lists(params))


@dataclass(frozen=True, slots=True)
class Listing:
    """An operation that lists something: the items at a path of its answer; without one, the answer itself.

    In `params`, "{Name}" stands for what is known by that name: a parameter of an earlier call, a member of
    an item that was listed before. An item that is a text is known as "{item}".
    """

    operation: str
    params: Mapping[str, Any] = field(default_factory=dict)
    items: str = ""


@dataclass(frozen=True, slots=True)
class Undo:
    """The operation that deletes a resource which another operation created.

    In `params`, "{Name}" stands for that parameter of the creating call, "{arn}" for the ARN of what it is
    about, or for a member of each item that `found_by` lists. `after` comes first.
    """

    operation: str
    params: Mapping[str, Any]
    found_by: Listing | None = None
    after: Undo | None = None


@dataclass(frozen=True, slots=True)
class Depths:
    """The operations that count waiting messages of a service: `places` lists places, `each` looks at one.

    `arn`, `visible` and `hidden` are members of what `each` answers.
    """

    places: Listing
    each: Listing
    arn: str
    visible: str
    hidden: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pulls:
    """The operation that lists the places which a service pulls from by itself.

    `source` is the member that names the place, `off` a member and the value that it has while nothing pulls.
    """

    pulled: Listing
    source: str
    off: tuple[str, str]


Naming = str | Callable[[Params], Iterable[str]]
"""A path to parameters that name resources, or a function that finds the names."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation.

    `about`: the parameters that name the resources it is about; of alternatives, those given. Paths read
    like "TransactItems[].*.TableName": `[]` is each entry of a list, `*` each value of a mapping, and `@`
    at the end each key. `form`: the ARN of what they name where it isn't the service's usual `form`;
    `within`: a bus or a group in which the name stands, as the ARN begins it.
    `by_params`: what the call does where that depends on its parameters. `goes_by`: two members of the
    answer, a name that was made up and the ARN of what it stands for in later calls. `variables`: a parameter
    and its member that holds the environment variables which code runs with. `conflict`: what it answers
    while another request works on the same item.
    """

    does: Does
    about: tuple[Naming, ...] = ()
    batch: Batch | None = None
    undone_by: Undo | None = None
    form: str = ""
    within: Callable[[Params], str] | None = None
    by_params: Callable[[Params], Does] | None = None
    goes_by: tuple[str, str] | None = None
    variables: tuple[str, str] | None = None
    conflict: Met | None = None

    def does_with(self, params: Params) -> Does:
        """The effect of a call with these parameters."""
        return self.by_params(params) if self.by_params is not None else self.does


@dataclass(frozen=True, slots=True)
class Signing:
    """The names of this service in requests, where they differ from its name.

    `name`: what requests are signed for. Where that is another service's name, too: `target`, the first part
    of X-Amz-Target, or `path`, the beginning of the path. `id`: the id in botocore's model, in lower case.
    `old_presigned`: URLs may be signed with version 2, which names neither service nor region.
    """

    name: str = ""
    target: str = ""
    path: str = ""
    id: str = ""
    old_presigned: bool = False


@dataclass(frozen=True, slots=True)
class Spelling:
    """Another way to name a resource than by its name or ARN: a URL, a part of an ARN, a name with a version.

    `pattern` has the groups `name` and, where they can be told, `region` and `account`. `form`: the ARN of
    what is named like this, where it isn't the service's usual `form`.
    """

    pattern: re.Pattern[str]
    form: str = ""


NAMED_BY: tuple[str, ...] = ("Name", "ResourceArn", "ResourceARN")
"""Parameters that name a resource with most services."""
_MEMBER = re.compile(r"\w+")
"""A path of one step."""
_REMEMBERED = 4096
_PLAIN = Spelling(re.compile(r".*"))


@dataclass(frozen=True, kw_only=True)
class Service:
    """One service: its operations, and what else is to be known of it.

    `name` is boto3's, `arn_name` stands in ARNs. `about`: parameters that name the resource of operations
    that `operations` doesn't list, the telling ones first. `form`: the ARN of a resource known by name.
    `spellings`: the first that fits. `counts`: how much of an ARN's resource part names a resource of its
    own; what follows is a version, an alias, a subscription, an object. `ending`: what AWS puts behind a
    name to make the ARN, and nobody knows beforehand. `roles`: by patterns of that part; the first that
    fits. `principal`: in whose name it delivers where queue and key policies must allow that; None: it
    delivers with a role of the app's, or nowhere. `in_host`: where a resource may stand in the host
    instead of in the path, as its group `name`. `inner`: patterns of places that only the service itself
    delivers to, as the rules of a bus. `ordered`: patterns of places whose deliveries never overtake each
    other. `parts`: parts of resources that are places, each with the word for it. `keeps_failures`: it can
    have dead-letter queues. `tries_once`: it can't, and doesn't try again what failed: no app can make up for
    that. `depths`, `pulls`: how an emulator is asked what goes on. `requests`: the name,
    which is in no model, of HTTP requests to its places as calls. `in_cloud`: false for third parties.
    `parcel`: how a place of it takes a text that another service sends; None: it takes none. `word`,
    `inner_word`: what people call its places.
    """

    name: str
    operations: Mapping[str, Operation] = field(default_factory=dict)
    roles: Mapping[str, Role] = field(default_factory=dict)
    inner: tuple[str, ...] = ()
    ordered: tuple[str, ...] = ()
    parts: tuple[tuple[re.Pattern[str], str], ...] = ()
    keeps_failures: bool = True
    tries_once: bool = False
    principal: str | None = None
    errors: Errors = USUAL_ERRORS
    about: tuple[Naming, ...] = NAMED_BY
    form: str = arns.FORM
    spellings: tuple[Spelling, ...] = ()
    counts: re.Pattern[str] = re.compile(r".*")
    ending: re.Pattern[str] | None = None
    arn_name: str = ""
    signing: Signing = Signing()
    in_host: re.Pattern[str] | None = None
    depths: Depths | None = None
    pulls: Pulls | None = None
    requests: str = ""
    in_cloud: bool = True
    parcel: Callable[[Text], Parcel] | None = None
    word: str = ""
    inner_word: str = ""
    _known: dict[str, str] = field(default_factory=dict, init=False, repr=False, compare=False)
    _about: dict[str, tuple[Naming, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name in ("operations", "roles"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))
        if not self.arn_name:
            object.__setattr__(self, "arn_name", self.name)

    @property
    def runs_code(self) -> bool:
        """Does the app's own code run at its places, with variables that the app gives it?"""
        return any(operation.variables is not None for operation in self.operations.values())

    def word_for(self, place: str, *, inner: bool = False) -> str:
        """The word for a place, known by its name in histories."""
        parts = (word for _, word in self.parts if place.endswith(f" ({word})"))
        return next(parts, self.inner_word if inner else self.word)

    def operation(self, name: str) -> Operation:
        """An operation; one that isn't listed is known by the verb in its name."""
        found = self.operations.get(name)
        return found if found is not None else Operation(does_by_verb(name), (_first_of(self.about),))

    def resources(self, operation: str, params: Params) -> tuple[str, ...]:
        """Every resource that a call is about, as it was sent; the first is the one that it is named after.

        Versions, aliases and the like are cut off: `Billing:live` is about `Billing`.
        """
        about = self._about.get(operation)
        if about is None:
            about = self._about[operation] = self.operation(operation).about
        if len(about) == 1 and type(about[0]) is str and about[0].isidentifier():
            text = params.get(about[0])
            return (self.without_qualifier(text),) if isinstance(text, str) and text else ()
        found: list[str] = []
        for naming in about:
            if isinstance(naming, str) and _MEMBER.fullmatch(naming):
                text = params.get(naming)
                found += (text,) if isinstance(text, str) and text else ()
            else:
                found += [text for text in _named(naming, params) if text]
        return tuple(dict.fromkeys([self.without_qualifier(text) for text in found]))

    def arns(self, operation: str, params: Params, *, region: str, account: str) -> tuple[str, ...]:
        """The same by their ARNs."""
        stated = self.operation(operation)
        named: Iterable[str] = self.resources(operation, params)
        if stated.within is not None:
            beginning = stated.within(params)
            named = (text if arns.is_arn(text) else beginning + text for text in named)
        found = (self.arn(text, region=region, account=account, form=stated.form) for text in named)
        return tuple(dict.fromkeys(found))

    def arn(self, text: str, *, region: str, account: str, form: str = "") -> str:
        """The ARN of a resource that is known by its name, by a URL or by an ARN."""
        if arns.is_arn(text):
            whole = self.without_qualifier(text)
            return self.ending.sub("", whole) if self.ending is not None else whole
        parts = {"service": self.arn_name, "region": region, "account": account, "name": text}
        spelling, match = self._spelling(text)
        if match is not None:
            parts.update({part: found for part, found in match.groupdict().items() if found})
        return (form or spelling.form or self.form).format_map(parts)

    def without_qualifier(self, text: str) -> str:
        """A name or ARN without version, alias, subscription or object; a URL as it is.

        Remembered, as a run names the same few resources over and over.
        """
        found = self._known.get(text)
        if found is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            found = self._known[text] = self._without_qualifier(text)
        return found

    def _without_qualifier(self, text: str) -> str:
        arn = arns.parse(text)
        if arn is not None:
            match = self.counts.match(arn.resource)
            return str(arn.of_resource(match[0])) if match is not None and match[0] else text
        if "://" in text:
            return text
        _, match = self._spelling(text)
        return match["name"] if match is not None else text

    def _spelling(self, text: str) -> tuple[Spelling, re.Match[str] | None]:
        for spelling in self.spellings:
            match = spelling.pattern.fullmatch(text)
            if match is not None:
                return spelling, match
        return _PLAIN, None

    def role(self, arn: str) -> Role | None:
        """The role of the place with this ARN; None: it is no place for messages."""
        parsed = arns.parse(arn)
        if parsed is None:
            return None
        for pattern, role in self.roles.items():
            if fnmatchcase(parsed.resource, pattern):
                return role
        return None

    def is_inner(self, arn: str) -> bool:
        """Does only the service itself deliver to the place with this ARN?"""
        return _fits(arn, self.inner)

    def keeps_order(self, arn: str) -> bool:
        """Do deliveries from the place with this ARN never overtake each other?"""
        return _fits(arn, self.ordered)

    def part(self, arn: str) -> tuple[str, str] | None:
        """If a place is a part of a resource: the ARN of that, and the word for the part."""
        for pattern, word in self.parts:
            match = pattern.fullmatch(arn)
            if match is not None:
                return match["whole"], word
        return None


def _fits(arn: str, patterns: Iterable[str]) -> bool:
    parsed = arns.parse(arn)
    return parsed is not None and any(fnmatchcase(parsed.resource, pattern) for pattern in patterns)


def _named(naming: Naming, params: Params) -> Iterator[str]:
    found = naming(params) if callable(naming) else at(naming, params)
    return (text for text in found if isinstance(text, str))


def _first_of(namings: tuple[Naming, ...]) -> Naming:
    def first(params: Params) -> Iterator[str]:
        for naming in namings:
            found = tuple(_named(naming, params))
            if found:
                yield from found
                return

    return first
