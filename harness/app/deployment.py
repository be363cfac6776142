"""Deploys an app: template → resources, in order, by boto3 → the handle that tests use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnection

from harness.app.blueprint import Blueprint, blueprint_of, default_prefix, physical_prefix
from harness.app.dynamic import with_values
from harness.app.handle import App
from harness.app.intrinsics import NO_VALUE, CannotResolve, Created, Scope, text_of
from harness.app.order import needs
from harness.app.problems import Problems
from harness.app.resources import Making, type_of
from harness.app.resources.resource_type import Later
from harness.app.template import NOT_TAKEN, Template, TemplateError, read_text
from harness.cloud import ChecksPlan, Cloud, Unsupported


def deploy(
    cloud: Cloud,
    template: str | Path,
    *,
    parameters: Mapping[str, Any] | None = None,
    ignore: Sequence[str] = (),
    name: str | None = None,
) -> App:
    """Deploy a SAM or CloudFormation template to a cloud.

    `parameters` are the template's own. `ignore` lists what is left out: types ("AWS::Route53::RecordSet",
    "AWS::ApiGateway::*"), logical ids, or single properties ("Uploads.NotificationConfiguration"). `name`
    begins each physical name; by default the name of the template's folder, shortened.

    Raises `TemplateError` for a template that can't be deployed as it stands, naming the file, the line and
    the resource, and `Unsupported` for what this cloud can't do; all of it at once.

    >>> import harness
    >>> with harness.Simulator() as cloud:  # doctest: +SKIP
    ...     app = harness.deploy(cloud, "template.yaml")
    """
    path = Path(template)
    text = read_text(path)
    prefix = physical_prefix(name) if name else default_prefix(path.parent.resolve().name)
    given = tuple(sorted((str(key), _as_text(path, key, value)) for key, value in (parameters or {}).items()))
    left_out = (ignore,) if isinstance(ignore, str) else tuple(ignore)
    make = blueprint_of.__wrapped__ if "AWS::Include" in text else blueprint_of  # other files are read anew
    blueprint = make(text, path, given, left_out, cloud.region, cloud.account, prefix)
    app = App(cloud, blueprint.template, prefix, blueprint.without_effect, blueprint.written)
    scope = blueprint.scope(cloud.region, cloud.account, prefix)
    problems = Problems(path)
    later: list[Later] = []
    for logical_id in _possible(blueprint, scope):
        with problems.noted():
            scope.resources[logical_id] = _create(blueprint, cloud, scope, logical_id, prefix, later)
            app.types[logical_id] = blueprint.resources[logical_id]["Type"]
    problems.tell()
    for logical_id, act in later:
        with problems.noted(), _told_of(blueprint.template, logical_id):
            act()
    problems.tell()
    app.resources.update(scope.resources)
    app.outputs.update(_outputs(blueprint, scope, problems))
    problems.tell()
    if isinstance(cloud, ChecksPlan):
        cloud.check_plan()
    return app


def _as_text(path: Path, name: str, value: Any) -> str:
    """A parameter's value as the cache and CloudFormation have it."""
    try:
        text = ",".join(map(text_of, value)) if isinstance(value, list | tuple) else text_of(value)
    except CannotResolve as problem:
        raise TemplateError(path, f"Parameters.{name}", str(problem)) from None
    if NOT_TAKEN.search(text):
        raise TemplateError(
            path, f"Parameters.{name}", f"{text!r:.80} holds a character that AWS doesn't take"
        )
    return text


def _possible(blueprint: Blueprint, scope: Scope) -> Iterator[str]:
    """The resources in order, without those that need one which couldn't be created: more would be said of
    these than is wrong."""
    needed = needs(blueprint.template, blueprint.resources, blueprint.absent)
    for logical_id in blueprint.order:
        if all(name in scope.resources for name in needed[logical_id]):
            yield logical_id


def _create(
    blueprint: Blueprint, cloud: Cloud, scope: Scope, logical_id: str, prefix: str, later: list[Later]
) -> Created:
    resource = blueprint.resources[logical_id]
    template = blueprint.template
    properties: dict[str, Any] = {}
    for name, given in resource["Properties"].items():
        try:
            value = with_values(cloud, scope.resolve(given))
        except CannotResolve as problem:
            raise template.error(logical_id, f"{name}: {problem}", name) from None
        if value is not NO_VALUE:
            properties[name] = value
    display = blueprint.written.get(logical_id, logical_id)
    making = Making(cloud, template, prefix, logical_id, properties, display, later)
    known = type_of(resource["Type"])
    assert known is not None  # the blueprint was checked
    with _told_of(template, logical_id):
        return known.create(making)


@contextmanager
def _told_of(template: Template, logical_id: str) -> Iterator[None]:
    """What goes wrong in here is told as an error about this resource."""
    try:
        yield
    except ClientError as problem:
        error = problem.response["Error"]
        raise template.error(logical_id, f"{error['Code']}: {error['Message']}") from problem
    except (HTTPClientError, NoConnection) as problem:
        problem.add_note(f"{template.path}: {template.where(logical_id)}: the cloud gave no answer to this")
        raise
    except BotoCoreError as problem:
        raise template.error(logical_id, " ".join(str(problem).split())) from problem
    except TemplateError:
        raise
    except Unsupported as problem:
        where = f"{template.path}: {template.where(logical_id)}: "
        told = str(problem)
        raise Unsupported(told if told.startswith(str(template.path)) else where + told) from None
    except (AttributeError, LookupError, TypeError, ValueError, OverflowError) as problem:
        raise template.error(logical_id, f"a property has the wrong form: {problem!r}") from problem


def _outputs(blueprint: Blueprint, scope: Scope, problems: Problems) -> dict[str, Any]:
    template, outputs = blueprint.template, {}
    for name, output in (blueprint.data.get("Outputs") or {}).items():
        where = f"Outputs.{name}"
        with problems.noted():
            if not isinstance(output, dict) or "Value" not in output:
                raise template.error(where, "expected a mapping with Value")
            try:
                if "Condition" not in output or scope.condition(output["Condition"]):
                    outputs[name] = scope.resolve(output["Value"])
            except CannotResolve as problem:
                raise template.error(where, str(problem)) from None
    return outputs
