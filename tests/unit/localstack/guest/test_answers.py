"""What a function's answer says about its batch: as the simulator reads it."""

from __future__ import annotations

import json

import pytest

from harness.localstack.guest.answers import failed_items
from harness.sim.services.lambda_ import batches

IDS = ("m-1", "m-2")


@pytest.mark.parametrize(
    ("answer", "failed"),
    [
        (None, set()),
        ({}, set()),
        ({"batchItemFailures": None}, set()),
        ({"batchItemFailures": []}, set()),
        ({"batchItemFailures": [{"itemIdentifier": "m-2"}]}, {"m-2"}),
        ({"batchItemFailures": [{"itemIdentifier": "m-9"}]}, {"m-1", "m-2"}),
        ({"batchItemFailures": [{"itemIdentifier": ""}]}, {"m-1", "m-2"}),
        ({"batchItemFailures": [{"id": "m-1"}]}, {"m-1", "m-2"}),
        ({"batchItemFailures": "m-1"}, {"m-1", "m-2"}),
        ("done", {"m-1", "m-2"}),
        ([1], {"m-1", "m-2"}),
    ],
)
def test_an_answer_names_what_failed(answer, failed):
    assert failed_items(json.dumps(answer).encode(), IDS) == failed == batches.failed_items(answer, IDS)


def test_an_answer_that_isnt_json_fails_the_whole_batch():
    assert failed_items(b"{", IDS) == set(IDS)
