"""Handles of durable functions, of their executions and callbacks."""

import pytest
from botocore.exceptions import ClientError

from harness import Simulator, Unsupported
from harness.app.deployment import deploy
from harness.app.handles.durable import DurableExecution
from harness.app.handles.function import Function
from harness.app.intrinsics import Created
from tests.unit.app.clouds import NotingCloud

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:F"
DAY = 86_400
TEMPLATE = """
Resources:
  F:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: index.handler
      Timeout: 30
      Role: arn:aws:iam::123456789012:role/r
      DurableConfig: {ExecutionTimeout: 864000}
      Code:
        ZipFile: |
          import json, boto3
          def handler(event, context):
              first, *others = event["InitialExecutionState"]["Operations"]
              if not others:
                  boto3.client("lambda").checkpoint_durable_execution(
                      DurableExecutionArn=event["DurableExecutionArn"],
                      CheckpointToken=event["CheckpointToken"],
                      Updates=[{"Id": "c", "Type": "CALLBACK", "Action": "START", "Name": "yes"}],
                  )
                  return {"Status": "PENDING"}
              details = others[0]["CallbackDetails"]
              if "Error" in details:
                  return {"Status": "FAILED", "Error": details["Error"]}
              return {"Status": "SUCCEEDED", "Result": details.get("Result")}
  Plain:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: index.handler
      Role: arn:aws:iam::123456789012:role/r
      Code: {ZipFile: "def handler(event, context): pass"}
"""


@pytest.fixture
def app(tmp_path):
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    with Simulator(seed=1) as cloud:
        yield cloud.deploy(tmp_path / "template.yaml")


def test_a_callback_is_given_by_a_handle(app):
    execution = app.function("F").start({"order": 1}, name="order-1")
    assert (execution.name, execution.status, execution.result) == ("order-1", "RUNNING", None)
    execution.callback("yes").succeed({"ok": True})
    app.settle()
    assert (execution.status, execution.result, execution.error) == ("SUCCEEDED", {"ok": True}, None)
    assert execution.events()[0]["EventType"] == "ExecutionStarted"


def test_a_callback_may_fail(app):
    execution = app.function("F").start()
    callback = execution.callback()
    callback.heartbeat()
    callback.fail("no tea", "Refused")
    app.settle()
    assert execution.error == {"ErrorType": "Refused", "ErrorMessage": "no tea"}


def test_an_execution_can_be_stopped(app):
    execution = app.function("F").start()
    app.advance(seconds=60)
    execution.stop("enough")
    assert (execution.status, execution.error) == ("STOPPED", {"ErrorMessage": "enough"})


def test_a_sample_for_a_durable_function_starts_an_execution(app):
    [sample], [plain] = app.function("F").samples(), app.function("Plain").samples()
    assert sample.code == 'app.function("F").start({event})'
    assert plain.code == 'app.function("Plain").invoke_async({event})'
    sample.send({"order": 1})
    assert len(app.function("F").durable_executions()) == 1


def test_a_name_is_the_same_execution(app):
    function = app.function("F")
    first, second = function.start(1, name="n"), function.start(1, name="n")
    assert first.arn == second.arn
    assert [each.arn for each in function.durable_executions()] == [first.arn]


def test_an_execution_of_days_is_nothing_to_wait_for(app):
    with pytest.raises(ClientError, match="15 minutes"):
        app.function("F").invoke(1, qualifier="$LATEST")


def test_a_function_that_isn_t_durable_has_no_executions_to_start(app):
    with pytest.raises(TypeError, match="Plain isn't durable: its template gives it no DurableConfig"):
        app.function("Plain").start()


def test_a_cloud_without_durable_functions_says_so(tmp_path):
    path = tmp_path / "template.yaml"
    path.write_text(TEMPLATE)
    with pytest.raises(Unsupported, match="F: durable functions: the cloud 'noting' doesn't offer it"):
        deploy(NotingCloud(), path)
    function = Function(NotingCloud(), "F", Created("F", {"Arn": ARN}))
    with pytest.raises(Unsupported, match="durable executions: the cloud 'noting' doesn't offer it"):
        function.durable_executions()
    execution = DurableExecution(NotingCloud(), f"{ARN}:1/durable-execution/a/b")
    with pytest.raises(Unsupported, match="callbacks of durable executions: the cloud 'noting'"):
        execution.callback()
