"""One stack of an app: a template's resources, created in order by boto3, its outputs and its exports."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnection

from harness.app.assets import located, with_local_path
from harness.app.blueprint import Blueprint, blueprint_of, pseudo_parameters
from harness.app.constructs import nested_path
from harness.app.dynamic import with_values
from harness.app.handle import App
from harness.app.intrinsics import NO_VALUE, CannotResolve, Created, Scope, text_of
from harness.app.parts import Part
from harness.app.problems import Problems
from harness.app.resolved import resolved_once
from harness.app.resources import Making, made_up, type_of
from harness.app.resources.resource_type import Later
from harness.app.resources.shapes import dotted
from harness.app.template import NOT_TAKEN, Template, TemplateError, read_text
from harness.cloud import DeployedStack, HasRuntimes, StackOutput, TellsOfStacks, Unsupported, follows
from harness.history import Recorder

_REPOSITORY = ":serverlessrepo:"
"""In the address of an application that lies in AWS's repository of them."""


@dataclass
class Stack:
    """One stack that is being deployed.

    `ignore` are the entries that count for it; `unused` those that have named nothing so far, in any stack.
    `alone`: no other stack could have what they name.
    """

    app: App
    part: Part
    parameters: Mapping[str, Any]
    ignore: tuple[str, ...]
    unused: set[str]
    alone: bool = False
    blueprint: Blueprint = field(init=False)
    _later: list[Later] = field(default_factory=list)
    _paths: dict[str, Path] = field(default_factory=dict)
    _names: dict[str, Making] = field(default_factory=dict)
    _told: list[StackOutput] = field(default_factory=list)

    def __post_init__(self) -> None:
        cloud, part = self.app.cloud, self.part
        text = read_text(part.path)
        given = tuple(
            sorted((name, as_text(part.path, name, value)) for name, value in self.parameters.items())
        )
        make = blueprint_of
        if "AWS::Include" in text:  # the files that it includes are read anew
            make = blueprint_of.__wrapped__  # type: ignore[assignment]
        own = {entry: entry.removeprefix(part.within) for entry in self.ignore}
        self.blueprint = make(
            text,
            part.path,
            given,
            tuple(own.values()),
            cloud.region,
            cloud.account,
            part.prefix,
            part.construct,
            wanted=tuple(sorted(self.unused)) if self.alone else (),
            python_only=follows(cloud, HasRuntimes),
        )
        self.unused -= {entry for entry, here in own.items() if here not in self.blueprint.unused}

    def deploy(self) -> dict[str, Any]:
        """Create the resources; gives the outputs. Raises `TemplateError` and `Unsupported`."""
        blueprint, app, part = self.blueprint, self.app, self.part
        self._tell()
        without_effect = blueprint.without_effect
        if part.within:
            without_effect = tuple(
                replace(found, logical_id=f"{part.within}{found.logical_id}") for found in without_effect
            )
        app.without_effect += without_effect
        scope = blueprint.scope(app.cloud.region, app.cloud.account, part.prefix, app.exports)
        scope.more = self._made_up
        problems = Problems(part.path)
        for logical_id in self._possible(scope):
            with problems.noted():
                created = self._create(scope, logical_id)
                scope.resources[logical_id] = created
                kind = blueprint.resources[logical_id]["Type"]
                app.add(self._name(logical_id), kind, created, f"{part.within}{logical_id}", logical_id)
        problems.tell()
        for logical_id, act in self._later:
            with problems.noted(), Telling(blueprint.template, logical_id, app.cloud.recorder):
                act()
        problems.tell()
        outputs = self._outputs(scope, problems)
        problems.tell()
        self._tell(complete=True)
        return outputs

    def _tell(self, *, complete: bool = False) -> None:
        """Let CloudFormation know of this stack, where the cloud's is ours."""
        cloud, blueprint = self.app.cloud, self.blueprint
        region, account = cloud.region, cloud.account
        if not follows(cloud, TellsOfStacks):
            return
        declared = blueprint.data.get("Parameters") or {}
        shown = {
            name: "****" if (declared.get(name) or {}).get("NoEcho") else _shown(value)
            for name, value in blueprint.parameters.items()
        }
        pseudo = pseudo_parameters(region, account, self.part.prefix)
        cloud.put_stack(
            DeployedStack(
                name=pseudo["AWS::StackName"],
                id=pseudo["AWS::StackId"],
                region=region,
                description=str(blueprint.data.get("Description") or ""),
                parameters=shown,
                outputs=tuple(self._told),
                complete=complete,
            )
        )

    def _possible(self, scope: Scope) -> Iterator[str]:
        """The resources in order, without those that need one which couldn't be created: more would be said
        of these than is wrong."""
        blueprint = self.blueprint
        for logical_id in blueprint.order:
            if scope.resources.keys() >= blueprint.needs[logical_id]:
                yield logical_id

    def _name(self, logical_id: str) -> str:
        """The name of a resource in the app."""
        return f"{self.part.within}{self.blueprint.written.get(logical_id, logical_id)}"

    def _create(self, scope: Scope, logical_id: str) -> Created:
        template = self.blueprint.template
        making = Making(
            self.app.cloud,
            template,
            self.part.prefix,
            logical_id,
            self._properties(scope, logical_id),
            self._name(logical_id),
            self._later,
            app=self.app.name,
            nested=self._nested,
            paths=self._paths,
        )
        known = type_of(self.blueprint.resources[logical_id]["Type"])
        assert known is not None  # the blueprint was checked
        if known.note or known.tells:
            self._names[logical_id] = making
        with Telling(template, logical_id, self.app.cloud.recorder):
            return known.create(making)

    def _properties(self, scope: Scope, logical_id: str) -> dict[str, Any]:
        """A resource's properties, resolved. Raises `TemplateError`."""
        blueprint, cloud = self.blueprint, self.app.cloud
        known = blueprint.resolved.get(logical_id)
        if known is not None and known.is_true_of(scope.resources):
            return known.properties()
        scope.reads = {}
        resolved, properties = {}, {}
        for name, given in blueprint.resources[logical_id]["Properties"].items():
            try:
                value = scope.resolve(given)
                if value is not NO_VALUE:
                    resolved[name] = value
                    there = with_values(cloud, value)
                    properties[name] = with_local_path(self.part.assets, blueprint.template.folder, there)
            except CannotResolve as problem:
                raise blueprint.template.error(logical_id, f"{name}: {problem}", name) from None
        if (kept := resolved_once(resolved, scope.reads)) is not None:
            blueprint.resolved[logical_id] = kept
        return properties

    def _made_up(self, logical_id: str) -> Mapping[str, Any]:
        """What GetAtt may ask of a resource that tells its properties, or on which nothing here acts."""
        making, kind = self._names.get(logical_id), self.blueprint.resources[logical_id]["Type"]
        known = type_of(kind)
        if making is None or known is None:
            return {}
        return dict(dotted(making.properties)) if known.tells else made_up(making, kind)

    def _nested(self, making: Making, address: str, parameters: Mapping[str, Any]) -> Created:
        """Deploy a stack that is a resource of this one: its ARN, and its outputs as attributes."""
        part = self.part
        path = part.path.parent / address
        if not path.is_file():
            found = located(part.assets, part.path.parent, address)
            if found is None:
                instead = "name a local file, as before `sam package`"
                if _REPOSITORY in address:
                    instead = f"leave it out with ignore=[{making.logical_id!r}]"
                told = f"its template {address} isn't here; {instead}"
                raise making.error(told, "TemplateURL")
            path = found
        around = (*part.around, part.path)
        if path.resolve() in [outer.resolve() for outer in around]:
            raise making.error(f"its template {address} holds itself", "TemplateURL")
        name = self._name(making.logical_id)
        inner = Part(
            path,
            making.name("", limit=64),
            f"{name}.",
            part.assets,
            nested_path(self.blueprint.resources[making.logical_id]),
            around,
        )
        outputs = Stack(self.app, inner, parameters, self.ignore, self.unused).deploy()
        pseudo = pseudo_parameters(self.app.cloud.region, self.app.cloud.account, inner.prefix)
        return Created(pseudo["AWS::StackId"], {f"Outputs.{key}": value for key, value in outputs.items()})

    def _outputs(self, scope: Scope, problems: Problems) -> dict[str, Any]:
        template, outputs = self.blueprint.template, {}
        for name, output in (self.blueprint.data.get("Outputs") or {}).items():
            where = f"Outputs.{name}"
            with problems.noted():
                if not isinstance(output, dict) or "Value" not in output:
                    raise template.error(where, "expected a mapping with Value")
                try:
                    if "Condition" not in output or scope.condition(output["Condition"]):
                        outputs[name] = with_values(self.app.cloud, scope.resolve(output["Value"]))
                        exported = self._export(scope, where, output.get("Export"), outputs[name])
                        about = str(output.get("Description") or "")
                        self._told.append(StackOutput(name, _shown(outputs[name]), about, exported))
                except CannotResolve as problem:
                    raise template.error(where, str(problem)) from None
        return outputs

    def _export(self, scope: Scope, where: str, export: Any, value: Any) -> str:
        """Export a value; gives the name, "" for none."""
        if export is None:
            return ""
        if not isinstance(export, dict) or "Name" not in export:
            raise self.blueprint.template.error(where, "Export: expected a mapping with Name")
        name = text_of(scope.resolve(export["Name"]))
        if name in self.app.exports:
            told = f"Export: {name} is exported already, by another stack of this cloud"
            raise self.blueprint.template.error(where, told)
        self.app.exports[name] = value
        return name


