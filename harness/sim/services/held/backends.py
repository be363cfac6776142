"""moto's backends for one run: empty when it begins, gone when it ends, and nobody else's.

moto keeps what its services hold in dictionaries of the process, for every account, and so does a test of a
user's own that uses `mock_aws`. A run puts the contents of all aside and gives them back unchanged.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from typing import Any

from moto.core import base_backend, responses
from moto.core.base_backend import AccountSpecificBackend, BackendDict
from moto.core.model_instances import model_data
from moto.dynamodb.comparisons import ConditionExpressionParser
from moto.moto_api._internal import mock_random

from harness.sim.patches.patching import Replaced
from harness.sim.services.held.corrections import corrected_tables
from harness.sim.services.held.expressions import read_as_on_aws
from harness.sim.services.held.items import quick_items
from harness.sim.services.held.tables import aws_descriptions

_LEX = "_lex_condition_expression"
_real_parse = ConditionExpressionParser.parse
_underscores = cache(responses.camelcase_to_underscores)
_real_lex = getattr(ConditionExpressionParser, _LEX)
_method_names = cache(responses.method_names_from_class)
_numbers = itertools.count(1)


@contextmanager
def own_backends() -> Iterator[None]:
    """Inside the block moto's services are empty; afterwards they hold again what they held before."""
    with (
        _put_aside(),
        _quick_requests(),
        aws_descriptions(),
        quick_items(),
        corrected_tables(),
        read_as_on_aws(),
    ):
        yield


def _quick_requests() -> Replaced:
    return Replaced(
        # moto looks through the class for its operations at every request; they don't change.
        (responses, "method_names_from_class", _method_names),
        # It chooses 52 letters for the id of each request, one by one.
        (responses, "gen_amzn_requestid_long", _give_request_id),
        # It asks botocore for a service's regions whenever an account is new, as each is in each run.
        (AccountSpecificBackend, "_generate_regions", _regions),
        (responses, "camelcase_to_underscores", _underscores),
        # It reads a condition anew, twice at each request: two fifths of a conditional PutItem.
        (ConditionExpressionParser, _LEX, _lex),
        (ConditionExpressionParser, "parse", _parse),
        # It tells its dictionaries apart by uuids. In a run these come from the seed: those of services that
        # were imported in different runs would be equal.
        (base_backend, "uuid4", _unlike_any_other),
    )


@contextmanager
def _put_aside() -> Iterator[None]:
    held = [(backends, dict(backends)) for backends in BackendDict._instances]
    made = [(model, model.instances_tracked) for model in _models() if model.instances_tracked]
    _clear()
    try:
        yield
    finally:
        BackendDict.reset()
        _clear()
        for backends, contents in held:
            backends.update(contents)
        BackendDict._instances.extend(backends for backends, _ in held)
        for model, instances in made:
            model.instances_tracked = instances


def _clear() -> None:
    for backends in BackendDict._instances:
        backends.clear()
    BackendDict._instances.clear()
    for model in _models():
        if model.instances_tracked:
            model.instances_tracked = []


def _models() -> list[Any]:
    """Classes of which moto keeps a list of all that was ever made."""
    return [model for models in model_data.values() for model in models.values()]


def _give_request_id(headers: dict[str, Any]) -> str:
    """An id of moto's length, in its place."""
    headers["x-amzn-requestid"] = request_id = f"{mock_random.getrandbits(264):066X}"[:52]
    return request_id


def _parse(parser: ConditionExpressionParser) -> Any:
    """The tree of a condition. One without values, as `attribute_not_exists(id)`, is the same each time."""
    condition, names = parser.condition_expression, parser.expression_attribute_names
    if not condition or ":" in condition:
        return _real_parse(parser)
    tree, found = _without_values(condition, None if names is None else tuple(names.items()))
    parser.expr_attr_names_found = list(found)
    return tree


@lru_cache(maxsize=1024)
def _without_values(condition: str, names: tuple[tuple[str, str], ...] | None) -> tuple[Any, tuple[str, ...]]:
    parser = ConditionExpressionParser(condition, None if names is None else dict(names), None)
    return _real_parse(parser), tuple(parser.expr_attr_names_found)


def _lex(parser: ConditionExpressionParser) -> deque[Any]:
    """The words of a condition. They are named tuples, and depend on nothing but its text."""
    return deque(_words(parser.condition_expression))


@lru_cache(maxsize=1024)
def _words(condition: str) -> tuple[Any, ...]:
    return tuple(_real_lex(ConditionExpressionParser(condition, {}, {})))


def _unlike_any_other() -> str:
    return f"harness-{next(_numbers)}"


def _all_regions(find: Callable[[Any, str], list[str]]) -> Callable[[Any, str], list[str]]:
    known: dict[str, list[str]] = {}

    def regions(backends: Any, service_name: str) -> list[str]:
        if service_name not in known:
            known[service_name] = find(backends, service_name)
        return known[service_name]

    return regions


_regions = _all_regions(AccountSpecificBackend._generate_regions)
