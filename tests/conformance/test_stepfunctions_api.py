"""Step Functions: the API of state machines, executions, versions, aliases, activities and tags."""

from __future__ import annotations

import json

import pytest

from tests.conformance.lambda_helpers import refused
from tests.conformance.states_helpers import ROLE, described, events, kinds, machine, patient, start

pytestmark = pytest.mark.clouds("sim", reason="LocalStack interprets state machines by itself")

ONE = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": 1, "End": True}}}
TWO = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": 2, "End": True}}}
WAIT = {"Wait": {"Type": "Wait", "Seconds": 600}}


@pytest.fixture
def sfn(cloud):
    return cloud.client("stepfunctions")


def created(sfn, definition=ONE, name="machine", **how):
    given = {"roleArn": ROLE, **how}
    return sfn.create_state_machine(name=name, definition=json.dumps(definition), **given)


def test_a_state_machine_tells_how_it_was_made(sfn):
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachine.html"""
    found = sfn.describe_state_machine(stateMachineArn=created(sfn)["stateMachineArn"])
    assert (found["name"], found["status"], found["type"]) == ("machine", "ACTIVE", "STANDARD")
    assert json.loads(found["definition"]) == ONE
    assert found["loggingConfiguration"] == {"level": "OFF", "includeExecutionData": False}
    assert found["encryptionConfiguration"] == {"type": "AWS_OWNED_KEY"}


def test_making_the_same_again_changes_nothing_and_another_is_refused(sfn):
    """Recorded on AWS, June 2023.
    https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html"""
    arn = created(sfn)["stateMachineArn"]
    assert created(sfn)["stateMachineArn"] == arn
    code, told = refused(created, sfn=sfn, definition=TWO)
    assert (code, told) == ("StateMachineAlreadyExists", f"State Machine Already Exists: '{arn}'")


def test_a_definition_that_makes_no_sense_is_refused(sfn):
    """Recorded on AWS, June 2023.
    https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html"""
    assert refused(created, sfn=sfn, definition={"StartAt": "A"}) == (
        "InvalidDefinition",
        "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: "
        "These fields are required: [States] at /'",
    )


def test_a_definition_can_be_validated_without_a_state_machine(sfn):
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html"""
    assert sfn.validate_state_machine_definition(definition=json.dumps(ONE))["result"] == "OK"
    found = sfn.validate_state_machine_definition(definition='{"States": {}}')
    assert found["result"] == "FAIL"
    assert {each["code"] for each in found["diagnostics"]} == {"SCHEMA_VALIDATION_FAILED"}


def test_an_update_makes_a_revision_and_the_same_again_none(sfn):
    """Recorded on AWS, June 2023.
    https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateStateMachine.html"""
    arn = created(sfn)["stateMachineArn"]
    first = sfn.update_state_machine(stateMachineArn=arn, definition=json.dumps(TWO))
    again = sfn.update_state_machine(stateMachineArn=arn, definition=json.dumps(TWO))
    assert first["revisionId"] == again["revisionId"]
    assert json.loads(sfn.describe_state_machine(stateMachineArn=arn)["definition"]) == TWO


def test_an_execution_goes_on_by_the_revision_that_it_began_with(cloud, sfn):
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateStateMachine.html"""
    arn = machine(cloud, {**WAIT, "End": {"Type": "Pass", "Result": "old"}})
    execution = start(cloud, arn)
    cloud.advance(10)
    sfn.update_state_machine(stateMachineArn=arn, definition=json.dumps(TWO))
    cloud.settle()
    assert described(cloud, execution)["output"] == "old"


def test_a_name_starts_one_execution_while_the_input_is_the_same(cloud, sfn):
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html"""
    arn = machine(cloud, WAIT)
    first = start(cloud, arn, {"n": 1}, name="one")
    assert start(cloud, arn, {"n": 1}, name="one") == first
    for given in ('{"n": 2}', '{"n": 1}'):
        code, told = refused(sfn.start_execution, stateMachineArn=arn, name="one", input=given)
        assert (code, told) == ("ExecutionAlreadyExists", f"Execution Already Exists: '{first}'")
        cloud.settle()


