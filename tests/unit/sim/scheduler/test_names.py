"""Names of schedules in histories."""

from __future__ import annotations

import json

import harness

TEMPLATE = {
    "Resources": {
        "Work": {"Type": "AWS::SQS::Queue"},
        "EveryHour": {
            "Type": "AWS::Scheduler::Schedule",
            "Properties": {
                "ScheduleExpression": "rate(1 hour)",
                "FlexibleTimeWindow": {"Mode": "OFF"},
                "Target": {
                    "Arn": {"Fn::GetAtt": ["Work", "Arn"]},
                    "RoleArn": "arn:aws:iam::123456789012:role/scheduler",
                },
            },
        },
        "Seen": {"Type": "AWS::SQS::Queue", "DependsOn": "EveryHour"},
    }
}


def test_a_schedule_that_runs_during_the_deployment_has_its_logical_id(tmp_path):
    (tmp_path / "template.yaml").write_text(json.dumps(TEMPLATE))
    with harness.Simulator(seed=1) as cloud:
        app = cloud.deploy(tmp_path / "template.yaml")
        app.settle()
        assert [event.subject for event in cloud.history().of("hop")] == ["EveryHour → Work"]
