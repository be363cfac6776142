"""Types of resources: their properties, and the calls that create one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.app.intrinsics import LEFT_OUT, Created
from harness.app.resources.shapes import fitted, text
from harness.app.template import Template, TemplateError
from harness.cloud import ChecksMovers, Cloud, MakesCalls, Unsupported, follows
from harness.files import real_path

Later = tuple[str, Callable[[], object]]
"""A logical id, and something to do about it once every resource is there."""


@dataclass(frozen=True)
class Making:
    """One resource about to be created.

    `properties` are resolved. `prefix` begins made-up names. `display` is its name in the app: the logical id
    as written, where a tool made another of it, behind the stack that it is in. `later`: what is still to do
    once every resource is there. `app` is the app's name. `nested` deploys the template of a stack in this
    one. `paths` are those that were asked for before.
    """

    cloud: Cloud
    template: Template
    prefix: str
    logical_id: str
    properties: Mapping[str, Any]
    display: str = ""
    later: list[Later] = field(default_factory=list)
    app: str = ""
    nested: Callable[[Making, str, Mapping[str, Any]], Created] | None = None
    paths: dict[str, Path] = field(default_factory=dict)

    def call(self, service: str, method: str, **arguments: Any) -> Any:
        """Call the cloud by boto3, with the arguments fitted to the operation: "30" for 30 and so on."""
        if follows(self.cloud, MakesCalls):
            return self.cloud.call(service, method, arguments, fitted)
        client = self.cloud.client(service)
        return getattr(client, method)(**fitted(client, method, arguments))

    def check_seen(self, service: str) -> None:
        """Raise `Unsupported` if the cloud doesn't see what a service delivers."""
        if follows(self.cloud, ChecksMovers):
            self.cloud.check_seen(service)

    def afterwards(self, act: Callable[[], object]) -> None:
        """Do this once every resource of the template is there."""
        self.later.append((self.logical_id, act))

    def get(self, name: str, default: Any = None) -> Any:
        """One property."""
        return self.properties.get(name, default)

    def role(self, given: Any) -> Any:
        """A role, or the ARN of one that nobody has where there is none, or where it was left out."""
        left_out = isinstance(given, str) and given.startswith(LEFT_OUT)
        return self.arn("iam", "role/local") if left_out or not given else given

    def need(self, name: str) -> Any:
        """One property that must be there. Raises `TemplateError`."""
        if name not in self.properties:
            raise self.error(f"{name} is missing")
        return self.properties[name]

    def name(self, property_name: str, suffix: str = "", *, limit: int = 80) -> str:
        """The physical name: the template's own, or one made of the app's name and the logical id.

        One longer than `limit` characters is shortened, by a digest so that it stays one of its own.
        """
        given = self.get(property_name)
        if given:
            return text(given)
        made = f"{self.prefix}-{self.logical_id}"
        room = limit - len(suffix)
        if len(made) > room:
            digest = hashlib.sha256(made.encode()).hexdigest()[:8]
            made = f"{made[: room - 9]}-{digest}"
        return made + suffix

    def given(self, names: Iterable[str]) -> dict[str, Any]:
        """Those of these properties that are there, in the template's order."""
        wanted = frozenset(names)
        return {name: value for name, value in self.properties.items() if name in wanted}

    def is_true(self, name: str) -> bool:
        """A property that is true or false; false if it isn't there."""
        return name in self.properties and text(self.properties[name]).lower() == "true"

    def named(self, *forms: str, service: str = "") -> None:
        """The resource goes by its logical id: `forms` are its ARN, or what `service` calls it."""
        self.cloud.names.add(
            self.display or self.logical_id, *forms, service=service, app=self.app or self.prefix
        )

    def arn(self, service: str, rest: str) -> str:
        """An ARN in this cloud's region and account; those of IAM name no region."""
        region = "" if service == "iam" else self.cloud.region
        return f"arn:aws:{service}:{region}:{self.cloud.account}:{rest}"

    def path(self, relative: str) -> Path:
        """A local path, as the template means it."""
        if relative not in self.paths:
            self.paths[relative] = real_path(self.template.folder / relative)
        return self.paths[relative]

    def error(self, problem: str, within: str = "") -> TemplateError:
        """An error about this resource, or a property of it."""
        return self.template.error(self.logical_id, problem, within)


@dataclass(frozen=True)
class ResourceType:
    """One type of resource.

    `create` makes it with boto3 and tells what Ref and GetAtt give. `properties` are those it acts on,
    `without_effect` those that are accepted and change nothing in a run, `unsupported` those that no cloud
    here has, and why; any other is an error. `note` says why a whole resource has no effect, where it
    hasn't: then any property is accepted. `part_of` are the properties that name resources without which
    this one makes no sense: it is left out with them ("Targets.Arn" is the Arn in each of its Targets);
    `may_lack` have lists that name what it can do without, each entry of which is left out with what it
    names. `required` are those that have to be there, of a type that is accepted by its schema: with a note
    and `properties`, any other property is an error all the same. `open`: it takes any property. `tells`:
    GetAtt gives its properties, too. `idle`: why one with these properties has no effect, "" if it has.
    """

    create: Callable[[Making], Created]
    properties: frozenset[str] = frozenset()
    without_effect: frozenset[str] = frozenset()
    note: str = ""
    unsupported: Mapping[str, str] = field(default_factory=dict)
    part_of: frozenset[str] = frozenset()
    may_lack: frozenset[str] = frozenset()
    required: frozenset[str] | None = None
    open: bool = False
    tells: bool = False
    idle: Callable[[Mapping[str, Any]], str] = field(default=lambda properties: "")


def properties(text: str) -> frozenset[str]:
    """Names of properties, written as one text."""
    return frozenset(text.split())


def named_only(service: str, kind: str, name_property: str) -> Callable[[Making], Created]:
    """Creates nothing: a resource that a run doesn't need has a name and an ARN."""

    def create(making: Making) -> Created:
        name = making.name(name_property)
        return Created(name, {"Arn": making.arn(service, f"{kind}{name}"), "Id": name})

    return create


def is_seen(making: Making, service: str) -> bool:
    """Does the cloud see what a service does? If it doesn't, what watches an app has no effect."""
    try:
        making.check_seen(service)
    except Unsupported:
        return False
    return True


def tags_of(making: Making) -> dict[str, str]:
    """Tags, which templates write as a list of Key and Value or as a mapping."""
    tags = making.get("Tags")
    if not tags:
        return {}
    if isinstance(tags, list):
        return {text(tag["Key"]): text(tag["Value"]) for tag in tags}
    return {text(key): text(value) for key, value in tags.items()}


def tag_list(making: Making) -> list[dict[str, str]]:
    """Tags as a list of Key and Value."""
    return [{"Key": key, "Value": value} for key, value in tags_of(making).items()]
