"""boto3's names of services, by what requests say."""

import botocore.session
import pytest
from botocore.loaders import Loader
from botocore.model import ServiceId

from harness.wire import names
from harness.wire.names import by_id, by_package, by_signature

SESSION = botocore.session.get_session()


@pytest.mark.parametrize(
    "service",
    ["cognito-idp", "dynamodbstreams", "ec2", "elbv2", "events", "iot-data", "logs", "sqs", "stepfunctions"],
)
def test_an_id_leads_to_the_service(service):
    model = SESSION.get_service_model(service)
    assert by_id(ServiceId(model.service_id).hyphenize()) == service


@pytest.mark.parametrize(
    ("package", "service"),
    [
        ("bedrockagent", "bedrock-agent"),
        ("cognitoidentityprovider", "cognito-idp"),
        ("elasticloadbalancingv2", "elbv2"),
        ("lexruntime", "lex-runtime"),
        ("sqs", "sqs"),
        ("nothing", None),
    ],
)
def test_a_package_of_the_sdk_for_java_leads_to_the_service(package, service):
    assert by_package(package) == service


def test_only_the_heads_of_models_are_read(monkeypatch):
    def whole(*_):
        raise AssertionError("a whole model is read")

    names._models.cache_clear()
    monkeypatch.setattr(Loader, "load_service_model", whole)
    assert {model.name for model in names._models()} >= {"ec2", "iot-data", "rekognition"}


@pytest.mark.parametrize(
    ("signed_for", "target", "path", "service"),
    [
        ("sqs", "AmazonSQS", "/", "sqs"),
        ("monitoring", "", "/", "cloudwatch"),
        ("dynamodb", "DynamoDB_20120810", "/", "dynamodb"),
        ("dynamodb", "DynamoDBStreams_20120810", "/", "dynamodbstreams"),
        ("ses", "", "/v2/email/outbound-emails", "sesv2"),
        ("ses", "", "/", "ses"),
        ("elasticfilesystem", "", "/2015-02-01/file-systems", "efs"),
        ("elasticloadbalancing", "", "/", "elbv2"),
        ("kinesisanalytics", "KinesisAnalytics_20180523", "/", "kinesisanalyticsv2"),
        ("timestream", "Timestream_20181101", "/", "timestream-write"),
        ("nothing-like-it", "", "/", "nothing-like-it"),
    ],
)
def test_a_signature_leads_to_the_service(signed_for, target, path, service):
    assert by_signature(signed_for, target, path) == service
