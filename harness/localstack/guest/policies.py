"""The policies that AWS itself offers: read once for all accounts, not twice for each.

moto reads 1,300 of them from 3 MB of JSON when it first sees an account, and once more when that is dropped.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from . import patching

_read: dict[str, list[Any]] = {}


def apply() -> None:
    """From now on."""
    from localstack.services.iam.iam_patches import apply_iam_patches
    from moto.iam.models import IAMBackend

    apply_iam_patches()  # they change what is read
    patching.wrap(IAMBackend, "_init_aws_policies", _of_account)


def _of_account(read: Callable[[Any], list[Any]], backend: Any) -> list[Any]:
    """The policies as an account sees them: it may attach one, which counts."""
    if backend.region_name not in _read:
        _read[backend.region_name] = read(backend)
    return [_of(backend.account_id, policy) for policy in _read[backend.region_name]]


def _of(account: str, policy: Any) -> Any:
    own = copy.copy(policy)
    own.account_id, own.attachment_count, own.tags = account, 0, {}
    return own