def test_an_input_must_be_json(cloud, sfn):
    """Recorded on AWS, June 2023.
    https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html"""
    arn = machine(cloud, WAIT)
    assert refused(sfn.start_execution, stateMachineArn=arn, input="not some json") == (
        "InvalidExecutionInput",
        "Invalid State Machine Execution Input: 'Unrecognized token 'not': was expecting (JSON String, "
        "Number, Array, Object or token 'null', 'true' or 'false')'",
    )


def test_an_execution_can_be_stopped(cloud, sfn):
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html"""
    execution = start(cloud, machine(cloud, WAIT))
    cloud.advance(10)
    sfn.stop_execution(executionArn=execution, error="Enough", cause="told so")
    found = described(cloud, execution)
    assert (found["status"], found["error"], found["cause"]) == ("ABORTED", "Enough", "told so")
    cloud.settle()
    assert kinds(cloud, execution)[-1] == "ExecutionAborted"


def test_a_stopped_execution_is_redriven_from_where_it_was(cloud, sfn):
    """https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html"""
    execution = start(cloud, machine(cloud, {"First": {"Type": "Pass"}, **WAIT}))
    cloud.advance(10)
    sfn.stop_execution(executionArn=execution)
    sfn.redrive_execution(executionArn=execution)
    cloud.settle()
    assert described(cloud, execution)["status"] == "SUCCEEDED"
    assert kinds(cloud, execution).count("PassStateEntered") == 1
    assert kinds(cloud, execution).count("WaitStateEntered") == 2


def test_a_request_to_redrive_with_the_same_token_is_carried_out_once(cloud, sfn):
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_RedriveExecution.html"""
    execution = start(cloud, machine(cloud, WAIT))
    cloud.advance(10)
    sfn.stop_execution(executionArn=execution)
    once, again = (sfn.redrive_execution(executionArn=execution, clientToken="t") for _ in range(2))
    assert once["redriveDate"] == again["redriveDate"]
    assert described(cloud, execution)["redriveCount"] == 1


def test_a_failed_execution_is_redriven_from_the_state_that_failed(cloud, sfn):
    """https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html"""
    queue = cloud.client("sqs")
    send = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sqs:getQueueUrl",
        "Parameters": {"QueueName": "late"},
    }
    execution = start(cloud, machine(cloud, {"First": {"Type": "Pass"}, "Send": send}))
    cloud.settle()
    assert described(cloud, execution)["status"] == "FAILED"
    queue.create_queue(QueueName="late")
    sfn.redrive_execution(executionArn=execution)
    cloud.settle()
    found = described(cloud, execution)
    assert (found["status"], found["redriveCount"]) == ("SUCCEEDED", 1)
    assert kinds(cloud, execution).count("PassStateEntered") == 1
    assert len(events(cloud, execution, "ExecutionRedriven")) == 1
    assert refused(sfn.redrive_execution, executionArn=execution)[0] == "ExecutionNotRedrivable"


GET_URL = "arn:aws:states:::aws-sdk:sqs:getQueueUrl"
BEGAN, PASSES = "MapIterationStarted", "PassStateEntered"


def urls(cloud, execution):
    """The queues that the lines of an execution found."""
    return [found["QueueUrl"] for found in described(cloud, execution)["output"]]


def looks(name):
    """A line of states that ends where no queue of this name is."""
    look = {"Type": "Task", "Resource": GET_URL, "Parameters": {"QueueName.$": "$"}, "End": True}
    begin = {"Type": "Pass", "Next": f"Look {name}"}
    return {"StartAt": f"Begin {name}", "States": {f"Begin {name}": begin, f"Look {name}": look}}


def redriven(cloud, states, given):
    """An execution that failed and is run again once there is what it looked for."""
    cloud.client("sqs").create_queue(QueueName="there")
    execution = start(cloud, machine(cloud, states), given)
    cloud.settle()
    assert described(cloud, execution)["status"] == "FAILED"
    cloud.client("sqs").create_queue(QueueName="late")
    cloud.client("stepfunctions").redrive_execution(executionArn=execution)
    cloud.settle()
    assert described(cloud, execution)["status"] == "SUCCEEDED"
    return execution


