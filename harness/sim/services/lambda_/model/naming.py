"""Names and ARNs of functions, as the API takes them.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_RequestParameters
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256

from harness.sim.services.lambda_.errors import invalid
from harness.sim.services.service import Caller, ServiceError

LATEST = "$LATEST"
NAME_CHARACTERS_MAX = 64


@dataclass(frozen=True, slots=True)
class FunctionId:
    """The function that is meant, and its version or alias. `arn` is without that."""

    region: str
    account: str
    name: str
    qualifier: str | None = None
    arn: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        arn = f"arn:aws:lambda:{self.region}:{self.account}:function:{self.name}"
        object.__setattr__(self, "arn", arn)

    @property
    def qualified_arn(self) -> str:
        """As it was asked for."""
        return f"{self.arn}:{self.qualifier}" if self.qualifier else self.arn


def function_id(text: str, caller: Caller, qualifier: str | None = None) -> FunctionId:
    """From a name, a partial ARN or an ARN, each with a qualifier or without.

    Raises `ServiceError` if the qualifier given beside the name is another one, and for other regions.
    """
    parts = text.split(":")
    if parts[0] == "arn" and len(parts) >= 7:
        region, account, name, rest = parts[3], parts[4], parts[6], parts[7:]
    elif len(parts) >= 3 and parts[1] == "function":
        region, account, name, rest = caller.region, parts[0], parts[2], parts[3:]
    elif parts[0] == "function" and len(parts) >= 2:
        region, account, name, rest = caller.region, caller.account, parts[1], parts[2:]
    else:
        region, account, name, rest = caller.region, caller.account, parts[0], parts[1:]
    if region != caller.region:
        raise ServiceError(
            "ResourceNotFoundException",
            f"Functions from '{region}' are not reachable in this region ('{caller.region}')",
            404,
            Type="User",
        )
    inside = rest[0] if rest else None
    if inside and qualifier and inside != qualifier:
        raise invalid("The derived qualifier from the function name does not match the specified qualifier.")
    return FunctionId(region, account, name, qualifier or inside)


@lru_cache(maxsize=1024)
def function_id_of_arn(arn: str) -> FunctionId:
    """From a full ARN."""
    parts = arn.split(":")
    return FunctionId(parts[3], parts[4], parts[6], parts[7] if len(parts) > 7 else None)


def runtime_arn(runtime: str, region: str) -> str:
    """The ARN of the version of a runtime that a function has."""
    return f"arn:aws:lambda:{region}::runtime:{sha256(runtime.encode()).hexdigest()}"


def latest_or(qualifier: str | None) -> str:
    """The key under which settings of a function, version or alias are kept."""
    return qualifier or LATEST
