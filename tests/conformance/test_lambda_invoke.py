"""Lambda, invoked synchronously."""

from __future__ import annotations

import base64
import json
import re

import pytest
from botocore.exceptions import ClientError

from tests.conformance.lambda_helpers import archive, create_function, create_queue, invoke, refused, told

ECHO = "def handler(event, context): return {'seen': event}"


def test_the_answer_is_the_handlers_result_as_json(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/invocation-sync.html"""
    create_function(cloud, ECHO)
    payload, answer = invoke(cloud, {"order": "o-1"})
    assert payload == {"seen": {"order": "o-1"}}
    assert answer["StatusCode"] == 200
    assert answer["ExecutedVersion"] == "$LATEST"
    assert "FunctionError" not in answer


def test_an_invocation_without_a_payload_is_an_empty_event(cloud):
    """https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html"""
    create_function(cloud, ECHO)
    assert invoke(cloud)[0] == {"seen": {}}


def test_a_dry_run_checks_and_does_not_run(cloud):
    """https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#lambda-Invoke-request-InvocationType"""
    seen, _ = create_queue(cloud, "seen")
    create_function(cloud, "def handler(event, context): tell(event)", seen=seen)
    assert invoke(cloud, {}, InvocationType="DryRun")[1]["StatusCode"] == 204
    assert told(cloud, seen) == []


def test_an_exception_is_answered_with_its_class_message_and_stack_trace(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html"""
    create_function(
        cloud,
        """
        class OutOfStock(Exception): pass
        def handler(event, context): raise OutOfStock("no more apples")
        """,
    )
    payload, answer = invoke(cloud, {})
    assert answer["StatusCode"] == 200
    assert answer["FunctionError"] == "Unhandled"
    assert payload["errorType"] == "OutOfStock"
    assert payload["errorMessage"] == "no more apples"
    assert "requestId" in payload
    assert any("no more apples" in line for line in payload["stackTrace"])


def test_a_function_that_runs_too_long_times_out(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html"""
    create_function(
        cloud, "import time\ndef handler(event, context): time.sleep(event['seconds'])", Timeout=3
    )
    payload, answer = invoke(cloud, {"seconds": 60})
    assert answer["FunctionError"] == "Unhandled"
    assert payload["errorType"] == "Sandbox.Timedout"
    assert payload["errorMessage"].endswith("Task timed out after 3.00 seconds")
    assert "FunctionError" not in invoke(cloud, {"seconds": 1})[1]


def test_a_process_that_exits_is_an_error_and_the_next_invocation_is_unharmed(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html"""
    create_function(
        cloud,
        """
        import os
        runs = 0
        def handler(event, context):
            global runs
            runs += 1
            if event.get("die"): os._exit(1)
            return runs
        """,
    )
    assert invoke(cloud, {})[0] == 1
    payload, answer = invoke(cloud, {"die": True})
    assert answer["FunctionError"] == "Unhandled"
    assert payload["errorType"] == "Runtime.ExitError"
    assert invoke(cloud, {})[0] == 1


@pytest.mark.parametrize(
    ("source", "handler", "kind"),
    [
        ("import does_not_exist\ndef handler(event, context): pass", "app.handler", "ImportModuleError"),
        ("def handler(event, context): pass", "elsewhere.handler", "ImportModuleError"),
        ("def handler(event, context): pass", "app.absent", "HandlerNotFound"),
        ("def handler(event, context) pass", "app.handler", "UserCodeSyntaxError"),
    ],
)
def test_code_that_cannot_be_initialized_says_why(cloud, source, handler, kind):
    """https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-deployment.html"""
    create_function(cloud, source, Handler=handler)
    payload, answer = invoke(cloud, {})
    assert answer["FunctionError"] == "Unhandled"
    assert payload["errorType"] == f"Runtime.{kind}"


def test_a_result_that_is_not_json_is_a_marshal_error(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html#python-handler-return"""
    create_function(cloud, "def handler(event, context): return {1, 2}")
    payload, answer = invoke(cloud, {})
    assert answer["FunctionError"] == "Unhandled"
    assert payload["errorType"] == "Runtime.MarshalError"


def test_an_environment_is_reused_and_keeps_its_globals(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html"""
    create_function(
        cloud,
        """
        runs = []
        def handler(event, context):
            runs.append(event)
            return len(runs)
        """,
    )
    assert [invoke(cloud, {})[0] for _ in range(3)] == [1, 2, 3]


def test_new_code_starts_in_a_new_environment(cloud):
    """https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html"""
    create_function(cloud, "def handler(event, context): return 'old'")
    assert invoke(cloud, {})[0] == "old"
    functions = cloud.client("lambda")
    functions.update_function_code(
        FunctionName="work", ZipFile=archive("def handler(event, context): return 'new'")
    )
    functions.get_waiter("function_updated_v2").wait(FunctionName="work")
    assert invoke(cloud, {})[0] == "new"


def test_the_tail_of_the_log_comes_with_the_answer(cloud):
    """https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#lambda-Invoke-request-LogType"""
    create_function(cloud, "def handler(event, context): print('x' * 5000); print('billing o-1')")
    _, answer = invoke(cloud, {}, LogType="Tail")
    log = base64.b64decode(answer["LogResult"])
    assert b"billing o-1" in log
    assert b"REPORT RequestId:" in log
    assert len(log) <= 4096


def test_the_context_names_the_function_and_the_request(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/python-context.html"""
    arn = create_function(
        cloud,
        """
        def handler(event, context):
            return [context.function_name, context.function_version, context.invoked_function_arn,
                    context.memory_limit_in_mb, context.log_group_name, len(context.aws_request_id),
                    2000 < context.get_remaining_time_in_millis() <= 3000]
        """,
    )
    assert invoke(cloud, {})[0] == ["work", "$LATEST", arn, "128", "/aws/lambda/work", 36, True]


def test_the_client_context_reaches_the_handler(cloud):
    """https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#lambda-Invoke-request-ClientContext"""
    create_function(cloud, "def handler(event, context): return context.client_context.custom")
    context = base64.b64encode(json.dumps({"custom": {"a": "b"}}).encode()).decode()
    assert invoke(cloud, {}, ClientContext=context)[0] == {"a": "b"}


def test_a_payload_that_is_not_json_is_refused(cloud):
    """https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors"""
    create_function(cloud, ECHO)
    with pytest.raises(ClientError) as caught:
        cloud.client("lambda").invoke(FunctionName="work", Payload=b"{not json")
    assert caught.value.response["Error"]["Code"] == "InvalidRequestContentException"


def test_a_payload_above_six_megabytes_is_refused(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
    create_function(cloud, ECHO)
    with pytest.raises(ClientError) as caught:
        invoke(cloud, "x" * 6_291_456)
    assert caught.value.response["Error"]["Code"] == "RequestTooLargeException"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413


def test_a_function_that_does_not_exist_is_not_found(cloud):
    """https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors"""
    with pytest.raises(ClientError) as caught:
        invoke(cloud, {}, name="nobody")
    assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_a_function_without_reserved_concurrency_left_throttles(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"""
    create_function(cloud, "import time\ndef handler(event, context): time.sleep(50)", Timeout=200)
    functions = cloud.client("lambda")
    functions.put_function_concurrency(FunctionName="work", ReservedConcurrentExecutions=1)
    invoke(cloud, {}, InvocationType="Event")
    cloud.advance(5)
    with pytest.raises(ClientError) as caught:
        invoke(cloud, {})
    problem = caught.value.response
    assert problem["Error"]["Code"] == "TooManyRequestsException"
    assert problem["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert problem["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    cloud.advance(200)
    functions.delete_function_concurrency(FunctionName="work")
    assert "FunctionError" not in invoke(cloud, {})[1]


def test_a_reservation_of_zero_throttles_everything(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"""
    create_function(cloud, ECHO)
    functions = cloud.client("lambda")
    functions.put_function_concurrency(FunctionName="work", ReservedConcurrentExecutions=0)
    with pytest.raises(ClientError) as caught:
        invoke(cloud, {})
    assert caught.value.response["Error"]["Code"] == "TooManyRequestsException"


def test_two_runs_at_once_have_an_environment_each(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html"""
    seen, _ = create_queue(cloud, "seen")
    create_function(
        cloud,
        """
        runs = 0
        def handler(event, context):
            global runs
            runs += 1
            time.sleep(30)
            tell(runs)
        """,
        seen=seen,
        Timeout=60,
    )
    for _ in range(3):
        invoke(cloud, {}, InvocationType="Event")
    cloud.settle()
    assert told(cloud, seen) == [1, 1, 1]


KEEPS = """
from pathlib import Path
import os, time
runs = 0
def handler(event, context):
    global runs
    runs += 1
    Path("/tmp/kept").open("a").write("x")
    if event["end"] == "time": time.sleep(60)
    if event["end"] == "exit": os._exit(1)
    return [runs, Path("/tmp/kept").read_text(), context.log_stream_name]
"""


@pytest.mark.clouds("sim", reason="harness starts another process of its own beside LocalStack")
@pytest.mark.parametrize("end", ["time", "exit"])
def test_an_environment_whose_process_ended_is_reset_and_keeps_its_files(cloud, end):
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html"""
    create_function(cloud, KEEPS)
    runs, kept, stream = invoke(cloud, {"end": ""})[0]
    assert (runs, kept) == (1, "x")
    invoke(cloud, {"end": end})
    assert invoke(cloud, {"end": ""})[0] == [1, "xxx", stream]


@pytest.mark.clouds("sim", reason="Python's own code is between the handler and the file elsewhere, too")
def test_a_stack_trace_ends_in_the_code_that_raised(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html"""
    create_function(cloud, "def handler(event, context): open('/tmp/none')")
    (entry,) = invoke(cloud, {})[0]["stackTrace"]
    assert entry.startswith('  File "/var/task/app.py", line 1, in handler')


def test_a_function_goes_on_when_the_one_that_called_it_times_out(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/invocation-sync.html"""
    seen, _ = create_queue(cloud, "seen")
    create_function(
        cloud, "def handler(event, context): time.sleep(20); tell('done')", name="slow", seen=seen, Timeout=30
    )
    create_function(
        cloud,
        """
        import boto3
        functions = boto3.client("lambda")
        def handler(event, context): functions.invoke(FunctionName="slow", Payload="{}")
        """,
    )
    assert invoke(cloud, {})[0]["errorType"] == "Sandbox.Timedout"
    cloud.settle()
    assert told(cloud, seen) == ["done"]


def test_layers_hold_modules_for_the_function(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/python-layers.html"""
    functions = cloud.client("lambda")
    layer = functions.publish_layer_version(
        LayerName="prices", Content={"ZipFile": archive("", **{"python/prices": "APPLE = 3"})}
    )
    create_function(
        cloud,
        "import prices\ndef handler(event, context): return prices.APPLE",
        Layers=[layer["LayerVersionArn"]],
    )
    assert invoke(cloud, {})[0] == 3


@pytest.mark.parametrize(
    ("payload", "told", "column"),
    [
        (
            b"\x99\xeb",
            "Unexpected character ((CTRL-CHAR, code 153)): expected a valid value (JSON String, Number, "
            "Array, Object or token 'null', 'true' or 'false')",
            1,
        ),
        (b"n\x87r", "Invalid UTF-8 start byte 0x87", 3),
    ],
)
def test_a_payload_that_is_not_json_is_refused_with_the_place(cloud, payload, told, column):
    """Recorded on AWS, November 2025."""
    create_function(cloud, ECHO)
    assert refused(cloud.client("lambda").invoke, FunctionName="work", Payload=payload) == (
        "InvalidRequestContentException",
        f"Could not parse request body into json: Could not parse payload into json: {told}\n at [Source: "
        f"REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: {column}]",
    )


@pytest.mark.clouds("sim", reason="LocalStack reads payloads with Python's parser")
@pytest.mark.parametrize(
    ("payload", "told"),
    [
        (b'{"a":', "Unexpected end-of-input"),
        (
            b'{"a" 1}',
            "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value",
        ),
        (
            b'{"a": nul}',
            "Unrecognized token 'nul': was expecting (JSON String, Number, Array, Object or token",
        ),
        (b'{"a": "\x87"}', "Invalid UTF-8 start byte 0x87"),
    ],
    ids=["ends early", "no colon", "no word", "no character"],
)
def test_a_payload_that_goes_wrong_further_inside_is_refused_likewise(cloud, payload, told):
    """https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html"""
    create_function(cloud, ECHO)
    code, message = refused(cloud.client("lambda").invoke, FunctionName="work", Payload=payload)
    assert code == "InvalidRequestContentException"
    assert f"Could not parse payload into json: {told}" in message


def test_a_function_that_is_not_there_is_told_by_its_latest_version(cloud):
    """Recorded on AWS, November 2025."""
    arn = f"arn:aws:lambda:{cloud.region}:{cloud.account}:function:absent:$LATEST"
    assert refused(cloud.client("lambda").invoke, FunctionName="absent") == (
        "ResourceNotFoundException",
        f"Function not found: {arn}",
    )


def test_an_error_shows_the_folders_of_lambda(cloud):
    """Recorded on AWS, November 2025."""
    create_function(cloud, "def handler(event, context):\n    raise ValueError('no total')")
    payload, answer = invoke(cloud)
    assert payload == {
        "errorMessage": "no total",
        "errorType": "ValueError",
        "requestId": answer["ResponseMetadata"]["RequestId"],
        "stackTrace": ["  File \"/var/task/app.py\", line 2, in handler\n    raise ValueError('no total')\n"],
    }


def test_an_error_at_import_belongs_to_no_request(cloud):
    """Recorded on AWS, November 2025."""
    create_function(cloud, "raise ValueError('no settings')")
    payload, _ = invoke(cloud)
    assert payload["errorMessage"] == "no settings"
    assert payload["requestId"] == ""
    assert payload["stackTrace"][0].startswith('  File "/var/lang/lib/python3.')
    assert payload["stackTrace"][-1].startswith('  File "/var/task/app.py", line 1, in <module>\n')


def test_a_wrapper_script_that_is_not_there_ends_the_runtime(cloud):
    """Recorded on AWS, November 2025."""
    create_function(cloud, ECHO, Environment={"Variables": {"AWS_LAMBDA_EXEC_WRAPPER": "/absent.sh"}})
    payload, answer = invoke(cloud)
    assert answer["FunctionError"] == "Unhandled"
    request = answer["ResponseMetadata"]["RequestId"]
    assert payload == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: {request} Error: Runtime exited with error: exit status 127",
    }


VARIABLES = "import os\ndef handler(event, context): return dict(os.environ)"


def test_a_function_has_the_variables_of_lambda_and_no_others(cloud):
    """Recorded on AWS, January 2026."""
    create_function(cloud, VARIABLES, Runtime="python3.12")
    found, _ = invoke(cloud)
    varying = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "_X_AMZN_TRACE_ID")
    for name in (*varying, "AWS_LAMBDA_LOG_STREAM_NAME"):
        assert found.pop(name)
    found.pop("TMPDIR", None)  # where this machine has its temporary files
    assert found == {
        "AWS_DEFAULT_REGION": cloud.region,
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.12",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
        "AWS_LAMBDA_FUNCTION_NAME": "work",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/work",
        "AWS_LAMBDA_RUNTIME_API": "169.254.100.1:9001",
        "AWS_REGION": cloud.region,
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "AWS_XRAY_DAEMON_ADDRESS": "169.254.100.1:2000",
        "LAMBDA_RUNTIME_DIR": "/var/runtime",
        "LAMBDA_TASK_ROOT": "/var/task",
        "LANG": "en_US.UTF-8",
        "LC_CTYPE": "C.UTF-8",
        "LD_LIBRARY_PATH": "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:"
        "/var/task/lib:/opt/lib",
        "PATH": "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
        "PWD": "/var/task",
        "PYTHONPATH": "/var/runtime",
        "SHLVL": "0",
        "TZ": ":UTC",
        "_AWS_XRAY_DAEMON_ADDRESS": "169.254.100.1",
        "_AWS_XRAY_DAEMON_PORT": "2000",
        "_HANDLER": "app.handler",
    }


def test_each_invocation_belongs_to_a_trace(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html"""
    create_function(cloud, "import os\ndef handler(event, context): return os.environ['_X_AMZN_TRACE_ID']")
    form = r"Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0;Lineage=1:[0-9a-f]{8}:0"
    traces = [invoke(cloud)[0] for _ in range(2)]
    assert all(re.fullmatch(form, trace) for trace in traces)
    assert traces[0] != traces[1]


def streamed(cloud, payload, **settings):
    """The events of an answer that is streamed, by their names, and the answer."""
    functions = cloud.client("lambda")
    answer = functions.invoke_with_response_stream(
        FunctionName="work", Payload=json.dumps(payload), **settings
    )
    return [next(iter(event.items())) for event in answer["EventStream"]], answer


@pytest.mark.clouds("sim", reason="LocalStack doesn't stream responses")
def test_an_answer_can_be_streamed(cloud):
    """https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html"""
    create_function(cloud, ECHO)
    events, answer = streamed(cloud, {"order": "o-1"}, LogType="Tail")
    (chunk, told), (end, about) = events
    assert (chunk, json.loads(told["Payload"])) == ("PayloadChunk", {"seen": {"order": "o-1"}})
    assert (end, list(about)) == ("InvokeComplete", ["LogResult"])
    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST")


@pytest.mark.clouds("sim", reason="LocalStack doesn't stream responses")
def test_a_stream_ends_with_the_error_of_the_function(cloud):
    """https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStreamCompleteEvent.html"""
    create_function(cloud, "def handler(event, context): raise ValueError('no')")
    [(name, about)], _ = streamed(cloud, {})
    assert (name, about["ErrorCode"]) == ("InvokeComplete", "Unhandled")
    assert json.loads(about["ErrorDetails"])["errorType"] == "ValueError"