def test_a_redrive_runs_only_the_iterations_that_had_not_succeeded_and_of_them_the_rest(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html"""
    states = {"Each": {"Type": "Map", "MaxConcurrency": 1, "ItemProcessor": looks("it")}}
    execution = redriven(cloud, states, ["there", "late", "there"])
    began = [event["mapIterationStartedEventDetails"]["index"] for event in events(cloud, execution, BEGAN)]
    assert began == [0, 1, 1, 2]
    assert kinds(cloud, execution).count("PassStateEntered") == 3
    assert [url.rpartition("/")[2] for url in urls(cloud, execution)] == ["there", "late", "there"]


def test_a_redrive_runs_only_the_branches_that_had_not_succeeded(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html"""
    done = {"StartAt": "Done", "States": {"Done": {"Type": "Pass", "End": True}}}
    states = {"Both": {"Type": "Parallel", "Branches": [done, looks("it")]}}
    execution = redriven(cloud, states, "late")
    entered = [event["stateEnteredEventDetails"]["name"] for event in events(cloud, execution, PASSES)]
    assert sorted(entered) == ["Begin it", "Done"]
    assert described(cloud, execution)["output"][0] == "late"


def test_a_redrive_of_a_map_run_runs_its_executions_that_had_not_succeeded(cloud, sfn):
    """https://docs.aws.amazon.com/step-functions/latest/dg/redrive-map-run.html"""
    config = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}
    each = {"Type": "Map", "MaxConcurrency": 1, "ItemProcessor": {**config, **looks("it")}}
    execution = redriven(cloud, {"Each": each}, ["there", "late", "there"])
    [run] = sfn.list_map_runs(executionArn=execution)["mapRuns"]
    found = sfn.describe_map_run(mapRunArn=run["mapRunArn"])
    assert (found["redriveCount"], found["status"]) == (1, "SUCCEEDED")
    assert (found["itemCounts"]["succeeded"], found["itemCounts"]["failed"]) == (3, 0)
    children = sfn.list_executions(mapRunArn=run["mapRunArn"])["executions"]
    assert sorted(child["redriveCount"] for child in children) == [0, 0, 1]
    assert len(events(cloud, execution, "MapRunRedriven")) == 1
    assert [url.rpartition("/")[2] for url in urls(cloud, execution)] == ["there", "late", "there"]


def test_executions_are_listed_by_status_latest_first(cloud, sfn):
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html"""
    arn = created(sfn)["stateMachineArn"]
    started = [start(cloud, arn) for _ in range(3)]
    cloud.settle()
    found = sfn.list_executions(stateMachineArn=arn, statusFilter="SUCCEEDED")["executions"]
    assert [each["executionArn"] for each in found] == started[::-1]
    assert sfn.list_executions(stateMachineArn=arn, statusFilter="RUNNING")["executions"] == []


def test_a_list_comes_in_pages(cloud, sfn):
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html"""
    arn = created(sfn)["stateMachineArn"]
    started = {start(cloud, arn) for _ in range(3)}
    first = sfn.list_executions(stateMachineArn=arn, maxResults=2)
    second = sfn.list_executions(stateMachineArn=arn, maxResults=2, nextToken=first["nextToken"])
    found = [each["executionArn"] for each in first["executions"] + second["executions"]]
    assert (len(first["executions"]), set(found)) == (2, started)


def test_what_does_not_exist_is_told(sfn):
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html"""
    nobody = "arn:aws:states:us-east-1:123456789012:execution:nobody:one"
    missing = "arn:aws:states:us-east-1:123456789012:stateMachine:nobody"
    assert refused(sfn.describe_execution, executionArn=nobody)[0] == "ExecutionDoesNotExist"
    assert refused(sfn.start_execution, stateMachineArn=missing)[0] == "StateMachineDoesNotExist"
    assert refused(sfn.describe_execution, executionArn="nobody") == (
        "InvalidArn",
        "Invalid Arn: 'Invalid ARN prefix: nobody'",
    )


def test_an_express_execution_is_waited_for(cloud, sfn):
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartSyncExecution.html"""
    arn = machine(cloud, {"Wait": {"Type": "Wait", "Seconds": 20}}, type_="EXPRESS")
    found = sfn.start_sync_execution(stateMachineArn=arn, input='{"n": 1}')
    assert (found["status"], json.loads(found["output"])) == ("SUCCEEDED", {"n": 1})
    assert (found["stopDate"] - found["startDate"]).total_seconds() == pytest.approx(20, abs=1)


