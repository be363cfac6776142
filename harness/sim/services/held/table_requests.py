"""Requests that DynamoDB refuses, and moto would take or stumble over.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from moto.dynamodb.comparisons import ConditionExpressionParser
from moto.dynamodb.exceptions import MockValidationException

from harness.sim.services import validation
from harness.sim.services.service import ServiceError
from harness.wire import Params

WRITES_MAX, READS_MAX = 25, 100
_EXPRESSIONS = (
    *("ConditionExpression", "FilterExpression", "KeyConditionExpression"),
    *("ProjectionExpression", "UpdateExpression"),
)
_CONDITIONS = ("ConditionExpression", "FilterExpression")
_TOKEN = re.compile(r"[#:]\w+")
_USED = {
    "#": ("ExpressionAttributeNames", "name used in the document path", "name"),
    ":": ("ExpressionAttributeValues", "value used in expression", "value"),
}
_TRANSACTED = ("ConditionCheck", "Delete", "Get", "Put", "Update")


def check(operation: str, params: Params) -> None:
    """Raises `ServiceError`."""
    rule = _RULES.get(operation)
    if rule is not None:
        rule(operation, params)


def _writes(operation: str, params: Params) -> None:
    validation.check("dynamodb", operation, params)
    given = list(params["RequestItems"].values())
    _check_count(operation, sum(map(len, given)), WRITES_MAX)
    if any(len(request) != 1 for requests in given for request in requests):
        raise _invalid("Supplied write request must have one of PutRequest and DeleteRequest")


def _reads(operation: str, params: Params) -> None:
    validation.check("dynamodb", operation, params)
    given = list(params["RequestItems"].values())
    _check_count(operation, sum(len(each["Keys"]) for each in given), READS_MAX)
    for each in given:
        _check_expressions(each)


def _transaction(operation: str, params: Params) -> None:
    validation.check("dynamodb", operation, params)
    for item in params["TransactItems"]:
        if not item:
            raise _invalid(
                "Invalid Request: TransactWriteRequest should contain Delete or Put or Update request"
            )
        for name in _TRANSACTED:
            if name in item:
                _check_expressions(item[name])


def _one(operation: str, params: Params) -> None:
    _check_expressions(params)


_RULES: Mapping[str, Callable[[str, Params], None]] = {
    "BatchWriteItem": _writes,
    "BatchGetItem": _reads,
    "TransactWriteItems": _transaction,
    "TransactGetItems": _transaction,
    **dict.fromkeys(("PutItem", "GetItem", "UpdateItem", "DeleteItem", "Query", "Scan"), _one),
}


def _check_count(operation: str, count: int, most: int) -> None:
    if count > most:
        raise _invalid(f"Too many items requested for the {operation} call")


def _check_expressions(params: Params) -> None:
    """What an expression names by a sign is defined, and what is defined is named by one."""
    given = [name for name in _EXPRESSIONS if params.get(name) is not None]
    names, values = params.get("ExpressionAttributeNames"), params.get("ExpressionAttributeValues")
    if not given and not names and not values:
        return
    used: set[str] = set()
    for field in given:
        if not params[field].strip():
            raise _invalid(f"Invalid {field}: The expression can not be empty;")
        used |= _signs_in(params[field])
        for sign in sorted(_signs_in(params[field])):
            member, what, kind = _USED[sign[0]]
            if sign not in (params.get(member) or ()):
                told = f"An expression attribute {what} is not defined; attribute {kind}: {sign}"
                raise _invalid(f"Invalid {field}: {told}")
        if field in _CONDITIONS and not _is_condition(params[field]):
            raise _invalid(f'Invalid {field}: Syntax error; near: "{params[field]}"')
    for member, defined in (("ExpressionAttributeNames", names), ("ExpressionAttributeValues", values)):
        _check_used(member, defined or (), used, any_expression=bool(given))


def _check_used(member: str, defined: Iterable[str], used: set[str], *, any_expression: bool) -> None:
    if defined and not any_expression:
        raise _invalid(f"{member} can only be specified when using expressions")
    unused = [sign for sign in defined if sign not in used]
    if unused:
        raise _invalid(f"Value provided in {member} unused in expressions: keys: {{{', '.join(unused)}}}")


@lru_cache(maxsize=1024)
def _signs_in(expression: str) -> frozenset[str]:
    return frozenset(_TOKEN.findall(expression))


@lru_cache(maxsize=1024)
def _is_condition(expression: str) -> bool:
    signs: dict[str, Any] = {sign: {"S": "x"} if sign[0] == ":" else "x" for sign in _signs_in(expression)}
    names = {sign: value for sign, value in signs.items() if sign[0] == "#"}
    values = {sign: value for sign, value in signs.items() if sign[0] == ":"}
    try:
        ConditionExpressionParser(expression, names, values).parse()
    except MockValidationException:
        return True  # moto has words of its own for it
    except (ValueError, IndexError, KeyError, AssertionError):
        return False
    return True


def _invalid(message: str) -> ServiceError:
    return ServiceError("ValidationException", message)
