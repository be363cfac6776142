"""Checkpoints of durable executions: what Lambda takes, and what it refuses.

https://docs.aws.amazon.com/lambda/latest/api/API_CheckpointDurableExecution.html
"""

from __future__ import annotations

import json

import pytest

from tests.conformance.durable_helpers import DAY, create_durable, ended, execution, kinds, start
from tests.conformance.lambda_helpers import create_function, create_queue, told

pytestmark = pytest.mark.clouds("sim", reason="LocalStack has no durable functions")

TRIES = """
from botocore.exceptions import ClientError

def refusal(execution, *updates):
    try:
        execution.checkpoint(*updates)
    except ClientError as problem:
        return problem.response["Error"]["Code"], problem.response["Error"]["Message"]

def step(id, action, **more):
    return {"Id": id, "Type": "STEP", "Action": action, **more}
"""


def refusal(cloud, *lines: str) -> list[str]:
    """The answer to the last of some checkpoints, each given as the arguments of a call."""
    *before, last = lines
    made = "\n    ".join(f"execution.checkpoint({line})" for line in before)
    source = f"{TRIES}\n@durable\ndef handler(execution):\n    {made}\n    return refusal(execution, {last})"
    create_durable(cloud, source)
    status, found = ended(cloud, start(cloud))
    assert status == "SUCCEEDED", found
    return list(found)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["step('1', 'SUCCEED', Payload='1')", "step('1', 'SUCCEED', Payload='1')"],
         "Invalid current STEP state to close."),
        (["step('1', 'START')", "step('1', 'START')"], "Invalid current STEP state to start."),
        (["step('1', 'START', Name='a')", "step('1', 'SUCCEED', Name='b')"], "Inconsistent operation name."),
        (["step('1', 'START')", "{'Id': '1', 'Type': 'CONTEXT', 'Action': 'SUCCEED'}"],
         "Inconsistent operation type."),
        (["step('1', 'START', SubType='A')", "step('1', 'SUCCEED', SubType='B')"],
         "Inconsistent operation subtype."),
        (["step('1', 'START'), step('1', 'START')"],
         "Cannot checkpoint multiple operations with the same ID."),
        (["step('1', 'START', ParentId='0')"], "Invalid parent operation id."),
        (["step('1', 'CANCEL')"], "Invalid action for the given operation type."),
        (["step('1', 'FAIL', Payload='1')"], "Cannot provide a Payload for FAIL action."),
        (["step('1', 'SUCCEED', Error={})"], "Cannot provide an Error for SUCCEED action."),
        (["step('1', 'RETRY')"], "Invalid StepOptions for the given action."),
        (["{'Id': '1', 'Type': 'WAIT', 'Action': 'CANCEL'}"],
         "Cannot cancel a WAIT that does not exist or has already completed."),
        (["step('1', 'FAIL', Error={'ErrorMessage': 'x' * 40_000})"],
         "Error object size must be less than 32768 bytes."),
        (["{'Id': '1', 'Type': 'EXECUTION', 'Action': 'SUCCEED'}, step('2', 'START')"],
         "EXECUTION checkpoint must be the last update."),
        (["{'Id': '1', 'Type': 'CHAINED_INVOKE', 'Action': 'START', 'Payload': 'x' * 1_048_577, "
          "'ChainedInvokeOptions': {'FunctionName': 'work'}}"],
         "CHAINED_INVOKE input payload size must be less than or equal to 1048576 bytes."),
        (["{'Id': '1', 'Type': 'CHAINED_INVOKE', 'Action': 'START', 'ChainedInvokeOptions': "
          "{'FunctionName': 'arn:aws:lambda:us-east-1:999999999999:function:work'}}"],
         "Cannot start a CHAINED_INVOKE on a function in another account."),
    ],
    ids=[
        "closed", "started", "name", "type", "subtype", "twice", "parent", "action", "payload of a failure",
        "error of a success", "retry without options", "no wait", "large error", "behind the end",
        "large input", "another account",
    ],
)  # fmt: skip
def test_updates_that_can_t_be_are_refused(cloud, lines, message):
    assert refusal(cloud, *lines) == ["InvalidParameterValueException", message]


def test_a_token_is_good_once(cloud):
    """Each checkpoint consumes its token and gives a new one."""
    source = f"""{TRIES}
@durable
def handler(execution):
    old = execution.token
    execution.checkpoint(step("1", "START"))
    execution.token, new = old, execution.token
    found = refusal(execution, step("2", "START"))
    execution.token = new
    return found
"""
    create_durable(cloud, source)
    assert ended(cloud, start(cloud)) == (
        "SUCCEEDED",
        ["InvalidParameterValueException", "Invalid checkpoint token"],
    )