def as_text(path: Path, name: str, value: Any) -> str:
    """A parameter's value as the cache and CloudFormation have it. Raises `TemplateError`."""
    try:
        text = ",".join(map(text_of, value)) if isinstance(value, list | tuple) else text_of(value)
    except CannotResolve as problem:
        raise TemplateError(path, f"Parameters.{name}", str(problem)) from None
    if NOT_TAKEN.search(text):
        raise TemplateError(path, f"Parameters.{name}", f"{text!r:.80} contains a character that AWS refuses")
    return text


def _shown(value: Any) -> str:
    """A value as CloudFormation tells it."""
    if isinstance(value, list | tuple):
        return ",".join(map(_shown, value))
    return text_of(value) if isinstance(value, str | int | float) else json.dumps(value)


class Telling:
    """A block: an error in it is told as one about a resource of a template, or as a fault's doing."""

    __slots__ = ("_began", "_logical_id", "_recorder", "_template")

    def __init__(self, template: Template, logical_id: str, recorder: Recorder) -> None:
        self._template = template
        self._logical_id = logical_id
        self._recorder = recorder

    def __enter__(self) -> None:
        self._began = len(self._recorder)

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        if problem is not None:
            self._tell(problem)

    def _tell(self, problem: BaseException) -> None:
        template, logical_id = self._template, self._logical_id
        if isinstance(problem, ClientError | HTTPClientError | NoConnection):
            if fault := _fault_since(self._recorder, self._began):
                raise template.error(logical_id, fault) from problem
            if isinstance(problem, ClientError):
                error = problem.response["Error"]
                told = (
                    f"{error['Code']}: {error['Message']}{_shorter(template, logical_id, error['Message'])}"
                )
                raise template.error(logical_id, told) from problem
            told = f"{template.path}: {template.where(logical_id)}: the cloud gave no answer to this"
            problem.add_note(told)
        elif isinstance(problem, BotoCoreError):
            raise template.error(logical_id, " ".join(str(problem).split())) from problem
        elif isinstance(problem, TemplateError):
            return
        elif isinstance(problem, Unsupported):
            told = str(problem)
            if not told.startswith(str(template.path)):
                told = f"{template.path}: {template.where(logical_id)}: {told}"
            raise Unsupported(told) from None
        elif isinstance(problem, AttributeError | LookupError | TypeError | ValueError | OverflowError):
            raise template.error(logical_id, f"a property has the wrong form: {problem!r}") from problem


_OF_LENGTH = re.compile(r"\blength\b|too long|longer than|\d characters")


def _shorter(template: Template, logical_id: str, message: str) -> str:
    """Advice where a name is refused for its length, and the name of the app is part of it."""
    if _OF_LENGTH.search(message) and "AWS::StackName" in str(template.data["Resources"].get(logical_id)):
        return "; AWS::StackName is part of it: deploy(…, name=…) gives a shorter one"
    return ""


def _fault_since(recorder: Recorder, began: int) -> str:
    """The fault of the plan that hit the last call since this event; "" if none did."""
    call, fault = recorder.last("call"), recorder.last("fault")
    if call is None or fault is None or fault.seq < began or fault.cause != call.seq:
        return ""
    operation = f"{call.data['service']}:{call.data['operation']}"
    return f"the fault {fault.data['kind']} of the plan hit {operation}; the template is not to blame"
