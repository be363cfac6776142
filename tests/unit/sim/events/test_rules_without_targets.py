"""Rules that nobody hears."""

from __future__ import annotations

import json

import harness
from harness import expect

TEMPLATE = {
    "Resources": {
        "Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": "shop"}},
        "OnOrder": {
            "Type": "AWS::Events::Rule",
            "Properties": {"EventBusName": {"Ref": "Bus"}, "EventPattern": {"source": ["shop"]}},
        },
    }
}


def test_an_event_that_only_a_rule_without_a_target_wants_is_lost(tmp_path):
    (tmp_path / "template.yaml").write_text(json.dumps(TEMPLATE))
    with harness.Simulator(seed=1) as cloud:
        app = cloud.deploy(tmp_path / "template.yaml")
        app.bus("Bus").put({"order": "o-1"}, detail_type="Ordered", source="shop")
        app.settle()
        expect(app).broken.nothing_lost()
