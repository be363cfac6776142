"""IAM's roles without a request: each function has one, so an app's deployment creates many."""

from __future__ import annotations

import json
import time
from functools import cache, lru_cache
from typing import Any

from botocore.parsers import DEFAULT_TIMESTAMP_PARSER
from moto.core.responses import ActionResult
from moto.core.serialize import url_encode
from moto.iam.responses import IamResponse

from harness.sim.services.held.actions import Acts, Answer
from harness.wire import Params, Stamp


class ActingOnRoles(Acts, IamResponse):  # type: ignore[misc]
    """Creates a role."""

    def __init__(self, stamp: Stamp, account: str, params: Params) -> None:
        super().__init__()
        self.act_on(stamp, account, params)
        self.headers["Content-Type"] = "application/x-www-form-urlencoded"

    def _get_param(self, param_name: str, if_none: Any = None) -> Any:
        return self.params.get(param_name, if_none)

    def serialized(self, action_result: ActionResult) -> Answer:
        """The answer to a result, which for an error or an unusual role has to be moto's own."""
        result = action_result.result
        if isinstance(result, Exception) or not _is_plain(result["Role"]):
            answer: Answer = super().serialized(action_result)
            return answer
        self.given = {"Role": _read(result["Role"])}
        return 200, {"Content-Type": "text/xml", **self.response_headers}, ""


def _is_plain(role: Any) -> bool:
    """Has it nothing that only some roles have, and no name that XML would change?"""
    has_more = role.description is not None or role.tags or role.permissions_boundary
    return not has_more and bool((role.name + role.path).isprintable())


@cache
def _utc(names_of_local_time: tuple[str, str]) -> Any:
    """What the SDK takes UTC for: local time, where that has its name."""
    return DEFAULT_TIMESTAMP_PARSER("2026-01-01T00:00:00Z").tzinfo


@lru_cache(maxsize=256)
def _document(policy: str) -> str:
    """A policy as the SDK's handler gets it, which decodes one that is JSON and leaves another as it is."""
    try:
        json.loads(policy)
    except ValueError:
        return str(url_encode(policy))
    return policy if "%" not in policy else str(url_encode(policy))


def _read(role: Any) -> Params:
    """What the SDK reads of a role, before its own handler decodes the policy, which takes a while."""
    return {
        "Path": role.path,
        "RoleName": role.name,
        "RoleId": role.id,
        "Arn": role.arn,
        "CreateDate": role.create_date.replace(tzinfo=_utc(time.tzname)),
        "AssumeRolePolicyDocument": _document(role.assume_role_policy_document),
        "MaxSessionDuration": role.max_session_duration,
        "RoleLastUsed": {},
    }
