"""Functions that keep tenants apart: each environment runs for one of them only.

https://docs.aws.amazon.com/lambda/latest/dg/tenant-isolation.html
"""

from __future__ import annotations

from harness.sim.services.lambda_.errors import invalid
from harness.sim.services.lambda_.model.functions import Configuration

_MISSING = (
    "The invoked function is enabled with tenancy configuration. "
    "Add a valid tenant ID in your request and try again."
)
_UNWANTED = (
    "The invoked function is not enabled with tenancy configuration. "
    "Remove the tenant ID from your request and try again."
)


def check(configuration: Configuration, tenant: str) -> None:
    """An invocation names a tenant exactly if the function keeps them apart. Raises `ServiceError`."""
    if configuration.keeps_tenants_apart and not tenant:
        raise invalid(_MISSING)
    if tenant and not configuration.keeps_tenants_apart:
        raise invalid(_UNWANTED)
