"""Step Functions: states, the data that goes through them, errors, and the history of executions."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest

from tests.conformance.states_helpers import described, events, kinds, machine, ran, start

pytestmark = pytest.mark.clouds("sim", reason="LocalStack interprets state machines by itself")

PASS = {"Type": "Pass"}
OOPS = {"Type": "Fail", "Error": "Oops", "Cause": "it broke"}
CATCH_ALL = [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]


def test_an_execution_goes_through_its_states_and_gives_the_last_output(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/state-pass.html"""
    states = {"First": {"Type": "Pass", "Result": {"n": 1}}, "Last": PASS | {"ResultPath": "$.again"}}
    found = ran(cloud, states)
    assert (found["status"], found["output"]) == ("SUCCEEDED", {"n": 1, "again": {"n": 1}})


def test_the_history_has_an_event_for_each_step_and_says_from_which_it_follows(cloud):
    """Recorded on AWS, July 2023.
    https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html"""
    execution = start(cloud, machine(cloud, {"Only": {"Type": "Pass", "Result": {"n": 1}}}))
    cloud.settle()
    assert [(e["id"], e["previousEventId"], e["type"]) for e in events(cloud, execution)] == [
        (1, 0, "ExecutionStarted"),
        (2, 0, "PassStateEntered"),
        (3, 2, "PassStateExited"),
        (4, 3, "ExecutionSucceeded"),
    ]


