"""Types that nothing here acts on: accepted as AWS's resource schema describes them, without effect.

The schemas are those that cfn-lint carries. Ref and GetAtt give values of the right form; a call about such a
resource is refused by its name.
https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from harness.app.intrinsics import Created
from harness.app.resources.resource_type import Making, ResourceType
from harness.app.resources.shapes import text
from harness.cloud import RefusesCallsAbout

NOTE = "accepted without effect: nothing here acts on this type, and calls about the resource are refused"

_PORT = 443
_NETWORK = {
    "CidrBlock": "10.0.0.0/16",
    "CidrBlocks": "10.0.0.0/16",
    "Ipv6CidrBlocks": "2001:db8::/56",
    "PrivateIp": "10.0.0.4",
    "PublicIp": "192.0.2.4",
}
"""Values that others are computed from, as by Fn::Cidr."""
_HOSTS = ("Address", "DomainName", "Domain", "DNSName", "DnsName", "Host", "HostName")
_ADDRESSES = ("Endpoint", "URI", "URL", "Uri", "Url")


@cache
def accepted(kind: str) -> ResourceType | None:
    """A type of AWS's resource schema, to be accepted without effect; None for a type that isn't there."""
    file = _files().get(kind)
    if file is None:
        return None
    schema: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    read_only = {_dotted(path) for path in schema.get("readOnlyProperties") or ()}
    return ResourceType(
        lambda making: _create(making, kind, schema),
        frozenset(schema.get("properties") or ()) - read_only,
        note=NOTE,
        required=frozenset(schema.get("required") or ()),
    )


def accepted_types() -> Collection[str]:
    """The names of all types that AWS has a schema for."""
    return _files().keys()


def made_up(making: Making, kind: str) -> dict[str, Any]:
    """The attributes that AWS's schema has for a resource of a type that is a name here."""
    file = _files().get(kind)
    schema = json.loads(file.read_text(encoding="utf-8")) if file is not None else {}
    return dict(_Values(making, kind, schema).read_only()) if schema else {}


@cache
def _files() -> Mapping[str, Path]:
    """The file of each type's schema. The library isn't imported for it, which would take a second."""
    found = find_spec("cfnlint")
    if found is None or not found.submodule_search_locations:
        raise ImportError("cfn-lint isn't installed, whose files describe the types of AWS")
    schemas = Path(next(iter(found.submodule_search_locations))) / "data" / "schemas"
    index: dict[str, str] = json.loads((schemas / "providers" / "us-east-1.json").read_text(encoding="utf-8"))
    return {kind: schemas / "resources" / f"{name}.json" for kind, name in index.items()}


def _create(making: Making, kind: str, schema: Mapping[str, Any]) -> Created:
    values = _Values(making, kind, schema)
    attributes = {name: value for name, value in making.properties.items() if isinstance(name, str)}
    attributes |= dict(values.read_only())
    ref = values.of(values.identifier)
    making.named(values.arn, service=values.service)
    if isinstance(making.cloud, RefusesCallsAbout):
        forms = {ref, values.arn, values.name}
        making.cloud.refuse_calls_about(forms, values.service, f"{making.display} ({kind})")
    return Created(ref, attributes)


class _Values:
    """Made-up values of one resource: the same in every run, and of the form that their names promise."""

    def __init__(self, making: Making, kind: str, schema: Mapping[str, Any]) -> None:
        self._making = making
        self._schema = schema
        _, self.service, self._kind = kind.lower().split("::", 2)
        identifiers = [_dotted(path) for path in schema["primaryIdentifier"]]
        read_only = [_dotted(path) for path in schema.get("readOnlyProperties") or ()]
        self.identifier = next((name for name in identifiers if name in read_only), identifiers[0])
        self.name = making.name("" if self.identifier in read_only else self.identifier, limit=63)
        self.digest = hashlib.sha256(self.name.encode()).hexdigest()[:17]
        self.arn = making.arn(self.service, f"{self._kind}/{self.name}")

    def read_only(self) -> Iterator[tuple[str, Any]]:
        """What GetAtt gives besides the properties of the template."""
        for path in self._schema.get("readOnlyProperties") or ():
            name = _dotted(path)
            if "*" not in name:
                yield name, self._made_up(name)

    def of(self, name: str) -> str:
        """A property of the template, or what is made up for it."""
        return text(self._making.get(name) or self._made_up(name))

    def _made_up(self, name: str) -> Any:
        last = name.rpartition(".")[2]
        described = self._described(name)
        form = described.get("type", "string")
        if form in ("integer", "number"):
            return _PORT if last.endswith("Port") else 1
        if form == "boolean":
            return False
        if form == "object":
            return {}
        value = self._text(last, is_identifier=name == self.identifier)
        return [value] if form == "array" else value

    def _text(self, name: str, *, is_identifier: bool) -> str:
        host = f"{self.name}.{self.service}.{self._making.cloud.region}.amazonaws.com".lower()
        if name.endswith("Arn"):
            return self.arn
        if name in _NETWORK:
            return _NETWORK[name]
        if name == "DnsEntries":
            return f"Z{self.digest.upper()}:{host}"
        if name.endswith("Port"):
            return str(_PORT)
        if name.endswith(_ADDRESSES):
            return f"https://{host}"
        if name.endswith(_HOSTS):
            return host
        if name.endswith("Id"):
            return f"{name.removesuffix('Id').lower() or self._kind}-{self.digest}"
        return self.name if is_identifier else f"{self.name}-{name}"

    def _described(self, name: str) -> Mapping[str, Any]:
        """What the schema says of a property, by its dotted name."""
        found: Mapping[str, Any] = self._schema
        for part in name.split("."):
            found = self._followed((found.get("properties") or {}).get(part) or {})
        return found

    def _followed(self, described: Mapping[str, Any]) -> Mapping[str, Any]:
        reference = described.get("$ref")
        if not isinstance(reference, str):
            return described
        found: Any = self._schema
        for part in reference.removeprefix("#/").split("/"):
            found = found.get(part) or {}
        return found if isinstance(found, Mapping) else {}


def _dotted(path: str) -> str:
    """The path of a property, as GetAtt names it.

    >>> _dotted("/properties/Endpoint/Address")
    'Endpoint.Address'
    """
    return path.removeprefix("/properties/").replace("/", ".")
