"""Whatever a template says, lint gives findings or an error about the template; never anything else."""

from __future__ import annotations

import contextlib
import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.app.template import TemplateError
from harness.lint import lint, lint_app
from harness.lint.physical import BUCKET, FUNCTION, QUEUE, RULE, STREAM, TABLE, TOPIC
from harness.lint.senders import SCHEDULE

IDS = ["A", "B", "C", "D"]
MAPPING = "AWS::Lambda::EventSourceMapping"
NAMES = {
    QUEUE: "FifoQueue KmsMasterKeyId MessageRetentionPeriod QueueName RedriveAllowPolicy RedrivePolicy "
    "VisibilityTimeout ContentBasedDeduplication",
    TOPIC: "FifoTopic Subscription TopicName",
    FUNCTION: "DeadLetterConfig Environment ReservedConcurrentExecutions Role Timeout",
    TABLE: "BillingMode StreamSpecification TableName",
    STREAM: "Name",
    RULE: "EventBusName State Targets",
    BUCKET: "NotificationConfiguration",
    SCHEDULE: "State Target",
    "AWS::SNS::Subscription": "Endpoint Protocol RedrivePolicy TopicArn",
    "AWS::SQS::QueuePolicy": "PolicyDocument Queues",
    "AWS::SQS::QueueInlinePolicy": "PolicyDocument Queue",
    MAPPING: "BatchSize BisectBatchOnFunctionError DestinationConfig Enabled "
    "EventSourceArn FunctionName FunctionResponseTypes MaximumBatchingWindowInSeconds MaximumRetryAttempts "
    "MaximumRecordAgeInSeconds ScalingConfig",
    "AWS::Lambda::EventInvokeConfig": "DestinationConfig FunctionName",
    "AWS::Lambda::Alias": "FunctionName Name",
    "AWS::Pipes::Pipe": "Source SourceParameters",
    "AWS::KMS::Key": "KeyPolicy",
    "AWS::KMS::Alias": "AliasName TargetKeyId",
    "AWS::RDS::DBInstance": "Engine",
    "Custom::Thing": "Anything",
}
KEYS = [
    *("deadLetterTargetArn", "maxReceiveCount", "redrivePermission", "sourceQueueArns", "TargetArn", "Arn"),
    *(
        "OnFailure",
        "Destination",
        "Statement",
        "Principal",
        "Service",
        "AWS",
        "Effect",
        "Condition",
        "Action",
    ),
    *("Resource", "MaximumConcurrency", "Protocol", "Endpoint", "QueueConfigurations", "Queue", "Function"),
    *("LambdaConfigurations", "KinesisStreamParameters", "DeadLetterConfig", "SqsParameters", "ArnEquals"),
    *("aws:SourceArn", "RoleArn", "NotPrincipal"),
]
ids = st.sampled_from([*IDS, "Stage", "Missing", "AWS::NoValue"])
words = st.sampled_from(
    ["Allow", "Deny", "*", "sqs", "lambda", "true", "byQueue", "denyAll", "alias/aws/sqs"]
)
plain = st.one_of(
    *(
        st.none(),
        st.booleans(),
        st.integers(-2, 10**13),
        st.floats(-9, 9),
        st.text("ab:*.", max_size=6),
        words,
    ),
    *(
        st.just("sqs:SendMessage"),
        st.just("sns.amazonaws.com"),
        st.just('{"maxReceiveCount": 1}'),
        st.just("{"),
    ),
    st.just({"Fn::ImportValue": "x"}),
)
leaves = st.one_of(
    plain,
    ids.map(lambda name: {"Ref": name}),
    ids.map(lambda name: {"Fn::GetAtt": [name, "Arn"]}),
    ids.map(lambda name: {"Fn::GetAtt": f"{name}.StreamArn"}),
    ids.map(lambda name: {"Fn::Sub": "${" + name + "}:live"}),
)


def nested(leaves):
    """Values of any form, with these at their ends."""
    return st.recursive(
        leaves,
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
            | inner.map(lambda one: {"Fn::If": ["Prod", one, {"Ref": "AWS::NoValue"}]})
        ),
        max_leaves=10,
    )


