"""Statements of PartiQL, carried out on what moto keeps.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.dynamodb.exceptions import (
    ConditionalCheckFailed,
    DynamodbException,
    MockValidationException,
    MultipleTransactionsException,
    TransactionCanceledException,
)
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.responses import DynamoHandler, DynamoResult

from harness.aws.rules.items import as_text, decoded, encoded
from harness.cloud import Unsupported
from harness.sim.patches.patching import Replaced
from harness.sim.services.held.conditions import projection, updates
from harness.sim.services.held.conditions.nodes import (
    Compared,
    Condition,
    DocumentPath,
    Given,
    Joined,
    LookedAt,
)
from harness.sim.services.held.conditions.values import plain
from harness.sim.services.held.conditions.words import Wrong
from harness.sim.services.held.indexes import index_of, is_in, key_names
from harness.sim.services.held.pages import first, position, rest
from harness.sim.services.held.partiql.reading import Statement, read

_ALONE = "Unsupported operation: EXISTS can be used in transactions only"
_ERROR = "com.amazonaws.dynamodb.v20120810#"
_CODES = {
    "ConditionalCheckFailedException": "ConditionalCheckFailed",
    "DuplicateItemException": "DuplicateItem",
    "ResourceNotFoundException": "ResourceNotFound",
    "ValidationException": "ValidationError",
}
"""Of errors within batches and transactions, by the code that they have alone."""


def own_statements() -> Replaced:
    """Inside the block moto leaves statements to this module."""
    return Replaced(
        (DynamoHandler, "execute_statement", _execute),
        (DynamoDBBackend, "batch_execute_statement", _execute_all),
        (DynamoDBBackend, "execute_transaction", _execute_together),
    )


def _execute(handler: Any) -> Any:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteStatement.html"""
    asked, backend = handler.body, handler.dynamodb_backend
    statement = _read(asked["Statement"], asked.get("Parameters"))
    if statement.verb == "EXISTS":
        raise MockValidationException(_ALONE)
    if statement.verb != "SELECT":
        return DynamoResult({"Items": _carry_out(backend, statement)})
    table = backend.get_table(statement.table)
    items, last = _page(table, statement, asked.get("Limit"), asked.get("NextToken"))
    more = {"LastEvaluatedKey": last, "NextToken": _token(asked["Statement"], last)} if last else {}
    return DynamoResult({"Items": items, **more})


def _token(statement: str, last: dict[str, Any]) -> str:
    return encoded(json.dumps({"statement": statement, "last": as_text(last)}).encode())


