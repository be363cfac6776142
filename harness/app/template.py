"""Templates as written: YAML with CloudFormation's short tags, or JSON.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import yaml

from harness.app.problems import Problems
from harness.app.problems import TemplateError as TemplateError
from harness.files import FileError, text_of
from harness.near import did_you_mean

SIZE_MAX = 1_000_000
"""Characters: CloudFormation's own limit."""
NODES_MAX = 100_000
"""Values, with YAML aliases unfolded: stops a small file from filling the memory."""
DEPTH_MAX = 64
NOT_TAKEN = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML can't hold, so that no request or answer could: https://www.w3.org/TR/xml/#charsets."""

_SECTIONS = [
    *("AWSTemplateFormatVersion", "Conditions", "Description", "Globals", "Hooks", "Mappings", "Metadata"),
    *("Outputs", "Parameters", "Resources", "Rules", "Transform"),
]
OF_RESOURCES = [
    *("Condition", "Connectors", "CreationPolicy", "DeletionPolicy", "DependsOn", "Description"),
    *("IgnoreGlobals", "Metadata", "Properties", "Type", "UpdatePolicy"),
    *("UpdateReplacePolicy", "Version"),
]
OF_SAM = "AWS::Serverless::"
"""Begins the types that SAM makes others of. It reads those attributes of them that it knows."""

_ENDINGS = (".yaml", ".yml", ".json", ".template")
_FOLDED = ("Fn::ForEach::", "AWS::Include")
_TAGS_WITH_OWN_NAME = ("Ref", "Condition")


@dataclass(frozen=True)
class Template:
    """A template's data, and the lines on which its parts begin.

    `lines` has the keys "Billing" (a resource), "Billing.Timeout" (its property), "Parameters.Stage".
    `folded`: it holds macros that `macros.unfolded` writes out; its parts are checked after that. `twins` are
    the places of names that stand twice: the last one counts, as on AWS.
    """

    path: Path
    data: Mapping[str, Any]
    lines: Mapping[str, int]
    folded: bool = False
    twins: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        """The folder that its relative paths start from."""
        return self.path.parent

    def where(self, name: str, within: str = "") -> str:
        """A part as error messages name it: a resource, or a property `within` it if its line is known."""
        line = self.lines.get(f"{name}.{within}") or self.lines.get(name)
        if line:
            return f"line {line}, {name}"
        resources = self.data.get("Resources")
        named = resources if isinstance(resources, dict) else {}
        origins = [known for known in named if name.startswith(str(known)) and known != name]
        if origins and "." not in name:
            origin = str(max(origins, key=lambda known: len(str(known))))
            return f"{self.where(origin)}: {name}, which SAM makes of it"
        return name

    def error(self, name: str, problem: str, within: str = "") -> TemplateError:
        """An error about one of its resources, or "Parameters.Stage"."""
        return TemplateError(self.path, self.where(name, within), problem)


def find_template(path: str | Path, *folders: Path) -> Path:
    """The template at `path`, looked for in these folders in turn, then in the working folder. Raises
    `TemplateError`."""
    if not isinstance(path, str | Path):
        raise TypeError(f"deploy takes the path of a template, not {path!r:.80}")
    looked = list(dict.fromkeys((*folders, Path.cwd())))
    for folder in looked:
        if (folder / path).exists():
            return folder / path
    if Path(path).is_absolute():
        raise TemplateError(path, "", "no such file")
    there = {file.name for folder in looked for file in (folder / path).parent.glob("*.*")}
    hint = did_you_mean(Path(path).name, {name for name in there if name.endswith(_ENDINGS)})
    raise TemplateError(path, "", f"no such file in {' or '.join(map(str, looked))}{hint}")


def load_template(path: str | Path) -> Template:
    """Read a template. Raises `TemplateError` for anything that isn't one."""
    return parse_template(read_text(path), path)


def read_text(path: str | Path) -> str:
    """A template's text. Raises `TemplateError`."""
    try:
        return text_of(path)
    except FileError as problem:
        raise TemplateError(path, "", str(problem)) from None


