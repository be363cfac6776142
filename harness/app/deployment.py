"""Deploys an app, stack by stack, and gives the handle that tests use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from harness.app.blueprint import check_used
from harness.app.handle import App
from harness.app.parts import Part, Templates, parts_of
from harness.app.problems import Problems
from harness.app.stack import Stack
from harness.app.template import TemplateError, parse_template, read_text
from harness.cloud import ChecksPlan, Cloud, follows
from harness.near import near


def deploy(
    cloud: Cloud,
    template: Templates,
    *,
    parameters: Mapping[str, Any] | None = None,
    ignore: Sequence[str] = (),
    name: str | None = None,
    always_ignore: Sequence[str] = (),
) -> App:
    """Deploy a SAM or CloudFormation template to `cloud`.

    `template` is a file, a list of files that are deployed together, each after those it imports from, or a
    folder that a tool has made: `cdk.out`, `.aws-sam/build`, `.serverless`.
    `parameters` are the template's own. `ignore` lists what is left out: types ("AWS::Route53::RecordSet",
    "AWS::ApiGateway::*"), logical ids, or single properties ("Uploads.NotificationConfiguration");
    `always_ignore` is like it, and may name what isn't there. `name` begins each physical name; by default
    the name of the template's folder, shortened.

    Raises `TemplateError` for a template that can't be deployed as it stands, naming the file, the line and
    the resource, and `Unsupported` for what this cloud can't do; all of it at once.

    >>> shop = harness.deploy(cloud, "fixtures/apps/orders/template.yaml", name="shop")
    >>> shop.queue("BillingQueue").depth()
    0
    """
    own_name, parts = parts_of(template, name)
    path = Path(template) if isinstance(template, str | Path) else parts[0].path
    left_out = (ignore,) if isinstance(ignore, str) else tuple(ignore)
    given = {str(key): value for key, value in (parameters or {}).items()}
    several = len(parts) > 1
    app = App(cloud, path, own_name)
    unused = set(left_out)
    problems = Problems(app.path)
    declared = [_declared(read_text(part.path), part.path) for part in parts] if several else []
    _check_known(parts, given, declared, problems)
    with cloud.deploying():
        for number, part in enumerate(parts):
            with problems.noted():
                own = {key: value for key, value in given.items() if not several or key in declared[number]}
                stack = Stack(app, part, own, (*left_out, *always_ignore), unused, alone=not several)
                outputs = stack.deploy()
                app.outputs.update({f"{part.within}{key}": value for key, value in outputs.items()})
    problems.tell()
    alone = {known.rpartition(".")[2] for known in app.types}
    check_used(app.path, unused, {*app.types, *alone, *app.types.values()})
    if follows(cloud, ChecksPlan):
        cloud.check_plan()
    return app


@lru_cache(maxsize=64)
def _declared(text: str, path: Path) -> frozenset[str]:
    """The names of a template's parameters."""
    return frozenset(parse_template(text, path).data.get("Parameters") or ())


def _check_known(
    parts: Sequence[Part], given: Mapping[str, Any], declared: Sequence[frozenset[str]], problems: Problems
) -> None:
    """A parameter that none of several templates has is a mistake. Raises `TemplateError`."""
    known = frozenset[str]().union(*declared)
    for key in given if declared else ():
        if key not in known:
            with problems.noted():
                raise TemplateError(
                    parts[0].path, "Parameters", f"there is no parameter {key!r}{near(key, known)}"
                )
    problems.tell()
