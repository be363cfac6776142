"""The part common to all deployments of a template: transformed, checked and in order, kept in memory."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from harness.app.constructs import construct_names
from harness.app.handle import WithoutEffect
from harness.app.hanging import parts_that_stay, with_what_hangs_on
from harness.app.intrinsics import CannotResolve, Scope
from harness.app.macros import EXTENSIONS, asked_transforms, extended, unfolded
from harness.app.order import in_order, needs
from harness.app.parameters import parameters_of, unread_parameters
from harness.app.problems import Problems
from harness.app.resolved import Resolved
from harness.app.resources import HOLD_STACKS, TYPES, ResourceType, type_of
from harness.app.resources.custom import not_run
from harness.app.sam import is_sam, names_as_written, transform
from harness.app.template import OF_RESOURCES, Template, TemplateError, parse_template
from harness.aws.cloudformation import stack_id
from harness.cloud import Unsupported
from harness.near import did_you_mean, near

DEFAULT_NAME_MAX = 20
"""Characters of the name of an app that isn't given one."""


@dataclass(frozen=True)
class Blueprint:
    """A template, ready to be deployed any number of times.

    `absent` tells why a resource isn't created or a parameter has no value; `left_out` are those resources
    among them that the user left out. `written` gives the names of resources as people wrote them, where a
    tool made other logical ids. `unused` are the entries of `ignore` that named nothing. `resolved`:
    properties that deployments have resolved, by logical id.
    """

    template: Template
    parameters: Mapping[str, Any]
    data: Mapping[str, Any]
    resources: Mapping[str, Mapping[str, Any]]
    order: tuple[str, ...]
    absent: Mapping[str, str]
    left_out: frozenset[str]
    without_effect: tuple[WithoutEffect, ...]
    written: Mapping[str, str]
    unused: frozenset[str]
    resolved: dict[str, Resolved] = field(default_factory=dict)

    @cached_property
    def needs(self) -> Mapping[str, frozenset[str]]:
        """The resources that each of them depends on."""
        graph = needs(self.template, self.resources, self.absent)
        return {logical_id: frozenset(names) for logical_id, names in graph.items()}

    def scope(self, region: str, account: str, name: str, exports: Mapping[str, Any]) -> Scope:
        """The names that intrinsic functions can refer to before anything is created."""
        return Scope(
            self.parameters,
            pseudo_parameters(region, account, name),
            self.data.get("Mappings") or {},
            self.data.get("Conditions") or {},
            absent=self.absent,
            left_out=self.left_out,
            exports=exports,
            extended=EXTENSIONS in asked_transforms(self.template.data),
        )


@lru_cache(maxsize=64)
def blueprint_of(
    text: str,
    path: Path,
    parameters: tuple[tuple[str, str], ...],
    ignore: tuple[str, ...],
    region: str,
    account: str,
    name: str,
    construct: str = "",
    wanted: tuple[str, ...] = (),
    python_only: bool = False,
) -> Blueprint:
    """The blueprint of a template's text; `construct` is its stack's path in the CDK. Raises `TemplateError`.

    What `ignore` names may be missing here, as another stack of the app may have it; not so what is `wanted`,
    unless stacks in this one may have it. `python_only`: functions in other languages don't run.
    """
    template = parse_template(text, path)
    values = parameters_of(template, dict(parameters))
    unread = unread_parameters(template, dict(parameters))
    pseudo = pseudo_parameters(region, account, name)
    template = unfolded(template, Scope(values, pseudo, template.data.get("Mappings") or {}, absent=unread))
    data = dict(template.data)
    if is_sam(template):
        before = extended(template, Scope(values, pseudo, data.get("Mappings") or {}))
        data = transform(before, values, region)
    scope = Scope(values, pseudo, data.get("Mappings") or {}, data.get("Conditions") or {}, absent=unread)
    scope.extended = EXTENSIONS in asked_transforms(template.data)
    problems = Problems(path)
    ignored, unused = _ignored(template, data["Resources"], ignore)
    types = {resource["Type"] for resource in data["Resources"].values()}
    if not any(kind in HOLD_STACKS for kind in types):
        with problems.noted():
            check_used(path, unused & set(wanted), types | set(data["Resources"]))
    ignored = not_run(data["Resources"], python_only=python_only) | ignored
    absent, left_out = _absent(template, scope, data["Resources"], ignored, problems)
    resources = {
        logical_id: _prepared(logical_id, _chosen(template, scope, logical_id, resource), ignore, left_out)
        for logical_id, resource in data["Resources"].items()
        if logical_id not in absent
    }
    without_effect = [
        WithoutEffect(id_, data["Resources"][id_]["Type"], absent[id_]) for id_ in sorted(left_out)
    ]
    without_effect += _overlooked(template)
    if data.get("Rules"):
        without_effect.append(WithoutEffect("Rules", "Rules", "rules about parameters are not evaluated"))
    for logical_id, resource in resources.items():
        without_effect += _checked(template, logical_id, resource, problems)
    order: list[str] = []
    with problems.noted():
        order = in_order(template, resources, absent)
    problems.tell()
    return Blueprint(
        template,
        values,
        data,
        resources,
        tuple(order),
        {**unread, **absent},
        left_out,
        tuple(without_effect),
        construct_names(data["Resources"], construct) | names_as_written(template, data),
        unused,
    )