def parse_template(text: str, path: str | Path = "template.yaml") -> Template:
    """Like `load_template`, from text that is read already."""
    twins: list[str] = []
    data, lines = _parsed(text, path, twins)
    if not isinstance(data, dict):
        raise TemplateError(path, "", "not a template: expected a mapping with Resources")
    folded = any(macro in text for macro in _FOLDED)
    template = Template(Path(path), data, lines, folded, tuple(twins))
    if template.folded:
        _check_sections(template)
    else:
        check_parts(template)
    return template


def parse_values(text: str, path: str | Path) -> Any:
    """The values in a file that a template includes, with short tags as in a template."""
    return _parsed(text, path, [])[0]


def _parsed(text: str, path: str | Path, twins: list[str]) -> tuple[Any, dict[str, int]]:
    if len(text) > SIZE_MAX:
        raise TemplateError(path, "", f"has {len(text):,} characters; CloudFormation takes {SIZE_MAX:,}")
    read = _json if text.lstrip().startswith("{") else _yaml
    data, lines = read(text, path, twins)
    _check_values(data, path)
    return data, lines


def check_parts(template: Template) -> None:
    """Sections and resources have the form that they need. Raises `TemplateError`."""
    _check_sections(template)
    problems = Problems(template.path)
    for logical_id, resource in template.data["Resources"].items():
        with problems.noted():
            _check_resource(template, logical_id, resource)
    problems.tell()


class _Loader(yaml.SafeLoader):
    """YAML as CloudFormation reads it: short tags, dates as text; of a key twice the last one counts."""

    def __init__(self, text: str, twins: list[str]) -> None:
        super().__init__(text)
        self.twins = twins


def _yaml(text: str, path: str | Path, twins: list[str]) -> tuple[Any, dict[str, int]]:
    try:
        loader = _Loader(text, twins)
        node = loader.get_single_node()
        if node is None:
            return None, {}
        if _unfolded(node, {}) > NODES_MAX:
            raise TemplateError(path, "", f"its aliases expand to more than {NODES_MAX:,} values")
        return loader.construct_document(node), _lines(node)
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark
        where = f"line {mark.line + 1}" if mark else ""
        raise TemplateError(path, where, problem.problem or "not YAML") from None
    except RecursionError:
        raise TemplateError(path, "", f"is nested deeper than {DEPTH_MAX} levels") from None
    except TemplateError:
        raise
    except (yaml.YAMLError, ValueError, TypeError, OverflowError) as problem:
        raise TemplateError(path, "", f"not YAML or JSON: {problem}") from None


def _json(text: str, path: str | Path, twins: list[str]) -> tuple[Any, dict[str, int]]:
    """JSON by its own rules (tabs, escapes); what only looks like JSON by those of YAML."""

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            twins.extend(name for name in found if names.count(name) > 1)
        return found

    try:
        data = json.loads(text, object_pairs_hook=members, parse_constant=_no_number)
    except (ValueError, RecursionError) as problem:
        if isinstance(problem, json.JSONDecodeError):
            try:
                return _yaml(text, path, twins)
            except TemplateError:
                raise TemplateError(path, f"line {problem.lineno}", f"not JSON: {problem.msg}") from None
        raise TemplateError(path, "", f"not JSON: {problem}") from None
    try:
        return data, _lines(_Loader(text, []).get_single_node())
    except (yaml.YAMLError, RecursionError):
        return data, {}


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _unfolded(node: yaml.Node, sizes: dict[int, int]) -> int:
    """The number of values in a node once every alias is replaced by its target."""
    if id(node) in sizes:
        return sizes[id(node)]
    sizes[id(node)] = NODES_MAX + 1  # reached again from within: it holds itself
    parts: list[yaml.Node] = []
    if isinstance(node, yaml.MappingNode):
        parts = [part for pair in node.value for part in pair]
    elif isinstance(node, yaml.SequenceNode):
        parts = node.value
    sizes[id(node)] = size = 1 + sum(_unfolded(part, sizes) for part in parts)
    return size


