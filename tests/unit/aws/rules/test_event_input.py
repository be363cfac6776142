"""The input of EventBridge's targets."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.aws.rules.event_input import NotAPath, at_path, transformed, variables

EVENT = {
    "id": "e-1",
    "source": "shop",
    "detail-type": "Order",
    "detail": {"order": "o-1", "items": [{"sku": "mug"}], "paid": True, "total": 12.5, "a.b": 1},
}
PATHS = {"order": "$.detail.order", "items": "$.detail.items", "paid": "$.detail.paid"}
PATHS["gone"] = "$.detail.gone"


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$", [EVENT]),
        ("$.detail.order", ["o-1"]),
        ("$.detail-type", ["Order"]),
        ("$.detail.items[0].sku", ["mug"]),
        ("$.detail.items[1]", []),
        ("$['detail']['a.b']", [1]),
        ('$.detail["order"]', ["o-1"]),
        ("$.detail.gone", []),
        ("$.detail.order.deeper", []),
    ],
)
def test_a_path_leads_to_one_value_or_to_none(path, found):
    assert list(at_path(path, EVENT)) == found


@pytest.mark.parametrize("path", ["", "detail", "$detail", "$..order", "$.detail[*]", "$.", "$.detail[x]"])
def test_what_is_no_path_is_refused(path):
    with pytest.raises(NotAPath):
        list(at_path(path, EVENT))


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ('{"order": <order>}', '{"order": "o-1"}'),
        ('{"order": "<order>"}', '{"order": "o-1"}'),
        ('{"path": "orders/<order>/of/<order>"}', '{"path": "orders/o-1/of/o-1"}'),
        ('{"items": <items>, "paid": <paid>}', '{"items": [{"sku":"mug"}], "paid": true}'),
        ('"Order <order> with <items>"', '"Order o-1 with [{sku:mug}]"'),
        ('"is <paid>"', '"is true"'),
        ('{"gone": "<gone>"}', '{"gone": ""}'),
        ('{"gone": <gone>}', '{"gone": ""}'),
        ('{"other": "<unknown>"}', '{"other": "<unknown>"}'),
        ('"a \\"<order>\\" b"', '"a \\"o-1\\" b"'),
    ],
)
def test_a_template_is_filled_in(template, text):
    assert transformed(PATHS, template, EVENT, {}) == text


def test_eventbridge_knows_rule_event_and_time_itself():
    known = variables("arn:rule", "rule", "2026-01-01T00:00:00Z", EVENT)
    whole, head = "<aws.events.event.json>", "<aws.events.event>"
    template = f'{{"by": "<aws.events.rule-name>", "whole": {whole}, "head": {head}}}'
    assert json.loads(transformed({}, template, EVENT, known)) == {
        "by": "rule",
        "whole": EVENT,
        "head": {"id": "e-1", "source": "shop", "detailType": "Order"},
    }


@given(st.text())
def test_a_text_stays_itself_in_quotes_and_without(text):
    event = {"detail": {"order": text}}
    for template in ('{"is": <order>}', '{"is": "<order>"}'):
        assert json.loads(transformed(PATHS, template, event, {})) == {"is": text}


@given(st.text(alphabet="$.[]\"'abc01*@"))
def test_a_path_is_read_or_refused(path):
    with suppress(NotAPath):
        assert len(list(at_path(path, EVENT))) <= 1