def test_a_wait_of_a_year_takes_no_time_here(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html"""
    execution = start(cloud, machine(cloud, {"Wait": {"Type": "Wait", "Seconds": 31_000_000}}))
    cloud.settle(31_500_000)
    entered, exited = events(cloud, execution, "WaitStateEntered", "WaitStateExited")
    assert (exited["timestamp"] - entered["timestamp"]).total_seconds() == pytest.approx(31_000_000, abs=1)


def test_a_wait_ends_at_its_timestamp(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html"""
    states = {"Wait": {"Type": "Wait", "TimestampPath": "$.until"}}
    execution = start(cloud, machine(cloud, states), {"until": "2026-01-01T12:00:00Z"})
    cloud.settle()
    exited = events(cloud, execution, "WaitStateExited")[0]
    assert exited["timestamp"].isoformat().startswith("2026-01-01T12:00:00")


@pytest.mark.parametrize(("kind", "chosen"), [("big", "Big"), ("none", "Other")])
def test_a_choice_takes_the_first_rule_that_matches(cloud, kind, chosen):
    """https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html"""
    choice = {
        "Type": "Choice",
        "Choices": [{"Variable": "$.kind", "StringEquals": "big", "Next": "Big"}],
        "Default": "Other",
    }
    ends = {name: {"Type": "Pass", "Result": name, "End": True} for name in ("Big", "Other")}
    assert ran(cloud, {"Choose": choice, **ends}, {"kind": kind})["output"] == chosen


def test_a_choice_that_nothing_matches_fails(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"""
    choice = {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericEquals": 1, "Next": "End"}]}
    found = ran(cloud, {"Choose": choice, "End": {"Type": "Succeed"}}, {"n": 2})
    assert (found["status"], found["error"]) == ("FAILED", "States.NoChoiceMatched")


def test_a_fail_state_ends_the_execution_with_its_error(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/state-fail.html"""
    found = ran(cloud, {"End": OOPS})
    assert (found["status"], found["error"], found["cause"]) == ("FAILED", "Oops", "it broke")


def test_branches_of_parallel_get_the_same_input_and_give_a_list(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/state-parallel.html"""
    branches = [
        {"StartAt": name, "States": {name: {"Type": "Pass", "ResultPath": f"$.{name}", "End": True}}}
        for name in ("a", "b")
    ]
    found = ran(cloud, {"Both": {"Type": "Parallel", "Branches": branches}}, {"n": 1})
    assert found["output"] == [{"n": 1, "a": {"n": 1}}, {"n": 1, "b": {"n": 1}}]


def test_a_branch_that_fails_stops_the_others(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/state-parallel.html"""
    slow = {"StartAt": "Slow", "States": {"Slow": {"Type": "Wait", "Seconds": 600, "End": True}}}
    broken = {"StartAt": "Broken", "States": {"Broken": OOPS}}
    execution = start(cloud, machine(cloud, {"Both": {"Type": "Parallel", "Branches": [slow, broken]}}))
    cloud.settle()
    found = described(cloud, execution)
    assert (found["status"], found["error"]) == ("FAILED", "Oops")
    assert (found["stopDate"] - found["startDate"]).total_seconds() < 60
    assert "WaitStateAborted" in kinds(cloud, execution)


def test_a_map_runs_its_states_for_each_item_in_order_of_the_items(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html"""
    processor = {
        "StartAt": "Wait",
        "States": {"Wait": {"Type": "Wait", "SecondsPath": "$", "Next": "Done"}, "Done": {"Type": "Succeed"}},
    }
    states = {"Each": {"Type": "Map", "ItemsPath": "$.waits", "ItemProcessor": processor}}
    execution = start(cloud, machine(cloud, states), {"waits": [30, 10, 20]})
    cloud.settle()
    found = described(cloud, execution)
    assert found["output"] == [30, 10, 20]
    assert (found["stopDate"] - found["startDate"]).total_seconds() == pytest.approx(30, abs=1)


def test_a_map_has_so_many_iterations_at_a_time(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html"""
    wait = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 10, "End": True}}}
    states = {"Each": {"Type": "Map", "MaxConcurrency": 2, "ItemProcessor": wait}}
    found = ran(cloud, states, [1, 2, 3, 4])
    assert (found["stopDate"] - found["startDate"]).total_seconds() == pytest.approx(20, abs=1)


def test_an_item_selector_makes_the_input_of_each_iteration(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemselector.html"""
    states = {
        "Each": {
            "Type": "Map",
            "ItemsPath": "$.items",
            "ItemSelector": {
                "at.$": "$$.Map.Item.Index",
                "item.$": "$$.Map.Item.Value",
                "all.$": "$.name",
            },
            "ItemProcessor": {"StartAt": "It", "States": {"It": {"Type": "Pass", "End": True}}},
        }
    }
    found = ran(cloud, states, {"name": "n", "items": ["a", "b"]})
    assert found["output"] == [{"at": 0, "item": "a", "all": "n"}, {"at": 1, "item": "b", "all": "n"}]


def test_a_distributed_map_runs_executions_of_its_own(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html"""
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "It",
        "States": {"It": {"Type": "Pass", "End": True}},
    }
    batcher = {"MaxItemsPerBatch": 2}
    states = {"Each": {"Type": "Map", "ItemBatcher": batcher, "ItemProcessor": processor}}
    execution = start(cloud, machine(cloud, states), [1, 2, 3])
    cloud.settle()
    assert described(cloud, execution)["output"] == [{"Items": [1, 2]}, {"Items": [3]}]
    sfn = cloud.client("stepfunctions")
    [run] = sfn.list_map_runs(executionArn=execution)["mapRuns"]
    counts = sfn.describe_map_run(mapRunArn=run["mapRunArn"])
    assert counts["itemCounts"]["succeeded"] == 3
    assert counts["executionCounts"]["succeeded"] == 2
    assert len(sfn.list_executions(mapRunArn=run["mapRunArn"])["executions"]) == 2


def test_a_distributed_map_reads_its_items_from_a_bucket(cloud):
    """The columns of a file stand in the order of a hash map. Recorded on AWS, September 2023.
    https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html"""
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="items")
    s3.put_object(Bucket="items", Key="all.csv", Body="True,0\n1,a\n2,b\n")
    states = {
        "Each": {
            "Type": "Map",
            "ItemReader": {
                "Resource": "arn:aws:states:::s3:getObject",
                "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
                "Parameters": {"Bucket": "items", "Key": "all.csv"},
            },
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                "StartAt": "It",
                "States": {"It": {"Type": "Pass", "End": True}},
            },
            "ResultWriter": {
                "Resource": "arn:aws:states:::s3:putObject",
                "Parameters": {"Bucket": "items", "Prefix": "results"},
            },
        }
    }
    written = ran(cloud, states)["output"]["ResultWriterDetails"]
    manifest = json.loads(s3.get_object(Bucket="items", Key=written["Key"])["Body"].read())
    [file] = manifest["ResultFiles"]["SUCCEEDED"]
    results = json.loads(s3.get_object(Bucket="items", Key=file["Key"])["Body"].read())
    assert [each["Output"] for each in results] == ['{"0":"a","True":"1"}', '{"0":"b","True":"2"}']


