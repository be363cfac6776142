"""Properties of resources that were resolved before, by another deployment of the same template.

They hold where all that they were made of is as it was. Each deployment gets its own.
"""

from __future__ import annotations

import marshal
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.app.assets import is_address
from harness.app.dynamic import is_dynamic
from harness.app.intrinsics import Created, Reads


@dataclass(frozen=True, slots=True)
class Resolved:
    """The properties of one resource, and the values of others that they were made of."""

    reads: Reads
    packed: bytes

    def is_true_of(self, resources: Mapping[str, Created]) -> bool:
        """Would the same come of these resources?"""
        try:
            for (logical_id, name), value in self.reads.items():
                created = resources[logical_id]
                if value != (created.ref if name is None else created.attributes[name]):
                    return False
        except KeyError:
            return False
        return True

    def properties(self) -> dict[str, Any]:
        """The properties, nobody else's."""
        properties: dict[str, Any] = marshal.loads(self.packed)
        return properties


def resolved_once(properties: Mapping[str, Any], reads: Reads) -> Resolved | None:
    """Resolved properties, kept for the next deployment; None where they depend on more than `reads`."""
    if any(map(is_address, properties.values())) or is_dynamic(properties):
        return None
    if not all(type(value) is str for value in reads.values()):  # of which equal ones are the same
        return None
    try:
        return Resolved(reads, marshal.dumps(dict(properties)))
    except ValueError:  # no plain data
        return None
