"""moto's operations without a request: one of its handlers is given parameters, and told to act.

Only for operations whose handlers read nothing but parameters, account and region. Errors and the
headers of responses are moto's own.
"""

from __future__ import annotations

import base64
import json
import time
from binascii import crc32
from collections.abc import Callable
from datetime import datetime
from functools import cache, cached_property, lru_cache, partial
from typing import Any

from moto.core import responses
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult
from moto.core.serialize import TimestampSerializer
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.responses import DynamoHandler
from moto.utilities.utils import get_partition
from werkzeug.exceptions import HTTPException
from werkzeug.http import http_date

from harness.wire import NotDirect, Params, Stamp

SERVICE = "dynamodb"
OPERATIONS = frozenset(
    {
        "BatchGetItem",
        "BatchWriteItem",
        "CreateTable",
        "DeleteItem",
        "DeleteTable",
        "DescribeTable",
        "DescribeTimeToLive",
        "GetItem",
        "ListTables",
        "ListTagsOfResource",
        "PutItem",
        "Query",
        "Scan",
        "TagResource",
        "TransactGetItems",
        "UntagResource",
        "UpdateItem",
        "UpdateTable",
        "UpdateTimeToLive",
    }
)

KEEP_NOTHING = frozenset({"DeleteItem", "GetItem", "PutItem"})
"""Of these moto changes no parameter, whatever their order, and keeps none but the values of items."""

Answer = tuple[int, Any, Any]
"""Status, headers and body."""

_CONTENT_TYPE = "application/x-amz-json-1.0"


class Acts:
    """Beside one of moto's handlers: as that is once it has read a request; `call_action` then answers.

    `given`: the result as the SDK would read it; None: it has to read the answer.
    """

    given: Params | None = None

    def act_on(self, stamp: Stamp, account: str, params: Params) -> None:
        """This is what was read."""
        self.params = params
        self.region = stamp.region
        self.partition = _partition(stamp.region)
        self.current_account = account
        self.headers = {"x-amz-target": f"_.{stamp.operation}", "Content-Type": _CONTENT_TYPE}
        self.querystring: dict[str, Any] = {}
        self.data = self.querystring
        self.uri_match: dict[str, Any] = {}
        self.response_headers = {"server": "amazon.com", "date": _date(int(time.time()))}


class Acting(Acts, DynamoHandler):  # type: ignore[misc]
    """DynamoDB's handler."""

    def __init__(self, stamp: Stamp, account: str, params: Params, give: Callable[[Any], Params]) -> None:
        super().__init__()
        self.act_on(stamp, account, params)
        self._operation, self._give = stamp.operation, give

    @cached_property
    def dynamodb_backend(self) -> Any:
        """The tables of the account and region, which moto looks up at each step."""
        return dynamodb_backends[self.current_account][self.region]

    def call_action(self) -> Answer:
        """The answer, as moto's handler gives it once it has found its method. Where that raises an error, or
        only the SDK can tell what its result means, moto goes on from there."""
        self.body = self.params
        action = responses.camelcase_to_underscores(self._operation)
        try:
            result = getattr(self, action)()
            given = self._give(result.result)
        except (ServiceException, HTTPException) as error:
            return self._go_on(action, partial(_fail, error))
        except NotDirect:
            return self._go_on(action, lambda: result)
        self.given = given
        headers = {"Content-Type": _CONTENT_TYPE, **self.response_headers}
        responses.gen_amzn_requestid_long(headers)
        body = _in_json(given) if given else "{}"
        headers["x-amz-crc32"] = str(crc32(body.encode()))
        return 200, headers, body

    def _go_on(self, action: str, act: Callable[[], ActionResult]) -> Answer:
        setattr(self, action, act)
        answer: Answer = super().call_action()
        return answer


def _fail(error: Exception) -> ActionResult:
    raise error


_partition = cache(get_partition)


@lru_cache(maxsize=256)
def _date(seconds: int) -> str:
    return http_date(seconds)


def _as_sent(value: Any) -> Any:
    if isinstance(value, datetime):
        return TimestampSerializer._timestamp_unixtimestamp(value)
    return base64.b64encode(value).decode()


_in_json = json.JSONEncoder(default=_as_sent).encode


def serves(stamp: Stamp) -> bool:
    """Is the operation one of these?"""
    if stamp.service == SERVICE:
        return stamp.operation in OPERATIONS
    return (stamp.service, stamp.operation) in (("iam", "CreateRole"), ("logs", "CreateLogGroup"))


def acting(stamp: Stamp, account: str, params: Params, give: Callable[[Any], Params]) -> Any:
    """The handler for an operation that this module `serves`."""
    if stamp.service == SERVICE:
        return Acting(stamp, account, params, give)
    if stamp.service == "logs":
        from harness.sim.services.held.groups import ActingOnGroups

        return ActingOnGroups(stamp, account, params)
    from harness.sim.services.held.roles import ActingOnRoles  # moto's IAM takes a while to import

    return ActingOnRoles(stamp, account, params)
