"""Properties are resolved once for all deployments of a template, as far as nothing they read changes."""

import pytest

from harness import Simulator
from harness.app.intrinsics import Created, Scope
from harness.app.resolved import resolved_once

WORK = """
Resources:
  Dead: {Type: AWS::SQS::Queue}
  Work:
    Type: AWS::SQS::Queue
    Properties: {RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}}
"""
EXPORTING = """
Resources: {Work: {Type: AWS::SQS::Queue}}
Outputs: {Delay: {Value: VALUE, Export: {Name: delay}}}
"""
IMPORTING = """
Resources:
  Late: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: !ImportValue delay}}
"""
READING = """
Resources:
  Late: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: "{{resolve:ssm:delay}}"}}
"""
READS = {("Dead", "Arn"): "arn:dead", ("Dead", None): "dead"}


@pytest.fixture
def write(tmp_path):
    def write(text, name="template.yaml"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


def delay_of(cloud, app):
    asked = {"QueueUrl": app.physical_id("Late"), "AttributeNames": ["DelaySeconds"]}
    return cloud.client("sqs").get_queue_attributes(**asked)["Attributes"]["DelaySeconds"]


def test_the_next_deployment_of_a_template_resolves_nothing_anew(write, monkeypatch):
    path = write(WORK)
    with Simulator() as cloud:
        cloud.deploy(path)
    monkeypatch.setattr(Scope, "resolve", lambda *_: pytest.fail("resolved anew"))
    with Simulator(seed=1) as cloud:
        dead = cloud.deploy(path).arn("Dead")
        policy = cloud.client("sqs").list_dead_letter_source_queues(QueueUrl=dead.rpartition(":")[2])
        assert len(policy["queueUrls"]) == 1


def test_what_another_stack_exports_is_read_anew(write):
    for value in ("5", "7"):
        with Simulator() as cloud:
            cloud.deploy(write(EXPORTING.replace("VALUE", f'"{value}"'), "exporting.yaml"), name="first")
            app = cloud.deploy(write(IMPORTING), name="second")
            assert delay_of(cloud, app) == value


def test_what_stands_for_a_dynamic_reference_is_read_anew(write):
    for value in ("5", "7"):
        with Simulator() as cloud:
            cloud.client("ssm").put_parameter(Name="delay", Value=value, Type="String")
            assert delay_of(cloud, cloud.deploy(write(READING))) == value


def test_properties_hold_while_all_that_they_read_is_as_it_was():
    kept = resolved_once({"Target": "arn:dead"}, READS)
    assert kept is not None
    assert kept.is_true_of({"Dead": Created("dead", {"Arn": "arn:dead"})})
    assert not kept.is_true_of({"Dead": Created("dead", {"Arn": "arn:other"})})
    assert not kept.is_true_of({"Dead": Created("other", {"Arn": "arn:dead"})})
    assert not kept.is_true_of({"Dead": Created("dead")})
    assert not kept.is_true_of({})


def test_each_deployment_gets_properties_of_its_own():
    kept = resolved_once({"Tags": [{"Key": "a", "Value": 1}]}, {})
    assert kept is not None
    kept.properties()["Tags"].clear()
    assert kept.properties() == {"Tags": [{"Key": "a", "Value": 1}]}


@pytest.mark.parametrize(
    ("properties", "reads"),
    [
        ({"Code": {"S3Bucket": "assets", "S3Key": "code.zip"}}, {}),
        ({"Secret": {"Value": "{{resolve:ssm:secret}}"}}, {}),
        ({"Count": 1}, {("Counted", "Count"): 1}),
        ({"Handler": object()}, {}),
    ],
    ids=["a file that may lie here", "a dynamic reference", "a value that equals another", "no plain data"],
)
def test_properties_that_depend_on_more_than_texts_are_resolved_each_time(properties, reads):
    assert resolved_once(properties, reads) is None