def _started(token: str) -> dict[str, Any]:
    try:
        found = json.loads(decoded(token))["last"]
        return {str(name): dict(value) for name, value in found.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise MockValidationException("Invalid NextToken") from None


def _execute_all(backend: Any, statements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchExecuteStatement.html"""
    return [_answered(backend, each) for each in statements]


def _answered(backend: Any, asked: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = {}
    try:
        statement = _read(asked["Statement"], asked.get("Parameters"))
        table = backend.get_table(statement.table)
        answer["TableName"] = statement.table
        if statement.verb == "EXISTS":
            raise MockValidationException(_ALONE)
        if statement.verb == "SELECT" and _key(table, statement) is None:
            raise MockValidationException(
                "Select statements within BatchExecuteStatement must specify the primary key "
                "in the where clause."
            )
        found = _carry_out(backend, statement)
    except JsonRESTError as problem:
        return {**answer, "Error": _told(problem)}
    return {**answer, "Item": found[0]} if found else answer


def _told(problem: Any) -> dict[str, Any]:
    kind = problem.relative_error_type
    return {"Code": _CODES.get(kind, kind), "Message": problem.message}


def _execute_together(backend: Any, statements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """All of them, or none: they are tried on copies of the tables first.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteTransaction.html
    """
    made = [_read(each["Statement"], each.get("Parameters")) for each in statements]
    tables = {each.table: backend.get_table(each.table) for each in made}
    _check_together(tables, made)
    real = dict(backend.tables)
    for table in tables.values():
        backend.tables[table.name] = trial = copy.copy(table)
        trial.items, trial.stream_shard = copy.deepcopy(table.items), None
    reasons: list[tuple[Any, Any, Any]] = []
    try:
        for each in made:
            reasons.append(_reason(backend, each))
    finally:
        backend.tables.update(real)
    if any(code is not None for code, _, _ in reasons):
        raise TransactionCanceledException(reasons)
    answers = [(each.verb, _carry_out(backend, each)) for each in made]
    return [{"Item": found[0]} if found else {} for verb, found in answers if verb == "SELECT"]


def _check_together(tables: dict[str, Any], statements: list[Statement]) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.multiplestatements.transactions.html"""
    verbs = {each.verb for each in statements} - {"EXISTS"}
    if "SELECT" in verbs and len(verbs) > 1:
        raise MockValidationException("A transaction consists of statements that read or of those that write")
    seen = []
    for each in statements:
        table = tables[each.table]
        key = each.item if each.verb == "INSERT" else _key(table, each)
        if key is not None and all(name in key for name in table.table_key_attrs):
            one = (table.name, [plain(key[name]) for name in table.table_key_attrs])
            if one in seen:
                raise MultipleTransactionsException
            seen.append(one)


def _reason(backend: Any, statement: Statement) -> tuple[Any, Any, Any]:
    try:
        _carry_out(backend, statement)
    except JsonRESTError as problem:
        told = _told(problem)
        return told["Code"], told["Message"], None
    return None, None, None


def _read(statement: str, parameters: list[Any] | None) -> Statement:
    try:
        return read(statement, parameters or ())
    except Wrong as problem:
        raise MockValidationException(str(problem)) from None


def _carry_out(backend: Any, statement: Statement) -> list[dict[str, Any]]:
    table = backend.get_table(statement.table)
    if statement.verb == "SELECT":
        return _page(table, statement)[0]
    if statement.verb == "EXISTS":
        return _check_exists(backend, table, statement)
    if statement.verb == "INSERT":
        return _insert(backend, table, statement)
    key = _key(table, statement)
    if key is None:
        raise MockValidationException(
            "Where clause does not contain a mandatory equality on all key attributes"
        )
    item = backend.get_item(table.name, key)
    if item is None and statement.verb == "DELETE":
        return []
    if item is None or not _holds(statement, item):
        raise ConditionalCheckFailed
    before = copy.deepcopy(item)
    if statement.verb == "DELETE":
        backend.delete_item(table.name, key)
        return _returned(statement, before, None)
    return _returned(statement, before, _update(backend, table, key, statement))


def _check_exists(backend: Any, table: Any, statement: Statement) -> list[dict[str, Any]]:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-functions.exists.html"""
    key = _key(table, statement)
    if key is None:
        raise MockValidationException(
            "Where clause does not contain a mandatory equality on all key attributes"
        )
    item = backend.get_item(table.name, key)
    if item is None or not _holds(statement, item):
        raise ConditionalCheckFailed
    return []


def _insert(backend: Any, table: Any, statement: Statement) -> list[dict[str, Any]]:
    keys = {name: statement.item[name] for name in table.table_key_attrs if name in statement.item}
    if len(keys) == len(table.table_key_attrs) and backend.get_item(table.name, keys) is not None:
        raise DynamodbException(f"{_ERROR}DuplicateItemException", "Duplicate primary key exists in table")
    backend.put_item(table.name, statement.item)
    return []


def _update(backend: Any, table: Any, key: dict[str, Any], statement: Statement) -> Any:
    try:
        update = updates.read(statement.update)
        projection.places([action.path for action in update.actions], statement.names)
        updates.check(update, statement.values)
    except Wrong as problem:
        raise MockValidationException(str(problem)) from None
    return backend.update_item(
        table.name,
        key,
        update_expression=statement.update,
        expression_attribute_names=statement.names,
        expression_attribute_values=statement.values,
    )


def _returned(statement: Statement, before: Any, after: Any) -> list[dict[str, Any]]:
    if not statement.returning:
        return []
    how, which = statement.returning.split()
    item = before if which == "OLD" else after
    if how == "MODIFIED":
        paths = [action.path for action in updates.read(statement.update).actions]
        item = item.project(projection.places(paths, statement.names))
    return [item.to_json()["Attributes"]]


def _page(
    table: Any, statement: Statement, limit: int | None = None, token: str | None = None
) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
    """The rows of a page, and the key of the last item that it has looked at if there is more."""
    index = index_of(table, statement.index)
    schema, names = [key["AttributeName"] for key in (index or table).schema], key_names(table, index)
    found = [item for item in table.all_items() if index is None or is_in(table, index, item)]
    order = _order(schema, statement)
    keyed = _equal(statement).get(schema[0])
    if keyed is not None:
        found = [item for item in found if plain(item.attrs[schema[0]]) == plain(keyed)]
    backwards = any(is_down for name, is_down in order if name in schema[1:])
    found.sort(key=lambda item: position(item.attrs, names), reverse=backwards)
    if token:
        found = rest(found, position(_started(token), names), names, backwards=backwards)
    looked_at, _ = first(found, limit, lambda item: int(item.size()))
    viewed = looked_at if index is None else [index.project(item) for item in looked_at]
    seen = [item for item in viewed if _holds(statement, item)]
    rows = [_shown(item, statement) if statement.selected else item.to_json()["Attributes"] for item in seen]
    is_more = looked_at and (len(looked_at) < len(found) or len(looked_at) == limit)
    last = looked_at[-1].attrs if is_more else {}
    return rows, {name: last[name].to_regular_json() for name in names} if last else None


def _order(schema: list[str], statement: Statement) -> list[tuple[str, bool]]:
    """A query has the order of the sort key; a scan has none that counts."""
    is_query = schema[0] in _equal(statement)
    if statement.order:
        if not is_query:
            raise MockValidationException(
                "Must have WHERE clause in the statement when using ORDER BY clause."
            )
        if any(name not in schema for name, _ in statement.order):
            raise MockValidationException(
                "Variable reference in ORDER BY clause must be part of the primary key"
            )
        return statement.order
    return [(name, False) for name in schema[1:]] if is_query else []


def _shown(item: Any, statement: Statement) -> dict[str, Any]:
    """An attribute that is selected out of a map is called by its own name."""
    scope = LookedAt(statement.names, statement.values)
    scope.attributes = item.attrs
    shown: dict[str, Any] = {}
    for path in statement.selected:
        last = path.resolved(scope)[-1]
        if isinstance(last, int):
            raise Unsupported("the simulator's PartiQL selects whole lists, not their elements")
        found = path.find(scope)
        if found is not None:
            shown[last] = found.to_regular_json()
    return shown


def _holds(statement: Statement, item: Any) -> bool:
    scope = LookedAt(statement.names, statement.values)
    scope.attributes = item.attrs
    return statement.where is None or statement.where.holds(scope)


def _key(table: Any, statement: Statement) -> dict[str, Any] | None:
    """The primary key that the condition demands, if it demands all of it."""
    equal = _equal(statement)
    names = [name for name in table.table_key_attrs if name in equal]
    return {name: equal[name] for name in names} if len(names) == len(table.table_key_attrs) else None


def _equal(statement: Statement) -> dict[str, Any]:
    """Attributes that the condition demands to be equal to a value."""
    scope = LookedAt(statement.names, statement.values)
    found: dict[str, Any] = {}
    for part in _parts(statement.where):
        match part:
            case Compared("=", DocumentPath((_,)) as path, Given(sign)) | Compared(
                "=", Given(sign), DocumentPath((_,)) as path
            ):
                found[str(path.resolved(scope)[0])] = statement.values[sign]
    return found


def _parts(condition: Condition | None) -> Iterable[Condition]:
    if isinstance(condition, Joined) and condition.word == "AND":
        for each in condition.conditions:
            yield from _parts(each)
    elif condition is not None:
        yield condition
