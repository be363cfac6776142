"""A function that is ended only a while after its time is up."""

from __future__ import annotations

import json
import textwrap

import pytest

from harness import Simulator, faults
from harness.plan import PlanError

NOTES = """
    import time

    import boto3

    notes = boto3.resource("dynamodb").Table("notes")

    def handler(event, context):
        for step in ("begun", "working", "done"):
            notes.put_item(Item={"step": step, "left": context.get_remaining_time_in_millis()})
            time.sleep(0.5)
"""


@pytest.fixture
def noted(tmp_path):
    """The milliseconds that a function had left at each step that it noted, and the history."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").write_text(textwrap.dedent(NOTES))
    table = {
        "TableName": "notes",
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "step", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "step", "AttributeType": "S"}],
    }
    function = {
        "Runtime": "python3.12",
        "Handler": "app.handler",
        "Code": "src/",
        "Role": "arn:aws:iam::123456789012:role/r",
        "Timeout": 5,
    }
    resources = {
        "Notes": {"Type": "AWS::DynamoDB::Table", "Properties": table},
        "Note": {"Type": "AWS::Lambda::Function", "Properties": function},
    }
    (tmp_path / "template.json").write_text(json.dumps({"Resources": resources}))

    def run(fault):
        with Simulator(seed=1) as cloud:
            app = cloud.deploy(tmp_path / "template.json")
            cloud.inject(fault)
            app.function("Note").invoke_async({})
            app.advance(seconds=10)
            rows = {row["step"]: row["left"] for row in app.table("Notes").rows()}
            return rows, cloud.history()

    return run


def test_what_the_code_still_does_is_done_with_no_time_remaining(noted):
    rows, history = noted(faults.late_timeout("Note", after_call=1, overrun_seconds=0.9))
    assert set(rows) == {"begun", "working"}
    assert rows["begun"] > 0
    assert rows["working"] == 0
    [ended] = history.of("invocation-ended")
    assert "timed out after 5.00 seconds" in ended.data["error"]


def test_a_timeout_in_time_leaves_nothing_to_do(noted):
    assert set(noted(faults.time_out("Note", after_call=1))[0]) == {"begun"}


def test_it_has_acted_once_its_moment_has_come(noted):
    fault = faults.late_timeout("Note", after_call=1)
    assert [event.data["kind"] for event in noted(fault)[1].of("fault")] == ["late_timeout"]


def test_an_overrun_of_nothing_is_refused_and_named():
    with pytest.raises(PlanError, match="else it is a time_out"):
        faults.late_timeout("Note", after_call=1, overrun_seconds=0)