def test_a_checkpoint_that_is_sent_again_gets_its_answer_again(cloud):
    """The ClientToken makes it idempotent."""
    source = f"""{TRIES}
@durable
def handler(execution):
    old = execution.token
    execution.checkpoint(step("1", "START"), ClientToken="c-1")
    first = execution.token
    execution.token = old
    execution.checkpoint(step("1", "START"), ClientToken="c-1")
    return execution.token == first
"""
    create_durable(cloud, source)
    arn = start(cloud)
    assert ended(cloud, arn) == ("SUCCEEDED", True)
    assert kinds(cloud, arn).count("StepStarted") == 1


def test_a_step_is_tried_again_after_its_delay(cloud):
    """https://docs.aws.amazon.com/lambda/latest/api/API_StepOptions.html"""
    seen, _ = create_queue(cloud, "seen")
    source = """
    import time

    @durable
    def handler(execution):
        known = execution.operations.get("1")
        tell([known["Status"] if known else None, (known or {}).get("StepDetails", {}).get("Attempt")])
        if known is None:
            options = {"NextAttemptDelaySeconds": 600}
            error = {"ErrorMessage": "not yet"}
            execution.checkpoint(
                {"Id": "1", "Type": "STEP", "Action": "RETRY", "StepOptions": options, "Error": error}
            )
            raise Suspended
        execution.checkpoint({"Id": "1", "Type": "STEP", "Action": "SUCCEED", "Payload": "1"})
        return time.time()
    """
    create_durable(cloud, source, seen=seen)
    arn = start(cloud)
    status, at = ended(cloud, arn)
    began = execution(cloud, arn)["StartTimestamp"].timestamp()
    assert (status, 600 <= at - began < 660) == ("SUCCEEDED", True)
    assert sorted(told(cloud, seen), key=str) == [["READY", 1], [None, None]]
    assert kinds(cloud, arn).count("StepFailed") == 1


def test_what_is_inside_of_a_context_that_has_ended_is_not_replayed(cloud):
    """https://docs.aws.amazon.com/lambda/latest/api/API_GetDurableExecutionState.html"""
    seen, _ = create_queue(cloud, "seen")
    source = """
    @durable
    def handler(execution):
        tell(sorted(id for id in execution.operations if len(id) < 9))
        if "c" not in execution.operations:
            execution.checkpoint(
                {"Id": "c", "Type": "CONTEXT", "Action": "START"},
                {"Id": "s", "Type": "STEP", "Action": "SUCCEED", "ParentId": "c", "Payload": "1"},
            )
            execution.checkpoint({"Id": "c", "Type": "CONTEXT", "Action": "SUCCEED", "Payload": "1"})
        execution.wait("w", 60)
    """
    create_durable(cloud, source, seen=seen)
    assert ended(cloud, start(cloud))[0] == "SUCCEEDED"
    assert sorted(told(cloud, seen)) == [[], ["c", "w"]]


def test_a_large_state_comes_in_pages(cloud):
    """https://docs.aws.amazon.com/lambda/latest/api/API_GetDurableExecutionState.html"""
    source = """
    def handler(event, context):
        execution = Execution(event)
        count = len(execution.operations)
        if count < 8:
            for number in range(count, 8):
                execution.step(str(number), lambda: "x" * 1_000_000)
        execution._start("w", "WAIT", WaitOptions={"WaitSeconds": 60})
        if execution.operations["w"]["Status"] == "STARTED":
            return {"Status": "PENDING"}
        marker = event["InitialExecutionState"].get("NextMarker")
        return {"Status": "SUCCEEDED", "Result": json.dumps([bool(marker), len(execution.operations)])}
    """
    seen, _ = create_queue(cloud, "seen")
    create_durable(cloud, source, seen=seen)
    assert ended(cloud, start(cloud)) == ("SUCCEEDED", [True, 9])


def test_an_execution_with_too_many_operations_fails(cloud):
    """https://docs.aws.amazon.com/general/latest/gr/lambda-service.html: 3,000 operations."""
    source = f"""{TRIES}
@durable
def handler(execution):
    execution.checkpoint(*(step(str(number), "START") for number in range(3001)))
"""
    create_durable(cloud, source)
    status, error = ended(cloud, start(cloud))
    assert (status, "3000 operations" in error["ErrorMessage"]) == ("FAILED", True)