@pytest.mark.parametrize(
    ("body", "config"),
    [
        pytest.param("{", {"InputType": "JSON"}, id="no-json"),
        pytest.param(b"\xff\xfe", {"InputType": "JSON"}, id="no-text"),
        pytest.param('{"a": 1}', {"InputType": "JSON", "ItemsPointer": "/b/c"}, id="nothing-there"),
        pytest.param('{"a": 1}\n{', {"InputType": "JSONL"}, id="a-line-that-is-no-json"),
    ],
)
def test_a_distributed_map_fails_if_the_object_cannot_be_read(cloud, body, config):
    """https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"""
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="items")
    s3.put_object(Bucket="items", Key="all", Body=body)
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": config,
        "Parameters": {"Bucket": "items", "Key": "all"},
    }
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "It",
        "States": {"It": {"Type": "Pass", "End": True}},
    }
    ended = ran(cloud, {"Each": {"Type": "Map", "ItemReader": reader, "ItemProcessor": processor}})
    assert ended["error"] == "States.ItemReaderFailed"


def test_a_distributed_map_fails_beyond_either_threshold_of_failures(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/maprun-fail-threshold.html"""
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "It",
        "States": {
            "It": {
                "Type": "Choice",
                "Choices": [{"Variable": "$", "NumericEquals": 0, "Next": "Bad"}],
                "Default": "Good",
            },
            "Bad": OOPS,
            "Good": {"Type": "Succeed"},
        },
    }

    def ends(name, **tolerated):
        thresholds = {f"ToleratedFailure{kind}": most for kind, most in tolerated.items()}
        ended = ran(
            cloud, {"Each": {"Type": "Map", "ItemProcessor": processor, **thresholds}}, [0, 1, 0], name=name
        )
        return ended.get("error") or ended["output"]

    exceeded = "States.ExceedToleratedFailureThreshold"
    assert (
        ends("count", Count=2) == ends("part", Percentage=70) == ends("both", Count=2, Percentage=70) == [1]
    )
    assert ends("none") == ends("strict", Count=1) == exceeded
    assert ends("too-many", Count=1, Percentage=70) == ends("too-much", Count=2, Percentage=60) == exceeded


@pytest.mark.parametrize("field", ["ToleratedFailurePercentagePath", "ToleratedFailureCountPath"])
def test_tolerated_failures_may_be_digits_in_a_text(cloud, field):
    """Recorded on AWS, November 2024. https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html"""
    processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "It"}
    each = {"Type": "Map", "ItemsPath": "$.items", field: "$.tolerated"}
    each["ItemProcessor"] = {**processor, "States": {"It": {"Type": "Succeed"}}}
    assert ran(cloud, {"Each": each}, {"items": [1], "tolerated": "1"})["output"] == [1]


def test_a_catcher_takes_an_error_and_puts_it_into_the_input(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"""
    catch = [{"ErrorEquals": ["Oops"], "ResultPath": "$.error", "Next": "Caught"}]
    broken = {"StartAt": "Broken", "States": {"Broken": OOPS}}
    states = {"Try": {"Type": "Parallel", "Branches": [broken], "Catch": catch, "End": True}, "Caught": PASS}
    found = ran(cloud, states, {"n": 1})
    assert found["output"] == {"n": 1, "error": {"Error": "Oops", "Cause": "it broke"}}


def test_an_error_at_run_time_is_caught_by_nobody(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"""
    processor = {"StartAt": "It", "States": {"It": {"Type": "Pass", "End": True}}}
    each = {"Type": "Map", "ItemsPath": "$.no", "ItemProcessor": processor, "Catch": CATCH_ALL, "End": True}
    found = ran(cloud, {"Each": each, "Caught": PASS}, {})
    assert (found["status"], found["error"]) == ("FAILED", "States.Runtime")


def test_retries_wait_longer_each_time_up_to_a_limit(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"""
    retry = {
        "ErrorEquals": ["Oops"],
        "IntervalSeconds": 2,
        "BackoffRate": 2,
        "MaxAttempts": 4,
        "MaxDelaySeconds": 10,
    }
    broken = {"StartAt": "Broken", "States": {"Broken": OOPS}}
    execution = start(
        cloud, machine(cloud, {"Try": {"Type": "Parallel", "Branches": [broken], "Retry": [retry]}})
    )
    cloud.settle()
    tried = [event["timestamp"] for event in events(cloud, execution, "ParallelStateStarted")]
    waits = [(b - a).total_seconds() for a, b in pairwise(tried)]
    assert waits == pytest.approx([2, 4, 8, 10], abs=0.5)
    assert described(cloud, execution)["status"] == "FAILED"


def test_variables_last_and_branches_only_read_them(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html"""
    inner = {
        "StartAt": "In",
        "States": {
            "In": {"Type": "Pass", "Assign": {"mine": 2}, "Next": "Show"},
            "Show": {"Type": "Pass", "Parameters": {"both.$": "States.Array($x, $mine)"}, "End": True},
        },
    }
    states = {
        "Set": {"Type": "Pass", "Assign": {"x": 1}},
        "Both": {"Type": "Parallel", "Branches": [inner]},
        "End": {"Type": "Pass", "Parameters": {"x.$": "$x", "branch.$": "$[0].both"}},
    }
    assert ran(cloud, states)["output"] == {"x": 1, "branch": [1, 2]}


def test_jsonata_makes_arguments_and_outputs(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html"""
    states = {"Sum": {"Type": "Pass", "Output": {"sum": "{% $sum($states.input.ns) %}"}}}
    assert ran(cloud, states, {"ns": [1, 2, 3]}, QueryLanguage="JSONata")["output"] == {"sum": 6}


def test_a_jsonata_expression_without_a_value_fails_and_says_where(cloud):
    """Recorded on AWS, November 2024.
    https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html"""
    states = {"Bad": {"Type": "Pass", "Output": "{% $states.input.no %}"}}
    execution = start(cloud, machine(cloud, states, QueryLanguage="JSONata"))
    cloud.settle()
    [failed] = events(cloud, execution, "EvaluationFailed")
    details = failed["evaluationFailedEventDetails"]
    assert (details["error"], details["location"], details["state"]) == (
        "States.QueryEvaluationError",
        "Output",
        "Bad",
    )
    assert described(cloud, execution)["status"] == "FAILED"


def test_the_context_object_tells_of_execution_machine_and_state(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html"""
    states = {"Show": {"Type": "Pass", "Parameters": {"it.$": "$$"}}}
    arn = machine(cloud, states)
    execution = start(cloud, arn, {"n": 1}, name="first")
    cloud.settle()
    shown = described(cloud, execution)["output"]["it"]
    assert (shown["Execution"]["Id"], shown["Execution"]["Name"]) == (execution, "first")
    assert shown["Execution"]["Input"] == {"n": 1}
    assert (shown["StateMachine"]["Id"], shown["State"]["Name"]) == (arn, "Show")


def test_an_execution_ends_at_the_timeout_of_its_state_machine(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/statemachine-structure.html"""
    execution = start(cloud, machine(cloud, {"Wait": {"Type": "Wait", "Seconds": 600}}, TimeoutSeconds=60))
    cloud.settle()
    found = described(cloud, execution)
    assert found["status"] == "TIMED_OUT"
    assert (found["stopDate"] - found["startDate"]).total_seconds() == pytest.approx(60, abs=1)


def test_an_output_that_is_too_large_fails(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""
    doubled = {"Type": "Pass", "Parameters": {"a.$": "$.text", "b.$": "$.text"}}
    found = ran(cloud, {"Double": doubled}, {"text": "x" * 140_000})
    assert (found["status"], found["error"]) == ("FAILED", "States.DataLimitExceeded")
