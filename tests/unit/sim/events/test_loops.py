"""Buses that send events to each other."""

from __future__ import annotations

import json

import harness


def bus(name):
    return {"Type": "AWS::Events::EventBus", "Properties": {"Name": name}}


def rule(source, target):
    return {
        "Type": "AWS::Events::Rule",
        "Properties": {
            "EventBusName": {"Ref": source},
            "EventPattern": {"source": ["shop"]},
            "Targets": [{"Id": "t", "Arn": {"Fn::GetAtt": [target, "Arn"]}}],
        },
    }


def test_settling_ends_though_two_buses_pass_an_event_to_and_fro(tmp_path):
    resources = {"A": bus("a"), "B": bus("b"), "ToB": rule("A", "B"), "ToA": rule("B", "A")}
    (tmp_path / "template.yaml").write_text(json.dumps({"Resources": resources}))
    with harness.Simulator(seed=1) as cloud:
        app = cloud.deploy(tmp_path / "template.yaml")
        app.bus("A").put({"order": "o-1"}, detail_type="Ordered", source="shop")
        assert not cloud.settle()
        [settled] = cloud.history().of("settled")
        assert settled.data["moving"] == ["does not settle: A → ToB → B → ToA → A …"]
