"""The functions and layers of one cloud, by name and ARN."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from harness.sim.services.lambda_.code import HOT_RELOAD, Code
from harness.sim.services.lambda_.functions import Alias, FunctionState, Policy, Version
from harness.sim.services.lambda_.naming import LATEST, FunctionId, function_id
from harness.sim.services.lambda_.validation import invalid
from harness.sim.services.service import Caller, ServiceError


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

    def pick_version(self, function: FunctionState, qualifier: str | None, chance: Random) -> Version:
        """The version that runs now: an alias with weights shares out under the seed."""
        alias = function.aliases.get(qualifier or "")
        version = function.version_named(_routed(alias, chance) if alias else qualifier)
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

    def layers_of(self, version: Version) -> tuple[Path, ...]:
        """The folders of a version's layers, the last one first."""
        found = [self.layer_version(arn) for arn in reversed(version.configuration.layers)]
        return tuple(each.code.folder for each in found if each is not None)

    def roots(self, version: Version) -> tuple[Path, ...]:
        """Folders that a version imports from: its own, then its layers', the last layer first."""
        found = [version.configuration.code.folder]
        for arn in reversed(version.configuration.layers):
            layer = self.layer_version(arn)
            if layer is not None:
                found += _python_folders(layer.code)
        return tuple(found)


def not_found(arn: str) -> ServiceError:
    """ResourceNotFoundException for a function."""
    return missing(f"Function not found: {arn}")


def missing(message: str = "The resource you requested does not exist.") -> ServiceError:
    """ResourceNotFoundException."""
    return ServiceError("ResourceNotFoundException", message, 404, Type="User")


def _routed(alias: Alias, chance: Random) -> str:
    if not alias.weights:
        return alias.version
    drawn = chance.random()
    for version, weight in alias.weights.items():
        if drawn < weight:
            return version
        drawn -= weight
    return alias.version


def _python_folders(code: Code) -> list[Path]:
    """The folders of a layer that Python imports from. SAM moves a source folder below `python/` when it
    builds; one that was never built is used as it is."""
    plain = code.folder / "python"
    site_packages = sorted(plain.glob("lib/python3.*/site-packages"))
    if plain.is_dir():
        return [plain, *site_packages]
    return [code.folder] if HOT_RELOAD in code.location else []


def latest_or(qualifier: str | None) -> str:
    """The key under which settings of a function, version or alias are kept."""
    return qualifier or LATEST