def test_a_function_is_invoked_and_its_result_comes_back(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/durable-execution-sdk.html"""
    create_function(cloud, "def handler(event, context): return {'doubled': event * 2}", name="double")
    create_durable(cloud, "@durable\ndef handler(e): return e.invoke('i', 'double', 21)")
    arn = start(cloud)
    assert ended(cloud, arn) == ("SUCCEEDED", {"doubled": 42})
    assert kinds(cloud, arn)[1:5] == [
        "ChainedInvokeStarted",
        "InvocationCompleted",
        "ChainedInvokeSucceeded",
        "InvocationCompleted",
    ]


def test_a_durable_function_is_invoked_as_an_execution_of_its_own(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/durable-execution-sdk.html"""
    create_durable(cloud, "@durable\ndef handler(e): e.wait('w', 7200); return e.input", name="slow")
    create_durable(cloud, "@durable\ndef handler(e): return e.invoke('i', 'slow:$LATEST', [1])")
    arn = start(cloud)
    assert ended(cloud, arn) == ("SUCCEEDED", [1])
    [child] = cloud.client("lambda").list_durable_executions_by_function(FunctionName="slow")[
        "DurableExecutions"
    ]
    assert child["Status"] == "SUCCEEDED"


def test_a_durable_function_that_is_invoked_without_a_qualifier_fails_the_operation(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/durable-invoking.html"""
    create_durable(cloud, "@durable\ndef handler(e): return 1", name="slow")
    create_durable(cloud, "@durable\ndef handler(e): return e.invoke('i', 'slow', 1)")
    status, error = ended(cloud, start(cloud))
    assert (status, error["ErrorType"]) == ("FAILED", "FAILED")
    assert "unqualified" in error["ErrorMessage"]


@pytest.mark.parametrize(
    ("target", "kind"),
    [
        ("raises", "ValueError"),
        ("missing", "ResourceNotFoundException"),
        ("slow:$LATEST", "ChainedInvoke.Timeout"),
    ],
    ids=["raises", "missing", "times out"],
)
def test_a_function_that_fails_fails_the_operation(cloud, target, kind):
    """https://docs.aws.amazon.com/lambda/latest/dg/durable-execution-sdk.html"""
    create_function(cloud, "def handler(event, context): raise ValueError('no')", name="raises")
    create_durable(cloud, "@durable\ndef handler(e): e.wait('w', 90)", name="slow", timeout=60)
    source = f"""
    @durable
    def handler(execution):
        try:
            execution.invoke("i", "{target}", 1)
        except Failed as problem:
            return problem.error
    """
    create_durable(cloud, source)
    status, error = ended(cloud, start(cloud))
    assert (status, error["ErrorType"]) == ("SUCCEEDED", kind)


def test_state_can_be_read_by_the_invocation_that_runs_alone(cloud):
    """https://docs.aws.amazon.com/lambda/latest/api/API_GetDurableExecutionState.html"""
    seen, _ = create_queue(cloud, "seen")
    source = """
    def handler(event, context):
        tell([event["DurableExecutionArn"], event["CheckpointToken"]])
        return {"Status": "SUCCEEDED", "Result": json.dumps(1)}
    """
    create_durable(cloud, source, seen=seen)
    ended(cloud, start(cloud))
    [[arn, token]] = told(cloud, seen)
    functions = cloud.client("lambda")
    with pytest.raises(functions.exceptions.InvalidParameterValueException, match="Invalid checkpoint token"):
        functions.get_durable_execution_state(DurableExecutionArn=arn, CheckpointToken=token)


def test_the_event_of_an_invocation_is_the_state_of_the_execution(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/durable-execution-sdk.html"""
    source = "def handler(event, context): return {'Status': 'SUCCEEDED', 'Result': json.dumps(event)}"
    seen, _ = create_queue(cloud, "seen")
    create_durable(cloud, source, seen=seen)
    arn = start(cloud, {"order": 1})
    _, event = ended(cloud, arn)
    [first] = event["InitialExecutionState"]["Operations"]
    assert event["DurableExecutionArn"] == arn
    assert (first["Type"], first["Id"], first["Status"]) == ("EXECUTION", arn.split("/")[-1], "STARTED")
    assert json.loads(first["ExecutionDetails"]["InputPayload"]) == {"order": 1}


def test_nothing_is_left_of_an_operation_that_waits_when_the_execution_has_ended(cloud):
    """https://docs.aws.amazon.com/lambda/latest/api/API_StopDurableExecution.html"""
    create_durable(cloud, "@durable\ndef handler(e): e.wait('w', 7200)")
    arn = start(cloud)
    cloud.advance(60)
    cloud.client("lambda").stop_durable_execution(DurableExecutionArn=arn)
    assert cloud.settle(DAY)
    assert "WaitSucceeded" not in kinds(cloud, arn)