def pseudo_parameters(region: str, account: str, stack: str) -> dict[str, Any]:
    """AWS::Region and its like, for a stack of this name."""
    return {
        "AWS::AccountId": account,
        "AWS::NotificationARNs": [],
        "AWS::Partition": "aws",
        "AWS::Region": region,
        "AWS::StackId": stack_id(stack, region=region, account=account),
        "AWS::StackName": stack,
        "AWS::URLSuffix": "amazonaws.com",
    }


def _absent(
    template: Template,
    scope: Scope,
    resources: Mapping[str, Any],
    ignored: dict[str, str],
    problems: Problems,
) -> tuple[dict[str, str], frozenset[str]]:
    """The resources that aren't created, each with the reason, and those of them that the user left out."""
    absent, left_out = {}, ignored
    for logical_id, resource in resources.items():
        if logical_id in left_out or resource.get("Condition") is None:
            continue
        with problems.noted():
            try:
                if not scope.condition(resource["Condition"]):
                    absent[logical_id] = f"its condition {resource['Condition']} does not hold"
            except CannotResolve as problem:
                raise template.error(logical_id, f"Condition: {problem}") from None
    there = {id_: resource for id_, resource in resources.items() if id_ not in absent}
    left_out |= with_what_hangs_on(there, left_out)
    return absent | left_out, frozenset(left_out)


def _overlooked(template: Template) -> Iterator[WithoutEffect]:
    """The parts of a template that AWS passes over in silence."""
    for twin in template.twins:
        yield WithoutEffect(twin, "", "stands twice; the last one counts")
    for logical_id, resource in template.data["Resources"].items():
        for name in resource:
            if name not in OF_RESOURCES:
                told = f"{name} is no attribute of a resource; is it meant to stand under Properties?"
                yield WithoutEffect(logical_id, resource["Type"], told)


def _ignored(
    template: Template, resources: Mapping[str, Any], ignore: tuple[str, ...]
) -> tuple[dict[str, str], frozenset[str]]:
    """The resources that `ignore` names, by logical id or by type, SAM's own included, and why; and the
    entries that name nothing.
    """
    written = template.data["Resources"]
    ignored = {}
    used: set[str] = set()
    for logical_id, resource in resources.items():
        types = {resource["Type"], written.get(logical_id, resource)["Type"]}
        patterns = [p for p in ignore if logical_id == p or any(fnmatchcase(type_, p) for type_ in types)]
        used.update(patterns, (p for p in ignore if p.partition(".")[0] == logical_id))
        if patterns:
            ignored[logical_id] = "left out by ignore; what refers to it gets a made-up name"
    return ignored, frozenset(ignore) - used


def check_used(path: Path, unused: Collection[str], known: Collection[str]) -> None:
    """Entries of `ignore` that name nothing in an app are mistakes. Raises `TemplateError`."""
    problems = Problems(path)
    for pattern in sorted(unused):
        told = f"ignore names {pattern!r}, which isn't there"
        with problems.noted():
            raise TemplateError(path, "", told + did_you_mean(pattern, known))
    problems.tell()


def _chosen(
    template: Template, scope: Scope, logical_id: str, resource: Mapping[str, Any]
) -> Mapping[str, Any]:
    """The resource with the properties that a Fn::If around all of them chooses."""
    properties = resource.get("Properties")
    if not isinstance(properties, dict) or list(properties) != ["Fn::If"]:
        return resource
    try:
        condition, then, otherwise = properties["Fn::If"]
        chosen = then if scope.condition(condition) else otherwise
    except ValueError as problem:
        raise template.error(logical_id, f"Properties: Fn::If: {problem}") from None
    if chosen == {"Ref": "AWS::NoValue"}:
        chosen = {}
    if not isinstance(chosen, dict):
        raise template.error(logical_id, f"Properties: expected a mapping, found {chosen!r:.80}")
    return _chosen(template, scope, logical_id, {**resource, "Properties": chosen})


