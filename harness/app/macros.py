"""Macros of AWS's own that are unfolded here: AWS::Include, and Fn::ForEach of AWS::LanguageExtensions.

Both go before the SAM transform, as on AWS: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/
create-reusable-transform-function-snippets-and-add-to-your-template-with-aws-include-transform.html and
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-foreach.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from harness.app.intrinsics import NO_VALUE, CannotResolve, Scope, text_of
from harness.app.problems import Problems
from harness.app.template import Template, TemplateError, check_parts, parse_values, read_text

EXTENSIONS = "AWS::LanguageExtensions"
INCLUDE = "AWS::Include"

_LOOP = "Fn::ForEach::"
_TRANSFORM = "Fn::Transform"
_LOOP_PARTS = 3
ITEMS_MAX = 10_000
"""Members that loops may make: a loop in a loop in a loop fills the memory soon."""


def unfolded(template: Template, scope: Scope) -> Template:
    """The template with its included files and its loops written out. Raises `TemplateError`."""
    if not template.folded:
        return template
    problems = Problems(template.path)
    unfolding = _Unfolding(template, scope, problems)
    data = unfolding.included_on_top(unfolding.included(template.data, ""))
    problems.tell()
    asked = asked_transforms(data)
    if EXTENSIONS in asked:
        loops = data.get("Resources")
        data = {name: unfolding.looped(part, {}, name) for name, part in data.items()}
        problems.tell()
        unfolding.note_lines(loops, data.get("Resources"))
    made = replace(template, data=data, lines={**template.lines, **unfolding.lines}, folded=False)
    check_parts(made)
    return made


def asked_transforms(data: Mapping[str, Any]) -> list[Any]:
    """The macros that a template asks for, in their order."""
    asked = data.get("Transform") or []
    return asked if isinstance(asked, list) else [asked]


def extended(template: Template, scope: Scope) -> Template:
    """The template as AWS::LanguageExtensions hands it on to SAM, without functions that need no resource.

    https://github.com/aws/serverless-application-model/issues/2533
    """
    if EXTENSIONS not in asked_transforms(template.data):
        return template
    scope.conditions = template.data.get("Conditions") or {}
    resources = _resolved_in_part(template.data["Resources"], scope)
    return replace(template, data={**template.data, "Resources": resources})


def _resolved_in_part(value: Any, scope: Scope) -> Any:
    """The value with the functions in it that need no resource resolved."""
    if isinstance(value, list):
        items = [_resolved_in_part(item, scope) for item in value]
        return [item for item in items if item is not NO_VALUE]
    if not isinstance(value, dict):
        return value
    name = str(next(iter(value), ""))
    if len(value) == 1 and (name == "Ref" or name.startswith("Fn::")):
        try:
            return scope.resolve(value)
        except CannotResolve:
            return value
    members = {name: _resolved_in_part(item, scope) for name, item in value.items()}
    return {name: item for name, item in members.items() if item is not NO_VALUE}


@dataclass
class _Unfolding:
    template: Template
    scope: Scope
    problems: Problems
    lines: dict[str, int] = field(default_factory=dict)
    _made: int = 0

    def included(self, value: Any, where: str) -> Any:
        """The value with each AWS::Include in it replaced by its file, the innermost first."""
        if isinstance(value, list):
            return [self.included(item, where) for item in value]
        if not isinstance(value, dict):
            return value
        within = {
            name: self.included(item, _place(where, name) if "." not in where else where)
            for name, item in value.items()
        }
        given = within.get(_TRANSFORM, [])
        wanted: list[Any] = given if isinstance(given, list) else [given]
        if not wanted or not all(_is_include(macro) for macro in wanted):
            return within  # another macro's: it is told where its value is asked for
        rest = {name: item for name, item in within.items() if name != _TRANSFORM}
        for macro in wanted:
            with self.problems.noted():
                rest |= self._file(macro, where)
        return rest

    def included_on_top(self, data: dict[str, Any]) -> dict[str, Any]:
        """The template with the sections of files that its Transform section includes."""
        asked = asked_transforms(data)
        for macro in asked:
            with self.problems.noted():
                data = _joined(data, self._file(macro, "Transform") if _is_include(macro) else {})
        left = [macro for macro in asked if not _is_include(macro)]
        return {**data, "Transform": left} if "Transform" in data else data

    def _file(self, macro: Mapping[str, Any], where: str) -> dict[str, Any]:
        parameters = macro.get("Parameters")
        given = parameters.get("Location") if isinstance(parameters, dict) else None
        try:
            location = text_of(self.scope.resolve(given))
        except CannotResolve as problem:
            raise self._error(where, f"AWS::Include: Location: {problem}") from None
        if ":" in location:
            told = f"AWS::Include: {location} isn't here; name a local file, as before `sam package`"
            raise self._error(where, told)
        path = self.template.folder / location
        if not path.is_file():
            raise self._error(where, f"AWS::Include: {location} does not exist (looked at {path})")
        content = parse_values(read_text(path), path)
        if not isinstance(content, dict):
            raise TemplateError(path, "", "AWS::Include takes a mapping")
        return content

    def looped(self, value: Any, names: Mapping[str, str], where: str) -> Any:
        """The value with each Fn::ForEach in it written out; `names` are the items of the loops around it."""
        if isinstance(value, str):
            return _filled(value, names)
        if isinstance(value, list):
            return [self.looped(item, names, where) for item in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1 and isinstance(value.get("Ref"), str) and value["Ref"] in names:
            return names[value["Ref"]]
        made: dict[Any, Any] = {}
        for name, item in value.items():
            with self.problems.noted():
                made |= self._member(name, item, names, where, made)
        return made

    def _member(
        self, name: Any, item: Any, names: Mapping[str, str], where: str, made: Mapping[Any, Any]
    ) -> dict[Any, Any]:
        if not isinstance(name, str) or not name.startswith(_LOOP):
            within = _place(where, name) if "." not in where else where
            return {_filled(name, names): self.looped(item, names, within)}
        members = self._members(name, item, names, _place(where, name) if where == "Resources" else where)
        twins = [known for known in members if known in made]
        if twins:
            raise self._error(where, f"{name} makes {twins[0]!r}, which already exists")
        return members

    def _members(self, name: str, loop: Any, names: Mapping[str, str], where: str) -> dict[Any, Any]:
        if not isinstance(loop, list) or len(loop) != _LOOP_PARTS or not isinstance(loop[2], dict):
            raise self._error(where, f"{name}: expected [identifier, collection, {{key: value}}]")
        identifier, collection, body = loop
        if not isinstance(identifier, str) or identifier in names:
            raise self._error(where, f"{name}: {identifier!r} isn't allowed as an identifier here")
        members: dict[Any, Any] = {}
        for item in self._items(name, self.looped(collection, names, where), where):
            found = self.looped(body, {**names, identifier: item}, where)
            self._made += len(found)
            if self._made > ITEMS_MAX:
                raise self._error(where, f"{name}: its loops make more than {ITEMS_MAX:,} members")
            twins = [known for known in found if known in members]
            if twins:
                told = f"makes {twins[0]!r} twice; put ${{{identifier}}} into the key"
                raise self._error(where, f"{name}: {told}")
            members |= found
        return members

    def _items(self, name: str, collection: Any, where: str) -> list[str]:
        try:
            found = self.scope.resolve(collection)
            items = [text_of(item) for item in found] if isinstance(found, list) else None
        except CannotResolve as problem:
            raise self._error(where, f"{name}: {problem}") from None
        if items is None:
            raise self._error(where, f"{name}: its collection is no list: {found!r:.80}")
        return items

    def note_lines(self, loops: Any, resources: Any) -> None:
        """What a loop makes has the loop's line."""
        written = [name for name in loops or () if str(name).startswith(_LOOP)]
        for made in resources or () if written else ():
            if made not in loops:
                self.lines[str(made)] = self.template.lines.get(str(written[0]), 0)

    def _error(self, where: str, problem: str) -> TemplateError:
        return self.template.error(where.removeprefix("Resources."), problem)


def _joined(data: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Two templates as one: what both have a section for stands in one."""
    joined = {**data, **more}
    for name in data.keys() & more.keys():
        if isinstance(data[name], dict) and isinstance(more[name], dict):
            joined[name] = {**data[name], **more[name]}
    return joined


def _place(where: str, name: Any) -> str:
    return f"{where}.{name}" if where else str(name)


def _is_include(macro: Any) -> bool:
    return isinstance(macro, dict) and macro.get("Name") == INCLUDE


_ITEM = re.compile(r"([$&])\{([A-Za-z0-9]+)\}")


def _filled(value: Any, names: Mapping[str, str]) -> Any:
    """A text with the items of loops in it: `${Name}`, and `&{Name}` without what no logical id holds."""
    if not isinstance(value, str) or not names:
        return value

    def item(found: re.Match[str]) -> str:
        sign, name = found.groups()
        if name not in names:
            return found[0]
        return names[name] if sign == "$" else re.sub(r"[^A-Za-z0-9]", "", names[name])

    return _ITEM.sub(item, value)
