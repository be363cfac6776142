"""AWS's own policies, which moto leaves out as there are many: each is brought when a call names it.

https://docs.aws.amazon.com/aws-managed-policy/latest/reference/about-managed-policy-reference.html
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from harness.wire import Params

_OWN = ":iam::aws:policy/"


def bring(params: Params, backend: Callable[[], Any]) -> None:
    """Put the policy of AWS that a call names, if there is one, where moto looks for it."""
    arn = str(params.get("PolicyArn"))
    if _OWN not in arn:
        return
    held = backend()
    if arn not in held.managed_policies:
        policy = _policy(held, arn.rpartition("/")[2])
        if policy is not None and policy.arn == arn:
            held.managed_policies[arn] = policy


def _policy(backend: Any, name: str) -> Any:
    from moto.iam.aws_managed_policies import aws_managed_policies_data as known
    from moto.iam.models import AWSManagedPolicy

    before = f"\n {json.dumps(name)}:"
    at = known.find(before)
    if at < 0:
        return None
    told, _ = json.JSONDecoder().raw_decode(known, at + len(before))
    return AWSManagedPolicy.from_data(name, backend.account_id, backend.region_name, told)
