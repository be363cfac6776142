"""Requests that DynamoDB refuses, and moto would take or stumble over.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache, lru_cache, partial

from harness.sim.services import validation
from harness.sim.services.held import given_values
from harness.sim.services.held.conditions import checks, projection, updates
from harness.sim.services.held.conditions.reading import read
from harness.sim.services.held.conditions.words import Wrong
from harness.sim.services.service import ServiceError
from harness.wire import Params, service_model

WRITES_MAX, READS_MAX = 25, 100
_EXPRESSIONS = (
    *("ConditionExpression", "FilterExpression", "KeyConditionExpression"),
    *("ProjectionExpression", "UpdateExpression"),
)
_CONDITIONS = _EXPRESSIONS[:3]
_VALUES = ("Item", "Key", "ExclusiveStartKey")
_LEGACY = ("AttributeUpdates", "Expected", "KeyConditions", "QueryFilter", "ScanFilter")
_TOKEN = re.compile(r"[#:]\w+")
_USED = {
    "#": ("ExpressionAttributeNames", "name used in the document path", "name"),
    ":": ("ExpressionAttributeValues", "value used in expression", "value"),
}
_OF_FEW_VALUES = frozenset(
    (
        *("ConditionalOperator", "Limit", "Segment", "Select", "TotalSegments"),
        *("ReturnConsumedCapacity", "ReturnItemCollectionMetrics"),
        *("ReturnValues", "ReturnValuesOnConditionCheckFailure"),
    )
)
"""Parameters that are seldom given, and checked by the model: the others have rules of their own."""
_TRANSACTED = ("ConditionCheck", "Delete", "Get", "Put", "Update")


def check(operation: str, params: Params) -> None:
    """Raises `ServiceError`."""
    if not _required(operation) <= params.keys():
        validation.check("dynamodb", operation, params)
    rule = _RULES.get(operation)
    if rule is not None:
        rule(operation, params)


@cache
def _required(operation: str) -> frozenset[str]:
    shape = service_model("dynamodb").operation_model(operation).input_shape
    return frozenset(shape.required_members if shape is not None else ())


def _writes(operation: str, params: Params) -> None:
    validation.check("dynamodb", operation, params)
    given = list(params["RequestItems"].values())
    _check_count(operation, sum(map(len, given)), WRITES_MAX)
    if any(len(request) != 1 for requests in given for request in requests):
        raise _invalid("Supplied write request must have one of PutRequest and DeleteRequest")
    for request in itertools.chain(*given):
        for each in request.values():
            _check_values(each)


def _reads(operation: str, params: Params) -> None:
    validation.check("dynamodb", operation, params)
    given = list(params["RequestItems"].values())
    _check_count(operation, sum(len(each["Keys"]) for each in given), READS_MAX)
    for each in given:
        for key in each["Keys"]:
            given_values.check(key.values())
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
                _one(operation, item[name])


def _one(operation: str, params: Params) -> None:
    if not _OF_FEW_VALUES.isdisjoint(params):
        validation.check("dynamodb", operation, params)
    _check_values(params)
    _check_expressions(params)


def _statement(operation: str, params: Params) -> None:
    validation.check("dynamodb", operation, params)
    given_values.check(params.get("Parameters") or ())


def _statements(operation: str, params: Params) -> None:
    validation.check("dynamodb", operation, params)
    for each in params.get("Statements") or params.get("TransactStatements") or ():
        given_values.check(each.get("Parameters") or ())


_RULES: Mapping[str, Callable[[str, Params], None]] = {
    "BatchWriteItem": _writes,
    "BatchGetItem": _reads,
    "TransactWriteItems": _transaction,
    "TransactGetItems": _transaction,
    "CreateTable": partial(validation.check, "dynamodb"),
    "UpdateTable": partial(validation.check, "dynamodb"),
    "UpdateTimeToLive": partial(validation.check, "dynamodb"),
    "ExecuteStatement": _statement,
    "BatchExecuteStatement": _statements,
    "ExecuteTransaction": _statements,
    **dict.fromkeys(("PutItem", "GetItem", "UpdateItem", "DeleteItem", "Query", "Scan"), _one),
}


def _check_count(operation: str, count: int, most: int) -> None:
    if count > most:
        raise _invalid(f"Too many items requested for the {operation} call")


def _check_values(params: Params) -> None:
    for field in _VALUES:
        if field in params:
            given_values.check(params[field].values())
    given_values.check_signed(params.get("ExpressionAttributeValues") or {})
    for field in _LEGACY:
        for asked in (params.get(field) or {}).values():
            given = [asked["Value"]] if "Value" in asked else []
            given_values.check([*given, *(asked.get("AttributeValueList") or ())])
            if field == "AttributeUpdates" and not given and asked.get("Action") != "DELETE":
                told = "Only DELETE action is allowed when no attribute value is specified"
                raise _invalid(f"One or more parameter values were invalid: {told}")


def _check_expressions(params: Params) -> None:
    """What an expression names by a sign is defined, and what is defined is named by one."""
    given = [name for name in _EXPRESSIONS if name in params and params[name] is not None]
    names, values = params.get("ExpressionAttributeNames"), params.get("ExpressionAttributeValues")
    if not given and not names and not values:
        return
    used: set[str] = set()
    for field in given:
        if not params[field].strip():
            raise _invalid(f"Invalid {field}: The expression can not be empty;")
        tree = None
        try:
            if field in _CONDITIONS:
                tree = read(params[field])
            elif field == "ProjectionExpression":
                projection.read(params[field])
            else:
                updates.read(params[field])
        except Wrong as problem:
            raise _wrong(field, problem) from None
        signs = _signs_in(params[field])
        used.update(signs)
        for sign in signs:
            member, what, kind = _USED[sign[0]]
            if sign not in (params.get(member) or ()):
                told = f"An expression attribute {what} is not defined; attribute {kind}: {sign}"
                raise _invalid(f"Invalid {field}: {told}")
        try:
            if tree is not None and tree.typed:
                checks.check(tree, names, values)
            elif field == "ProjectionExpression":
                projection.places(projection.read(params[field]), names)
            elif field == "UpdateExpression":
                update = updates.read(params[field])
                projection.places([action.path for action in update.actions], names)
                updates.check(update, values)
        except Wrong as problem:
            raise _wrong(field, problem) from None
    for member, defined in (("ExpressionAttributeNames", names), ("ExpressionAttributeValues", values)):
        if defined:
            _check_used(member, defined, used, any_expression=bool(given))


def _check_used(member: str, defined: Iterable[str], used: set[str], *, any_expression: bool) -> None:
    if not any_expression:
        raise _invalid(f"{member} can only be specified when using expressions")
    unused = [sign for sign in defined if sign not in used]
    if unused:
        raise _invalid(f"Value provided in {member} unused in expressions: keys: {{{', '.join(unused)}}}")


@lru_cache(maxsize=1024)
def _signs_in(expression: str) -> tuple[str, ...]:
    return tuple(sorted(set(_TOKEN.findall(expression))))


def _wrong(field: str, problem: Wrong) -> ServiceError:
    return _invalid(f"Invalid {field}: {problem}")


def _invalid(message: str) -> ServiceError:
    return ServiceError("ValidationException", message)
