"""CloudFormation's intrinsic functions, resolved against parameters and what was created so far.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

from __future__ import annotations

import base64
import ipaddress
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.near import did_you_mean

_SUB = re.compile(r"\$\{(!?)([^}]*)\}")
Reads = dict[tuple[str, str | None], Any]
NO_VALUE = object()
"""The value of `Ref: AWS::NoValue`: a property with it counts as absent."""


class CannotResolve(ValueError):
    """An intrinsic function can't be resolved; the message says why."""


_EXTENSIONS = ("Fn::Length", "Fn::ToJsonString")
_NEEDS_TRANSFORM = (
    "belongs to AWS::LanguageExtensions: add that to Transform, before AWS::Serverless-2016-10-31"
)

LEFT_OUT = "arn:aws:left-out:"
"""The beginning of the ARN that stands for an attribute of a resource which the user left out."""


@dataclass(frozen=True)
class Created:
    """The values of Ref and GetAtt for a created resource."""

    ref: str
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        """The resource's ARN, which some types name after themselves; what Ref gives where there is none."""
        named = (name for name in self.attributes if name.endswith("Arn"))
        name = "Arn" if "Arn" in self.attributes else next(named, None)
        return str(self.attributes[name]) if name is not None else self.ref


@dataclass
class Scope:
    """The names that intrinsic functions can refer to.

    `absent` tells why a resource isn't created or a parameter has no value; those among them that are in
    `left_out` (as the user asked) answer with made-up names all the same. `exports`: those of other stacks.
    `more`: attributes of a created resource that are made up where they are asked for. `reads`: the values
    that weren't known before anything was created, by resource and attribute, None for Ref; "" for exports.
    `extended`: the template asks for the functions of AWS::LanguageExtensions.
    """

    parameters: Mapping[str, Any]
    pseudo: Mapping[str, Any]
    mappings: Mapping[str, Any] = field(default_factory=dict)
    conditions: Mapping[str, Any] = field(default_factory=dict)
    resources: dict[str, Created] = field(default_factory=dict)
    absent: Mapping[str, str] = field(default_factory=dict)
    left_out: frozenset[str] = frozenset()
    exports: Mapping[str, Any] = field(default_factory=dict)
    more: Callable[[str], Mapping[str, Any]] = field(default=lambda logical_id: {})
    reads: Reads = field(default_factory=dict)
    extended: bool = True
    _asked: list[str] = field(default_factory=list)

    def resolve(self, value: Any) -> Any:
        """The value with every intrinsic function in it replaced. Raises `CannotResolve`."""
        if isinstance(value, list):
            resolved = [item if type(item) is str else self.resolve(item) for item in value]
            return [item for item in resolved if item is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            [(name, argument)] = value.items()
            if name == "Ref":
                return self.ref(argument)
            if isinstance(name, str) and name.startswith("Fn::"):
                function = _FUNCTIONS.get(name)
                if function is None:
                    raise CannotResolve(f"{name} can't be resolved locally; known: {_known()}")
                if name in _EXTENSIONS and not self.extended:
                    raise CannotResolve(f"{name} {_NEEDS_TRANSFORM}")
                return _checked(name, function, self, argument)
        members = {k: item if type(item) is str else self.resolve(item) for k, item in value.items()}
        return {key: item for key, item in members.items() if item is not NO_VALUE}

    def condition(self, name: Any) -> bool:
        """Does a condition of the template hold? Raises `CannotResolve`."""
        if not isinstance(name, str) or name not in self.conditions:
            raise CannotResolve(f"the template has no condition {name!r}")
        if name in self._asked:
            raise CannotResolve(f"the condition depends on itself: {' → '.join([*self._asked, name])}")
        self._asked.append(name)
        try:
            return self.truth(self.conditions[name])
        finally:
            self._asked.pop()

    def truth(self, value: Any) -> bool:
        """The value of a condition: another's name, or And, Or, Not, Equals. Raises `CannotResolve`."""
        if isinstance(value, dict) and list(value) == ["Condition"]:
            named = value["Condition"]  # by SAM's conditions of destinations another time
            return self.truth(named) if isinstance(named, dict) else self.condition(named)
        resolved = text_of(self.resolve(value))
        if resolved not in ("true", "false"):
            raise CannotResolve(f"a condition is true or false, not {resolved!r}")
        return resolved == "true"

    def ref(self, name: Any) -> Any:
        """Ref."""
        if not isinstance(name, str):
            raise CannotResolve("Ref takes the name of a parameter or resource")
        if name == "AWS::NoValue":
            return NO_VALUE
        for known in (self.pseudo, self.parameters):
            if name in known:
                return known[name]
        if name in self.resources:
            value = self.reads[name, None] = self.resources[name].ref
            return value
        if name in self.left_out:
            return f"{self.pseudo['AWS::StackName']}-{name}"
        raise CannotResolve(f"Ref: {self._missing(name, 'parameter or resource')}")

    def attribute(self, logical_id: str, name: str) -> Any:
        """Fn::GetAtt."""
        created = self.resources.get(logical_id)
        if created is None and logical_id in self.left_out:
            here = f"{self.pseudo['AWS::Region']}:{self.pseudo['AWS::AccountId']}"
            return f"{LEFT_OUT}{here}:{self.ref(logical_id)}/{name}"
        if created is None:
            raise CannotResolve(f"Fn::GetAtt: {self._missing(logical_id, 'resource')}")
        attributes = created.attributes
        if name not in attributes:
            attributes = {**self.more(logical_id), **attributes}
        if name not in attributes:
            known = ", ".join(sorted(attributes)) or "none"
            raise CannotResolve(f"Fn::GetAtt: {logical_id} has no attribute {name!r}; it has: {known}")
        value = self.reads[logical_id, name] = attributes[name]
        return value

    def _missing(self, name: str, kind: str) -> str:
        if name in self.absent:
            return f"{name} isn't there: {self.absent[name]}"
        there = [*self.resources, *(self.parameters if "parameter" in kind else ())]
        return f"there is no {kind} {name!r}{did_you_mean(name, there)}"


def text_of(value: Any) -> str:
    """A value as CloudFormation writes it into text. Raises `CannotResolve` for lists and mappings."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is NO_VALUE or not isinstance(value, str | int | float):
        shown = "AWS::NoValue" if value is NO_VALUE else repr(value)
        raise CannotResolve(f"expected text or a number, found {shown}")
    return str(value)


def references(value: Any) -> Iterator[str]:
    """The names that Ref, GetAtt, Sub and Condition in a value refer to."""
    if isinstance(value, list):
        for item in value:
            yield from references(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key == "Ref" and isinstance(item, str):
                yield item
            elif key == "Fn::GetAtt" and isinstance(item, list | str) and item:
                yield str(item[0]) if isinstance(item, list) else item.partition(".")[0]
            elif key == "Fn::Sub":
                text = item[0] if isinstance(item, list) and item else item
                for literal, name in _SUB.findall(text) if isinstance(text, str) else ():
                    if not literal:
                        yield name.strip().partition(".")[0]
            yield from references(item)


def _checked(name: str, function: Callable[[Scope, Any], Any], scope: Scope, argument: Any) -> Any:
    try:
        return function(scope, argument)
    except CannotResolve:
        raise
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError):
        raise CannotResolve(f"{name}: its argument has the wrong form: {argument!r:.200}") from None


def _get_att(scope: Scope, argument: Any) -> Any:
    parts = argument.split(".", 1) if isinstance(argument, str) else argument
    logical_id, name = parts[0], ".".join(str(scope.resolve(part)) for part in parts[1:])
    return scope.attribute(logical_id, name)


def _sub(scope: Scope, argument: Any) -> str:
    text, given = (argument, {}) if isinstance(argument, str) else (argument[0], argument[1])
    values = {name: scope.resolve(value) for name, value in given.items()}

    def replaced(match: re.Match[str]) -> str:
        literal, name = match.groups()
        name = name.strip()
        if literal:
            return "${" + name + "}"
        if name in values:
            return text_of(values[name])
        if "." in name:
            return text_of(scope.attribute(*name.split(".", 1)))
        return text_of(scope.ref(name))

    return _SUB.sub(replaced, text)


def _join(scope: Scope, argument: Any) -> str:
    separator, parts = argument
    resolved = scope.resolve(parts)
    if not isinstance(separator, str) or not isinstance(resolved, list):
        raise TypeError
    return separator.join(text_of(part) for part in resolved)


def _select(scope: Scope, argument: Any) -> Any:
    index, items = argument
    chosen, listed = int(scope.resolve(index)), scope.resolve(items)
    if not isinstance(listed, list) or not 0 <= chosen < len(listed):
        made_up = [name for name in references(items) if name in scope.left_out]
        if made_up:  # which has not the form of what it stands for
            return scope.ref(made_up[0])
        raise CannotResolve(f"Fn::Select: there is no item {chosen} in {listed!r}")
    return listed[chosen]


def _split(scope: Scope, argument: Any) -> list[str]:
    separator, text = argument
    return text_of(scope.resolve(text)).split(separator)


def _find_in_map(scope: Scope, argument: Any) -> Any:
    keys = [text_of(scope.resolve(key)) for key in argument[:3]]
    if len(keys) != 3:
        raise ValueError
    value: Any = scope.mappings
    for key in keys:
        value = {str(name): below for name, below in value.items()} if isinstance(value, dict) else {}
        if key not in value:
            if len(argument) > 3 and "DefaultValue" in argument[3]:
                if not scope.extended:
                    raise CannotResolve(f"Fn::FindInMap: DefaultValue {_NEEDS_TRANSFORM}")
                return scope.resolve(argument[3]["DefaultValue"])
            raise CannotResolve(f"Fn::FindInMap: there is no {' → '.join(keys)} in Mappings")
        value = value[key]
    return value


def _if(scope: Scope, argument: Any) -> Any:
    condition, then, otherwise = argument
    return scope.resolve(then if scope.condition(condition) else otherwise)


def _equals(scope: Scope, argument: Any) -> bool:
    one, other = (scope.resolve(side) for side in argument)
    return text_of(one) == text_of(other)


def _some(parts: Any) -> list[Any]:
    if not isinstance(parts, list):
        raise TypeError
    return parts


def _cidr(scope: Scope, argument: Any) -> list[str]:
    block, count, bits = (*(scope.resolve(part) for part in argument), 8)[:3]
    if not 1 <= int(count) <= 256:
        raise CannotResolve(f"Fn::Cidr: count is 1 to 256, found {count}")
    network = ipaddress.ip_network(str(block), strict=False)
    subnets = network.subnets(new_prefix=network.max_prefixlen - int(bits))
    return [str(subnet) for subnet, _ in zip(subnets, range(int(count)), strict=False)]


def _transform(scope: Scope, argument: Any) -> Any:
    raise CannotResolve("Fn::Transform calls a macro, which runs on AWS only; put its result here")


def _import_value(scope: Scope, argument: Any) -> Any:
    name = text_of(scope.resolve(argument))
    if name not in scope.exports:
        raise CannotResolve(
            f"Fn::ImportValue: no stack exports {name!r}{did_you_mean(name, scope.exports)}; deploy the "
            'exporting template first, or both together: deploy(["its.yaml", "this.yaml"])'
        )
    value = scope.reads["", name] = scope.exports[name]
    return value


_FUNCTIONS: dict[str, Callable[[Scope, Any], Any]] = {
    "Fn::And": lambda scope, parts: all(scope.truth(part) for part in _some(parts)),
    "Fn::Base64": lambda scope, text: base64.b64encode(text_of(scope.resolve(text)).encode()).decode(),
    "Fn::Cidr": _cidr,
    "Fn::Equals": _equals,
    "Fn::FindInMap": _find_in_map,
    "Fn::GetAZs": lambda scope, region: [
        f"{scope.resolve(region) or scope.pseudo['AWS::Region']}{zone}" for zone in "abc"
    ],
    "Fn::GetAtt": _get_att,
    "Fn::If": _if,
    "Fn::ImportValue": _import_value,
    "Fn::Join": _join,
    "Fn::Length": lambda scope, items: len(_some(scope.resolve(items))),
    "Fn::Not": lambda scope, parts: not scope.truth(*_some(parts)),
    "Fn::Or": lambda scope, parts: any(scope.truth(part) for part in _some(parts)),
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::Sub": _sub,
    "Fn::Transform": _transform,
    "Fn::ToJsonString": lambda scope, value: json.dumps(scope.resolve(value), separators=(",", ":")),
}


def _known() -> str:
    return ", ".join(sorted(_FUNCTIONS))
