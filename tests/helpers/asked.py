"""Parameters that fail where a service reads what a caller may leave out, also if this caller didn't."""

from __future__ import annotations

import sys
from dataclasses import replace

from harness import wire
from harness.sim import services
from harness.sim.services import validation


class Asked(dict):
    """A structure of botocore's model. A service has to ask for an optional member (`get`, `in`) before it
    reads it."""

    def __init__(self, given, shape):
        super().__init__((name, asked(value, shape.members.get(name))) for name, value in given.items())
        self._shape = shape
        self._sure = set(shape.required_members)

    def __getitem__(self, name):
        assert name in self._sure or name not in self._shape.members or not _is_of_a_service(1), (
            f"{self._shape.name}.{name} is read, and the model doesn't require it"
        )
        return super().__getitem__(name)

    def __contains__(self, name):
        self._ask(name)
        return super().__contains__(name)

    def __iter__(self):
        self._ask(*super().keys())
        return super().__iter__()

    def __len__(self):
        if len(self._shape.members) == 1:  # so a truth test asks for the only member
            self._ask(*self._shape.members)
        return super().__len__()

    def get(self, name, default=None):
        self._ask(name)
        return super().get(name, default)

    def keys(self):
        self._ask(*super().keys())
        return super().keys()

    def _ask(self, *names):
        if _is_of_a_service(2):
            self._sure.update(names)


def _is_of_a_service(callers):
    """Is the code so many callers above? The check against the model, which asks for everything, is not."""
    name = sys._getframe(callers + 1).f_globals["__name__"]
    return name.startswith(services.__name__) and name != validation.__name__


def asked(value, shape):
    """A value as botocore's shape describes it, with its structures watched."""
    kind = shape.type_name if shape is not None else None
    if kind == "structure" and isinstance(value, dict):
        return Asked(value, shape)
    if kind == "list" and isinstance(value, list):
        return [asked(each, shape.member) for each in value]
    if kind == "map" and isinstance(value, dict):
        return {name: asked(each, shape.value) for name, each in value.items()}
    return value


def watched(look_up):
    """`Calls._look_up`, such that operations get parameters that are watched."""

    def look(stamp):
        known = look_up(stamp)
        if known.act is None:
            return known
        shape = wire.service_model(stamp.service).operation_model(stamp.operation).input_shape
        return replace(known, act=lambda params, caller: known.act(asked(params, shape), caller))

    return look