values, unlinked = nested(leaves), nested(plain)
queues = st.sampled_from(["Q1", "Q2"]).map(lambda name: {"Fn::GetAtt": [name, "Arn"]})
functions = st.sampled_from(["F1", "F2"]).map(lambda name: {"Ref": name})
arns = queues | st.sampled_from(["F1", "F2", "S1"]).map(lambda name: {"Fn::GetAtt": [name, "Arn"]}) | leaves
PLAUSIBLE = {
    "EventSourceArn": arns,
    "FunctionName": functions,
    "TopicArn": st.just({"Ref": "T1"}),
    "Endpoint": arns,
    "Protocol": st.sampled_from(["sqs", "lambda", "email"]),
    "Queues": st.lists(st.sampled_from(["Q1", "Q2"]).map(lambda name: {"Ref": name}), max_size=2),
    "RedrivePolicy": st.fixed_dictionaries(
        {
            "deadLetterTargetArn": st.just({"Fn::GetAtt": ["Dead", "Arn"]}),
            "maxReceiveCount": st.integers(1, 9),
        }
    ),
    "Targets": st.lists(
        st.fixed_dictionaries({"Arn": arns}, optional={"DeadLetterConfig": values}), max_size=2
    ),
    "Target": st.fixed_dictionaries({"Arn": arns}, optional={"DeadLetterConfig": values}),
    "Source": arns,
    "FifoQueue": st.booleans(),
    "FifoTopic": st.booleans(),
    "Subscription": st.lists(
        st.fixed_dictionaries({"Protocol": st.just("sqs"), "Endpoint": queues}), max_size=2
    ),
}
KINDS = {
    "Q1": QUEUE,
    "Q2": QUEUE,
    "F1": FUNCTION,
    "F2": FUNCTION,
    "T1": TOPIC,
    "S1": STREAM,
    "M1": MAPPING,
    "M2": MAPPING,
}


@st.composite
def resources(draw, kinds, values=values):
    kind = draw(kinds)
    names = draw(st.lists(st.sampled_from(NAMES[kind].split()), unique=True, max_size=6))
    names += ["EventSourceArn", "FunctionName"] if kind == MAPPING else []
    odd = draw(st.integers(0, 3)) == 0
    properties = {name: draw(values if odd else PLAUSIBLE.get(name, values)) for name in names}
    made = {"Type": kind, "Properties": properties}
    if draw(st.integers(0, 5)) == 0:
        made["Condition"] = "Prod"
    if draw(st.integers(0, 59)) == 0:
        made["Metadata"] = draw(values | st.builds(lambda value: {"harness": {"lint": value}}, values))
    return made


@st.composite
def templates(draw):
    default = draw(st.sampled_from([{}, {"Default": "prod"}]))
    known = {name: draw(resources(st.just(kind), unlinked)) for name, kind in KINDS.items()}
    known["Dead"] = {"Type": QUEUE, "Properties": draw(st.dictionaries(st.just("FifoQueue"), st.booleans()))}
    others = st.dictionaries(st.sampled_from(IDS), resources(st.sampled_from([*NAMES])), max_size=4)
    return {
        "Parameters": {"Stage": {"Type": "String", **default}},
        "Conditions": {"Prod": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}},
        "Resources": known | draw(others),
    }


anywhere = settings(deadline=None, max_examples=75, suppress_health_check=[*HealthCheck])


@anywhere
@given(templates())
def test_any_template_that_loads_is_judged(tmp_path, template):
    path = tmp_path / "template.json"
    path.write_text(json.dumps(template), encoding="utf-8")
    with contextlib.suppress(TemplateError):
        for found in lint(path):
            assert found.logical_id in template["Resources"]
            assert found.line >= 1


@anywhere
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_is_judged_or_said_to_be_none(tmp_path, text):
    path = tmp_path / "template.yaml"
    path.write_text(text, encoding="utf-8", newline="")
    assert all(found.path == str(path) for found in lint_app(path))


@anywhere
@given(events=st.dictionaries(st.sampled_from(["E", "F"]), values, max_size=2), globally=values)
def test_any_sam_function_is_judged(tmp_path, events, globally):
    function = {"InlineCode": "x", "Handler": "index.handler", "Runtime": "python3.12", "Events": events}
    template = {
        "Transform": "AWS::Serverless-2016-10-31",
        "Globals": {"Function": {"Timeout": globally}},
        "Resources": {"A": {"Type": "AWS::Serverless::Function", "Properties": function}},
    }
    path = tmp_path / "template.json"
    path.write_text(json.dumps(template), encoding="utf-8")
    lint_app(path)
