"""The connections in a template: resources, resolved as far as that is possible without a cloud."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.app.intrinsics import Created
from harness.lint.physical import FUNCTION, QUEUE, function_name
from harness.lint.values import UNKNOWN, flag, items, number, step

OUTPUT = "Output"
"""The type of what is no resource, but told of some."""


@dataclass(frozen=True, eq=False)
class Resource:
    """One resource. `properties` are resolved, `raw` are as the template has them after the SAM transform.

    `display` is what messages call it: "Billing.Orders" for what SAM makes of an event.
    """

    logical_id: str
    type: str
    properties: Mapping[str, Any]
    raw: Mapping[str, Any] = field(default_factory=dict)
    display: str = ""
    depends_on: tuple[str, ...] = ()

    @property
    def is_output(self) -> bool:
        """Is it an output of the template?"""
        return self.type == OUTPUT

    def at(self, *path: str | int) -> Any:
        """The value at a path: None if there is none, `UNKNOWN` if that can't be known."""
        return step(self.properties, *path)

    def number(self, *path: str | int, default: float | None = None) -> float | None:
        """A number; None if it can't be known, or isn't there and has no default."""
        return number(self.at(*path), default)

    def flag(self, *path: str | int) -> bool | None:
        """True or false (also if it isn't there); None if it can't be known."""
        return flag(self.at(*path))

    def __str__(self) -> str:
        return self.display or self.logical_id


@dataclass(frozen=True)
class Poll:
    """An event source mapping whose queue and function stand in the template."""

    mapping: Resource
    queue: Resource
    function: Resource


class Wiring:
    """The resources of a template, and which of them a name, an ARN or a URL means.

    `names`: all that references may name. `outputs` are what the template tells, as resources, too. Paths of
    local files start from `folder`.
    """

    def __init__(
        self,
        resources: Sequence[Resource],
        created: Mapping[str, Created],
        names: frozenset[str],
        outputs: Sequence[Resource],
        folder: Path,
    ) -> None:
        self.folder = folder
        self.resources = tuple(resources)
        self.outputs = tuple(outputs)
        self.names = names
        self._created = created
        self._by_form: dict[tuple[str, str], Resource] = {}
        for resource in resources:
            made = created[resource.logical_id]
            for form in (made.ref, *made.attributes.values()):
                self._by_form.setdefault((resource.type, form), resource)
        self._by_id = {resource.logical_id: resource for resource in resources}

    def of(self, *types: str) -> Iterator[Resource]:
        """Those of these types, in the template's order."""
        return (resource for resource in self.resources if resource.type in types)

    def by_id(self, logical_id: str) -> Resource | None:
        """The one of this logical id."""
        return self._by_id.get(logical_id)

    def arn(self, resource: Resource) -> str:
        """The ARN that references to it resolve to."""
        made = self._created[resource.logical_id]
        return str(made.attributes.get("Arn") or made.ref)

    def named(self, value: Any, kind: str) -> Resource | None:
        """The one of this type that a name, ARN or URL means; None if it isn't in the template."""
        return self._by_form.get((kind, value)) if isinstance(value, str) else None

    def queue(self, value: Any) -> Resource | None:
        """The queue that an ARN, URL or name means."""
        return self.named(value, QUEUE)

    def function(self, value: Any) -> Resource | None:
        """The function that a name or ARN means, whatever version or alias it names."""
        return self.named(function_name(value), FUNCTION) if isinstance(value, str) else None

    def mappings(self) -> Iterator[Resource]:
        """The event source mappings that aren't switched off."""
        for mapping in self.of("AWS::Lambda::EventSourceMapping"):
            if flag(mapping.at("Enabled"), default=True) is not False:
                yield mapping

    def polls(self) -> Iterator[Poll]:
        """The mappings of queues to functions."""
        for mapping in self.mappings():
            queue = self.queue(mapping.at("EventSourceArn"))
            function = self.function(mapping.at("FunctionName"))
            if queue and function:
                yield Poll(mapping, queue, function)

    def dead_letter_queue(self, queue: Resource) -> Resource | None:
        """The dead-letter queue of a queue, if it is in the template."""
        return self.queue(queue.at("RedrivePolicy", "deadLetterTargetArn"))

    def redrives(self) -> Iterator[tuple[Resource, Resource]]:
        """Each queue that has a dead-letter queue in the template, with that one."""
        for queue in self.of(QUEUE):
            target = self.dead_letter_queue(queue)
            if target is not None:
                yield queue, target

    def names_queue(self, values: Any, queue: Resource) -> bool | None:
        """Does a list of queues name this one? None if it can't be known."""
        listed = items(values)
        if any(self.queue(value) is queue for value in listed):
            return True
        return None if UNKNOWN in listed else False


def is_fifo(resource: Resource) -> bool | None:
    """Is a queue or topic FIFO? None if it can't be known."""
    return resource.flag("FifoQueue" if resource.type == QUEUE else "FifoTopic")


def seconds(amount: float) -> str:
    """A time as templates write it."""
    return f"{amount:g} s" if amount < 1e6 else f"{amount:.0f} s"
