"""An app's parts, one a stack: a template, several, or the folder that a tool has put them into.

Folders of the CDK (`cdk.out`, with its manifests), of `sam build` (`.aws-sam/build`) and of the Serverless
Framework (`.serverless`). https://docs.aws.amazon.com/cdk/v2/guide/deploy.html#deploy-how-synth-assemblies
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from harness.app.blueprint import default_prefix, physical_prefix
from harness.app.order import after_needed
from harness.app.template import TemplateError, find_template, read_text
from harness.files import real_path

Templates = str | Path | Sequence[str | Path]
"""A template, several, or a folder that holds them."""

_IN_FOLDER = (
    *("template.yaml", "template.yml", "template.json"),
    "cloudformation-template-update-stack.json",
)
_MANIFEST = "manifest.json"
_MADE_BY_TOOLS = ("cdk.out", ".serverless", "build", ".aws-sam")
"""Folders that tools make in the app's own."""


@dataclass(frozen=True)
class Part:
    """One stack of an app.

    `prefix` begins physical names. `within` begins the names that its resources have in the app, "" for those
    that need none: "Network." of "Network.Gate". `assets` are files that the template knows by keys on S3.
    `construct` is the path of its stack in the CDK's tree. `around` are the templates that it is nested in.
    """

    path: Path
    prefix: str
    within: str = ""
    assets: Mapping[str, Path] = field(default_factory=dict)
    construct: str = ""
    around: tuple[Path, ...] = ()


def find_templates(template: Templates, *folders: Path) -> list[Path]:
    """The files and folders that are meant, looked for as `find_template` does. Raises `TemplateError`."""
    return [find_template(path, *folders) for path in _paths(template)]


def parts_of(template: Templates, name: str | None) -> tuple[str, list[Part]]:
    """The app's name, and its parts in the order to deploy them in. Raises `TemplateError`."""
    paths = [Path(path) for path in _paths(template)]
    stacks = [stack for path in paths for stack in _stacks(path)]
    if not stacks:
        raise TemplateError(paths[0] if paths else Path(), "", "deploy takes at least one template")
    project = _project(paths[0])
    if len(stacks) == 1:
        [stack] = stacks
        prefix = physical_prefix(name) if name else default_prefix(stack.name or project)
        return prefix, [Part(stack.path, prefix, "", stack.assets, stack.construct)]
    return physical_prefix(name) if name else default_prefix(project), _several(stacks, name, project)


def _paths(template: Templates) -> Sequence[str | Path]:
    return template if isinstance(template, list | tuple) else [template]  # type: ignore[list-item]


@dataclass(frozen=True)
class _Stack:
    path: Path
    name: str
    """The name of its stack, where the tool says it."""
    assets: Mapping[str, Path] = field(default_factory=dict)
    construct: str = ""


def _several(stacks: Sequence[_Stack], name: str | None, project: str) -> list[Part]:
    parts: dict[str, Part] = {}
    for stack in stacks:
        label = physical_prefix(stack.name or _label(stack.path))
        if label in parts:
            raise TemplateError(
                stack.path, "", f"its stack is called {label}, like the stack of {parts[label].path}"
            )
        prefix = physical_prefix(f"{name}-{label}" if name else stack.name or f"{project}-{label}")
        parts[label] = Part(stack.path, default_prefix(prefix), f"{label}.", stack.assets, stack.construct)
    return list(parts.values())


def _label(path: Path) -> str:
    """The name of one of several templates: its own, or its folder's if it has a name that all have."""
    return (
        path.parent.resolve().name if path.stem in ("template", "samconfig") else path.stem.partition(".")[0]
    )


def _project(path: Path) -> str:
    """The name of the app's folder, whatever tools have put into it."""
    folder = real_path(path if path.is_dir() else path.parent)
    while folder.name in _MADE_BY_TOOLS and folder.parent != folder:
        folder = folder.parent
    return folder.name


def _stacks(path: Path) -> list[_Stack]:
    """The stacks that a file or a folder holds."""
    if not path.is_dir():
        beside = path.parent / _MANIFEST
        if path.name.endswith(".template.json") and beside.is_file():
            return [stack for stack in _assembly(path.parent) if stack.path == path] or [_Stack(path, "")]
        return [_Stack(path, "")]
    if (path / _MANIFEST).is_file():
        return list(_assembly(path))
    for name in _IN_FOLDER:
        if (path / name).is_file():
            return [_Stack(path / name, "")]
    raise TemplateError(
        path, "", f"no template in this folder: expected {_MANIFEST} or {', '.join(_IN_FOLDER)}"
    )


def _assembly(folder: Path, around: tuple[Path, ...] = ()) -> Iterator[_Stack]:
    """The stacks of one of the CDK's cloud assemblies, each after those it depends on, then nested ones.

    https://docs.aws.amazon.com/cdk/api/v2/docs/cloud-assembly-schema-readme.html
    """
    if folder.resolve() in around:
        raise TemplateError(folder / _MANIFEST, "", "this cloud assembly contains itself")
    artifacts = _mappings(_json_in(folder / _MANIFEST), "artifacts")
    assets: dict[str, Path] = {}
    for artifact in artifacts.values():
        if artifact.get("type") == "cdk:asset-manifest":
            assets |= _assets(folder / str(_members(artifact, "properties").get("file")))
    for artifact_id in _in_order(folder, artifacts):
        artifact = artifacts[artifact_id]
        properties = _members(artifact, "properties")
        if artifact.get("type") == "aws:cloudformation:stack":
            name = str(properties.get("stackName") or artifact_id)
            construct = str(artifact.get("displayName") or artifact_id)
            yield _Stack(folder / str(properties.get("templateFile")), name, assets, construct)
        elif artifact.get("type") == "cdk:cloud-assembly":
            within = folder / str(properties.get("directoryName"))
            yield from _assembly(within, (*around, folder.resolve()))


def _in_order(folder: Path, artifacts: Mapping[str, Any]) -> list[str]:
    needed = {}
    for name, artifact in artifacts.items():
        given = artifact.get("dependencies")
        needed[name] = [other for other in artifacts if isinstance(given, list) and other in given]
    try:
        TopologicalSorter(needed).prepare()
    except CycleError as problem:
        told = f"its stacks depend on each other: {' → '.join(problem.args[1])}"
        raise TemplateError(folder / _MANIFEST, "", told) from None
    return after_needed(needed)


def _assets(file: Path) -> dict[str, Path]:
    """The files of an asset manifest, by their keys on S3."""
    found = {}
    for asset in _mappings(_json_in(file), "files").values():
        source = file.parent / str(_members(asset, "source").get("path"))
        for destination in _mappings(asset, "destinations").values():
            found[str(destination.get("objectKey"))] = source
    return found


def _json_in(file: Path) -> Any:
    try:
        return json.loads(read_text(file))
    except ValueError as problem:
        raise TemplateError(file, "", f"not JSON: {problem}") from None


def _members(data: Any, name: str) -> dict[str, Any]:
    """One member of a part of a manifest, a mapping."""
    found = data.get(name) if isinstance(data, dict) else None
    return found if isinstance(found, dict) else {}


def _mappings(data: Any, name: str) -> dict[str, dict[str, Any]]:
    """One member of a part of a manifest, a mapping of mappings."""
    return {key: found for key, found in _members(data, name).items() if isinstance(found, dict)}