def test_an_express_execution_runs_five_minutes_at_most(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""
    arn = machine(cloud, WAIT, type_="EXPRESS")
    found = patient().start_sync_execution(stateMachineArn=arn)
    assert found["status"] == "TIMED_OUT"
    assert (found["stopDate"] - found["startDate"]).total_seconds() == pytest.approx(300, abs=1)


def test_a_standard_state_machine_does_not_run_synchronously(sfn):
    """Recorded on AWS, July 2024.
    https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartSyncExecution.html"""
    arn = created(sfn)["stateMachineArn"]
    assert refused(sfn.start_sync_execution, stateMachineArn=arn)[0] == "StateMachineTypeNotSupported"


def test_a_version_stays_as_it_was_published(cloud, sfn):
    """https://docs.aws.amazon.com/step-functions/latest/dg/concepts-state-machine-version.html"""
    arn = created(sfn, publish=True)["stateMachineArn"]
    sfn.update_state_machine(stateMachineArn=arn, definition=json.dumps(TWO), publish=True)
    found = sfn.list_state_machine_versions(stateMachineArn=arn)["stateMachineVersions"]
    assert [each["stateMachineVersionArn"] for each in found] == [f"{arn}:2", f"{arn}:1"]
    execution = start(cloud, f"{arn}:1")
    cloud.settle()
    shown = described(cloud, execution)
    assert (shown["output"], shown["stateMachineVersionArn"]) == (1, f"{arn}:1")


def test_an_alias_leads_to_its_version_and_keeps_it(cloud, sfn):
    """https://docs.aws.amazon.com/step-functions/latest/dg/concepts-state-machine-alias.html"""
    arn = created(sfn, publish=True)["stateMachineArn"]
    routing = [{"stateMachineVersionArn": f"{arn}:1", "weight": 100}]
    alias = sfn.create_state_machine_alias(name="live", routingConfiguration=routing)["stateMachineAliasArn"]
    sfn.update_state_machine(stateMachineArn=arn, definition=json.dumps(TWO))
    execution = start(cloud, alias)
    cloud.settle()
    shown = described(cloud, execution)
    assert (shown["output"], shown["stateMachineAliasArn"]) == (1, alias)
    assert (
        refused(sfn.delete_state_machine_version, stateMachineVersionArn=f"{arn}:1")[0] == "ConflictException"
    )


def test_an_alias_routes_to_versions_only(sfn):
    """Recorded on AWS, December 2024.
    https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachineAlias.html"""
    arn = created(sfn)["stateMachineArn"]
    routing = [{"stateMachineVersionArn": arn, "weight": 100}]
    code, told = refused(sfn.create_state_machine_alias, name="live", routingConfiguration=routing)
    assert code == "ValidationException"
    assert told == f"Routing configuration must contain state machine version ARNs. Received: [{arn}]"


def test_tags_are_kept_on_state_machines_and_activities(sfn):
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_TagResource.html"""
    tag = [{"key": "team", "value": "a"}]
    for arn in (
        created(sfn, tags=tag)["stateMachineArn"],
        sfn.create_activity(name="pack", tags=tag)["activityArn"],
    ):
        sfn.tag_resource(resourceArn=arn, tags=[{"key": "cost", "value": "1"}])
        sfn.untag_resource(resourceArn=arn, tagKeys=["team"])
        assert sfn.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "cost", "value": "1"}]


@pytest.mark.parametrize("name", ["a b", "a{b", "a?b", "a#b"])
def test_names_hold_no_special_characters(sfn, name):
    """Recorded on AWS, March 2024.
    https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateActivity.html"""
    assert refused(sfn.create_activity, name=name) == ("InvalidName", f"Invalid Name: '{name}'")


def test_executions_are_logged_as_the_state_machine_asks(cloud, sfn):
    """https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html"""
    logs = cloud.client("logs")
    logs.create_log_group(logGroupName="steps")
    group = "arn:aws:logs:us-east-1:123456789012:log-group:steps:*"
    logging = {"level": "ALL", "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": group}}]}
    arn = created(sfn, loggingConfiguration=logging)["stateMachineArn"]
    execution = start(cloud, arn)
    cloud.settle()
    written = [json.loads(e["message"]) for e in logs.filter_log_events(logGroupName="steps")["events"]]
    assert [each["type"] for each in written] == kinds(cloud, execution)
    assert {each["execution_arn"] for each in written} == {execution}


def test_a_log_group_must_exist(sfn):
    """Recorded on AWS, June 2023.
    https://docs.aws.amazon.com/step-functions/latest/apireference/API_LoggingConfiguration.html"""
    group = "arn:aws:logs:us-east-1:123456789012:log-group:nobody:*"
    logging = {"level": "ALL", "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": group}}]}
    assert refused(created, sfn=sfn, loggingConfiguration=logging) == (
        "InvalidLoggingConfiguration",
        "Invalid Logging Configuration: Log Destination not found.",
    )


