"""Resources that were accepted without effect: nobody holds them, and calls about them are refused."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from harness.wire import Params, Stamp


@dataclass
class Refused:
    """Such resources: a service's own word for each, and how the template shows it."""

    _shown: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def add(self, forms: Collection[str], service: str, shown: str) -> None:
        """Know a resource by its ARN and its names."""
        for form in forms:
            self._shown.setdefault(form, []).append((service, shown))

    def about(self, stamp: Stamp, params: Params, *, held: bool) -> str:
        """A sentence about the resource that a call names; empty if it names none.

        Where somebody holds the service, only its own resources count: a text that a parameter or a row holds
        may name any.
        """
        for value in _texts(params) if self._shown else ():
            for service, shown in self._shown.get(value, ()):
                if not held or service.endswith(stamp.service):
                    return f"{shown} was accepted without effect, so nothing is there that could answer"
        return ""


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)
