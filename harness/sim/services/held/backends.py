"""moto's backends for one run: empty when it begins, gone when it ends, and nobody else's.

moto keeps what its services hold in dictionaries of the process, for every account, and so does a test of a
user's own that uses `mock_aws`. A run puts the contents of all aside and gives them back unchanged.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from moto.core import base_backend, responses
from moto.core.base_backend import AccountSpecificBackend, BackendDict
from moto.core.model_instances import model_data
from moto.moto_api._internal import mock_random

from harness.sim.patches.patching import Replaced
from harness.sim.services.held.batches import checked_batches
from harness.sim.services.held.consumed import own_capacity
from harness.sim.services.held.corrections import corrected_tables
from harness.sim.services.held.expressions import read_as_on_aws
from harness.sim.services.held.items import quick_items
from harness.sim.services.held.keys_given import checked_keys
from harness.sim.services.held.legacy import put_into_expressions
from harness.sim.services.held.pages import own_pages
from harness.sim.services.held.partiql.acting import own_statements
from harness.sim.services.held.table_changes import checked_changes
from harness.sim.services.held.tables import aws_descriptions
from harness.sim.services.held.updating import own_updates

_underscores = cache(responses.camelcase_to_underscores)
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
        own_updates(),
        own_statements(),
        own_pages(),
        checked_keys(),
        checked_batches(),
        own_capacity(),
        checked_changes(),
        put_into_expressions(),
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