def test_a_state_machine_has_the_arn_of_a_role(sfn):
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html"""
    expected = ("InvalidArn", "Invalid Role Arn: 'foo'")
    assert refused(created, sfn=sfn, roleArn="foo") == expected
    arn = created(sfn)["stateMachineArn"]
    assert refused(sfn.update_state_machine, stateMachineArn=arn, roleArn="foo") == expected


def test_another_role_and_other_tags_make_no_other_state_machine(sfn):
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html"""
    first = created(sfn)
    role = "arn:aws:iam::123456789012:role/other"
    again = created(sfn, roleArn=role, tags=[{"key": "team", "value": "a"}])
    assert again["creationDate"] == first["creationDate"]
    assert sfn.describe_state_machine(stateMachineArn=first["stateMachineArn"])["roleArn"] != role


def test_metadata_has_no_definition(sfn):
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachine.html"""
    arn = created(sfn)["stateMachineArn"]
    found = sfn.describe_state_machine(stateMachineArn=arn, includedData="METADATA_ONLY")
    assert found["definition"] == "{}"


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("delete_state_machine", {"stateMachineArn": "foo"}),
        ("delete_state_machine_alias", {"stateMachineAliasArn": "foo"}),
        ("describe_state_machine_alias", {"stateMachineAliasArn": "foo"}),
        ("update_state_machine_alias", {"stateMachineAliasArn": "foo", "description": "new"}),
        ("describe_map_run", {"mapRunArn": "foo"}),
        ("update_map_run", {"mapRunArn": "foo"}),
        ("tag_resource", {"resourceArn": "foo", "tags": []}),
        ("untag_resource", {"resourceArn": "foo", "tagKeys": []}),
        ("list_tags_for_resource", {"resourceArn": "foo"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_text_that_is_no_arn_is_told(sfn, operation, params):
    """https://docs.aws.amazon.com/step-functions/latest/apireference/CommonErrors.html"""
    code, message = refused(getattr(sfn, operation), **params)
    assert (code, message) == ("InvalidArn", "Invalid Arn: 'Invalid ARN prefix: foo'")


def test_a_resource_has_fifty_tags_at_most(sfn):
    """https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""
    arn = created(sfn)["stateMachineArn"]
    tags = [{"key": f"k{number}", "value": ""} for number in range(51)]
    sfn.tag_resource(resourceArn=arn, tags=tags[:50])
    assert refused(sfn.tag_resource, resourceArn=arn, tags=tags[50:])[0] == "TooManyTags"


def test_a_tag_without_a_key_is_refused(sfn):
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_Tag.html"""
    arn = created(sfn)["stateMachineArn"]
    assert refused(sfn.tag_resource, resourceArn=arn, tags=[{"value": "a"}])[0] == "ValidationException"