def _check_values(data: Any, path: str | Path) -> None:
    """Only what JSON can say, and not too deep."""
    level: list[Any] = [data]
    for _ in range(DEPTH_MAX):
        below: list[Any] = []
        for value in level:
            if isinstance(value, str) and NOT_TAKEN.search(value):
                raise TemplateError(path, "", f"{value!r:.80} contains a character that AWS refuses")
            if isinstance(value, dict):
                below += [key for key in value if isinstance(key, str)]
                odd = [key for key in value if not isinstance(key, str | int | float)]
                if odd:
                    raise TemplateError(path, "", f"{odd[0]!r} can't be a key; quote it")
                below += value.values()
            elif isinstance(value, list):
                below += value
            elif not (value is None or isinstance(value, str | int) or _is_finite(value)):
                raise TemplateError(path, "", f"{value!r} isn't allowed as a value in a template; quote it")
        if not below:
            return
        level = below
    raise TemplateError(path, "", f"is nested deeper than {DEPTH_MAX} levels")


def _is_finite(value: Any) -> bool:
    return isinstance(value, float) and math.isfinite(value)


def _check_sections(template: Template) -> None:
    data, path = template.data, template.path
    if {"service", "provider"} <= data.keys():
        told = (
            "a configuration of the Serverless Framework; deploy what `serverless package` makes: .serverless"
        )
        raise TemplateError(path, "", told)
    for section in data:
        if section not in _SECTIONS:
            raise template.error(str(section), f"no section of a template{did_you_mean(section, _SECTIONS)}")
    to_come = template.folded and "Resources" not in data
    if not to_come and (not isinstance(data.get("Resources"), dict) or not data["Resources"]):
        raise TemplateError(path, "", "not a template: Resources is missing or empty")
    for section in ("Parameters", "Conditions", "Mappings", "Outputs", "Globals"):
        if not isinstance(data.get(section), dict | None):
            raise template.error(section, "expected a mapping")
        for name in data.get(section) or {}:
            if not isinstance(name, str):
                raise template.error(section, f"{name!r} can't be a name; quote it")


def _check_resource(template: Template, logical_id: Any, resource: Any) -> None:
    if not isinstance(logical_id, str) or not re.fullmatch(r"[A-Za-z0-9]+", logical_id):
        if str(logical_id).startswith("Fn::"):
            raise template.error(str(logical_id), "add Transform: AWS::LanguageExtensions, which expands it")
        raise template.error(str(logical_id), "a logical id has letters and digits only")
    if not isinstance(resource, dict):
        raise template.error(logical_id, "expected a mapping with Type and Properties")
    for name in resource:
        if name not in OF_RESOURCES and not str(resource.get("Type")).startswith(OF_SAM):
            hint = "; is it meant to stand under Properties?"
            near = did_you_mean(name, OF_RESOURCES)
            raise template.error(logical_id, f"{name!r} is no attribute of a resource{near or hint}")
    if not isinstance(resource.get("Type"), str):
        raise template.error(logical_id, "Type is missing")
    if not isinstance(resource.get("Properties"), dict | None):
        raise template.error(logical_id, "Properties: expected a mapping")
    for name in resource.get("Properties") or {}:
        if not isinstance(name, str):
            raise template.error(logical_id, f"{name!r} is no name of a property")


def _lines(node: Any) -> dict[str, int]:
    lines: dict[str, int] = {}
    for section, parts in _members(node):
        lines[section.value] = section.start_mark.line + 1
        prefix = "" if section.value == "Resources" else f"{section.value}."
        for name, part in _members(parts):
            lines[prefix + name.value] = name.start_mark.line + 1
            for attribute, inner in _members(part):
                if prefix:
                    lines[f"{prefix}{name.value}.{attribute.value}"] = attribute.start_mark.line + 1
                elif attribute.value == "Properties":
                    for key, _ in _members(inner):
                        lines[f"{name.value}.{key.value}"] = key.start_mark.line + 1
    return lines


def _members(node: Any) -> Iterator[tuple[yaml.ScalarNode, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                yield key, value


def _short_tag(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = _mapping(loader, node)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in _TAGS_WITH_OWN_NAME else f"Fn::{suffix}": value}


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen = set()
    for key, _ in node.value:
        name = key.value if isinstance(key, yaml.ScalarNode) else None
        if name is not None and name != "<<" and name in seen:
            loader.twins.append(f"{name} on line {key.start_mark.line + 1}")
        seen.add(name)
    loader.flatten_mapping(node)
    return loader.construct_mapping(node, deep=True)


_Loader.add_multi_constructor("!", _short_tag)
_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
