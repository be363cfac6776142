"""The functions and layers of one cloud, by name and ARN."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

from harness.sim.services.lambda_.errors import invalid, not_found
from harness.sim.services.lambda_.model.code import Code
from harness.sim.services.lambda_.model.functions import Alias, FunctionState, Policy, Version
from harness.sim.services.lambda_.model.naming import FunctionId, function_id
from harness.sim.services.service import Caller


@dataclass(frozen=True, slots=True)
class LayerVersion:
    """One version of a layer. None: its publisher didn't say."""

    arn: str
    number: int
    code: Code
    created: str
    description: str = ""
    runtimes: tuple[str, ...] | None = None
    architectures: tuple[str, ...] | None = None
    license: str | None = None
    policy: Policy | None = None


@dataclass(slots=True)
class Layer:
    """A layer and its versions. Numbers are never used again."""

    arn: str
    versions: dict[int, LayerVersion] = field(default_factory=dict)
    published: int = 0


class FunctionRegistry:
    """All functions and layers. Raises `ServiceError` for one that doesn't exist."""

    def __init__(self) -> None:
        self.functions: dict[str, FunctionState] = {}
        self.layers: dict[str, Layer] = {}

    def of(self, caller: Caller) -> Iterator[FunctionState]:
        """The functions of an account and region, by name."""
        prefix = f"arn:aws:lambda:{caller.region}:{caller.account}:function:"
        return (self.functions[arn] for arn in sorted(self.functions) if arn.startswith(prefix))

    def code_size(self, caller: Caller) -> int:
        """Bytes of code that an account keeps in a region, of functions, their versions and layers."""
        versions = [
            each for function in self.of(caller) for each in (function.latest, *function.versions.values())
        ]
        prefix = f"arn:aws:lambda:{caller.region}:{caller.account}:layer:"
        layers = [layer for arn, layer in self.layers.items() if arn.startswith(prefix)]
        return sum(each.configuration.code.size for each in versions) + sum(
            each.code.size for layer in layers for each in layer.versions.values()
        )

    def find(
        self, text: str, caller: Caller, qualifier: str | None = None
    ) -> tuple[FunctionState, FunctionId]:
        """The function that a FunctionName parameter means; its version or alias must exist, too."""
        wanted = function_id(text, caller, qualifier)
        return self.get(wanted), wanted

    def get(self, wanted: FunctionId) -> FunctionState:
        """The function of that id; its version or alias must exist, too."""
        function = self.functions.get(wanted.arn)
        if function is None or function.version_named(wanted.qualifier) is None:
            raise not_found(wanted.qualified_arn)
        return function

    def pick_version(
        self, function: FunctionState, qualifier: str | None, chance: Callable[[str], Random]
    ) -> Version:
        """The version that runs now: an alias with weights shares out under the seed."""
        alias = function.aliases.get(qualifier or "")
        if alias is not None:
            qualifier = _routed(alias, chance(f"version of {function.id.arn}"))
        version = function.version_named(qualifier)
        if version is None:
            raise not_found(f"{function.id.arn}:{qualifier}")
        return version

    def layer_version(self, arn: str) -> LayerVersion | None:
        """The version of a layer that an ARN names."""
        name, _, number = arn.rpartition(":")
        layer = self.layers.get(name)
        return layer.versions.get(int(number)) if layer and number.isdigit() else None

    def check_layers(self, arns: Sequence[str], caller: Caller) -> None:
        """Layers of this account must exist. Those of others are taken as installed beside the app."""
        before: dict[str, str] = {}
        for arn in arns:
            _, _, _, region, account, *_ = arn.split(":")
            if account == caller.account:
                if region != caller.region:
                    raise invalid(
                        "Layers are not in the same region as the function. "
                        f"Layers are expected to be in region {caller.region}."
                    )
                if self.layer_version(arn) is None:
                    raise invalid(f"Layer version {arn} does not exist.")
            layer = arn.rpartition(":")[0]
            if layer in before:
                raise invalid(
                    "Two different versions of the same layer are not allowed to be referenced in the same "
                    f"function. {before[layer]} and {arn} are versions of the same layer."
                )
            before[layer] = arn


def _routed(alias: Alias, chance: Random) -> str:
    if not alias.weights:
        return alias.version
    drawn = chance.random()
    for version, weight in alias.weights.items():
        if drawn < weight:
            return version
        drawn -= weight
    return alias.version