def _prepared(
    logical_id: str, resource: Mapping[str, Any], ignore: tuple[str, ...], left_out: Collection[str]
) -> Mapping[str, Any]:
    """The resource without the properties that the user left out ("Uploads.NotificationConfiguration").

    Code that the CDK put into a folder beside the template is taken from there, not from S3.
    """
    names = {name for given, _, name in (entry.partition(".") for entry in ignore) if given == logical_id}
    properties = {k: v for k, v in (resource.get("Properties") or {}).items() if k not in names}
    properties |= parts_that_stay(resource["Type"], properties, left_out)
    metadata = resource.get("Metadata")
    if isinstance(metadata, dict) and isinstance(metadata.get("aws:asset:path"), str):
        asset = str(metadata.get("aws:asset:property")).partition(".")[0]
        if asset in properties and metadata.get("aws:asset:property") == "Code.ImageUri":
            file = metadata.get("aws:asset:dockerfile-path", "Dockerfile")
            properties[asset] = {"DockerContext": metadata["aws:asset:path"], "Dockerfile": file}
        elif asset in properties:
            properties[asset] = metadata["aws:asset:path"]
    return {**resource, "Properties": properties}


def _checked(
    template: Template, logical_id: str, resource: Mapping[str, Any], problems: Problems
) -> Iterator[WithoutEffect]:
    """The settings of a resource that have no effect. Notes unknown ones."""
    kind = resource["Type"]
    known = type_of(kind)
    if known is None:
        instead = f"; leave it out with ignore=[{kind!r}] or ignore=[{logical_id!r}]"
        hint = did_you_mean(kind, TYPES, cutoff=0.85) or instead
        with problems.noted():
            raise template.error(logical_id, f"{kind} can't be deployed here{hint}")
        return
    if known.required is not None:
        _check_by_schema(template, logical_id, resource, known, problems)
    if note := known.note or known.idle(resource["Properties"]):
        yield WithoutEffect(logical_id, kind, note)
    if known.note or known.open:
        return
    for name, value in resource["Properties"].items():
        with problems.noted():
            if value is None:
                raise template.error(logical_id, f"{name} is empty; give it a value or leave it out", name)
            if name not in known.properties | known.without_effect | frozenset(known.unsupported):
                raise template.error(logical_id, _no_property(kind, known, name), name)
            if name in known.unsupported:
                where = f"{template.path}: {template.where(logical_id, name)}"
                instead = f'leave it out with ignore=["{logical_id}.{name}"]'
                raise Unsupported(f"{where}: {name}: {known.unsupported[name]}; {instead}")
        if name in known.without_effect:
            yield WithoutEffect(logical_id, kind, f"{name} changes nothing in a run")


def _check_by_schema(
    template: Template,
    logical_id: str,
    resource: Mapping[str, Any],
    known: ResourceType,
    problems: Problems,
) -> None:
    """Notes properties that the schema doesn't have, and those that it wants."""
    kind, given = resource["Type"], resource["Properties"]
    for name in given:
        with problems.noted():
            if name not in known.properties:
                raise template.error(logical_id, _no_property(kind, known, name), name)
    for name in sorted((known.required or frozenset()) - frozenset(given)):
        with problems.noted():
            raise template.error(logical_id, f"{kind} needs {name}")


def _no_property(kind: str, known: ResourceType, name: str) -> str:
    return f"{kind} has no property {name!r}{near(name, known.properties | known.without_effect)}"


def physical_prefix(name: str) -> str:
    """An app's name as it may begin the name of any resource."""
    return re.sub(r"[^A-Za-z0-9-]+", "-", name).strip("-") or "app"


def default_prefix(folder: str) -> str:
    """The name of an app that isn't given one: its folder's, short enough to stand in others.

    Templates put the name of their stack into names that AWS limits, to 64 characters some of them.

    >>> default_prefix("orders"), default_prefix("every-order-that-anybody-ever-placed")
    ('orders', 'every-order-t-c096d4')
    """
    prefix = physical_prefix(folder)
    if len(prefix) <= DEFAULT_NAME_MAX:
        return prefix
    digest = hashlib.sha256(folder.encode()).hexdigest()[:6]
    return f"{prefix[: DEFAULT_NAME_MAX - 7].rstrip('-')}-{digest}"
