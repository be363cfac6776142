"""Each type of resource: the calls it makes, and what Ref and GetAtt give."""

import json
from pathlib import Path

import pytest

from harness.app.deployment import deploy
from harness.app.resources import TYPES
from harness.app.template import TemplateError
from tests.unit.app.clouds import ACCOUNT, REGION, NotingCloud, template_of


@pytest.fixture
def cloud():
    return NotingCloud()


@pytest.fixture
def create(cloud, tmp_path):
    """Deploys one resource, named X, in an app called shop."""

    def create(kind, more=None, **properties):
        resources = {"X": {"Type": kind, "Properties": properties}, **(more or {})}
        path = tmp_path / "template.json"
        path.write_text(template_of(resources))
        return deploy(cloud, path, name="shop")

    return create


def test_a_queue(cloud, create):
    app = create(
        "AWS::SQS::Queue",
        FifoQueue="true",
        VisibilityTimeout=30,
        RedrivePolicy={"maxReceiveCount": 3},
        Tags=[{"Key": "team", "Value": 1}],
    )
    assert cloud.one("create_queue") == {
        "QueueName": "shop-X.fifo",
        "Attributes": {
            "FifoQueue": "true",
            "VisibilityTimeout": "30",
            "RedrivePolicy": '{"maxReceiveCount": 3}',
        },
        "tags": {"team": "1"},
    }
    assert app.arn("X") == f"arn:aws:sqs:{REGION}:{ACCOUNT}:shop-X.fifo"
    forms = (app.physical_id("X"), app.arn("X"), "shop-X.fifo")
    assert {cloud.names.of(form) for form in forms} == {"X"}


def test_a_queue_keeps_the_name_it_is_given_and_a_standard_one_is_not_called_fifo_false(cloud, create):
    create("AWS::SQS::Queue", QueueName="work", FifoQueue=False)
    assert cloud.one("create_queue") == {"QueueName": "work", "Attributes": {}, "tags": {}}


@pytest.mark.parametrize(
    ("kind", "properties", "method", "arguments"),
    [
        (
            "AWS::SQS::QueuePolicy",
            {"Queues": ["https://q"], "PolicyDocument": {"Statement": []}},
            "set_queue_attributes",
            {"QueueUrl": "https://q", "Attributes": {"Policy": '{"Statement": []}'}},
        ),
        (
            "AWS::SQS::QueueInlinePolicy",
            {"Queue": "https://q", "PolicyDocument": {}},
            "set_queue_attributes",
            {"QueueUrl": "https://q", "Attributes": {"Policy": "{}"}},
        ),
        (
            "AWS::SNS::Subscription",
            {
                "TopicArn": "arn:t",
                "Protocol": "sqs",
                "Endpoint": "arn:q",
                "FilterPolicy": {"a": [1]},
                "RawMessageDelivery": True,
            },
            "subscribe",
            {
                "TopicArn": "arn:t",
                "Protocol": "sqs",
                "Endpoint": "arn:q",
                "Attributes": {"FilterPolicy": '{"a": [1]}', "RawMessageDelivery": "true"},
                "ReturnSubscriptionArn": True,
            },
        ),
        (
            "AWS::SNS::TopicPolicy",
            {"Topics": ["arn:t"], "PolicyDocument": {}},
            "set_topic_attributes",
            {"TopicArn": "arn:t", "AttributeName": "Policy", "AttributeValue": "{}"},
        ),
        (
            "AWS::Lambda::EventSourceMapping",
            {"FunctionName": "f", "EventSourceArn": "arn:q", "BatchSize": "5", "Enabled": "false"},
            "create_event_source_mapping",
            {"FunctionName": "f", "EventSourceArn": "arn:q", "BatchSize": 5, "Enabled": False},
        ),
        (
            "AWS::Lambda::Function",
            {
                "Code": {"ZipFile": "x"},
                "Handler": "index.f",
                "Runtime": "python3.12",
                "RecursiveLoop": "Allow",
            },
            "put_function_recursion_config",
            {"FunctionName": "shop-X", "RecursiveLoop": "Allow"},
        ),
        (
            "AWS::Lambda::EventInvokeConfig",
            {"FunctionName": "f", "Qualifier": "$LATEST", "MaximumRetryAttempts": "0"},
            "put_function_event_invoke_config",
            {"FunctionName": "f", "Qualifier": "$LATEST", "MaximumRetryAttempts": 0},
        ),
        (
            "AWS::Lambda::Alias",
            {
                "FunctionName": "f",
                "FunctionVersion": 1,
                "Name": "live",
                "RoutingConfig": {
                    "AdditionalVersionWeights": [{"FunctionVersion": "2", "FunctionWeight": 0.1}]
                },
            },
            "create_alias",
            {
                "FunctionName": "f",
                "FunctionVersion": "1",
                "Name": "live",
                "RoutingConfig": {"AdditionalVersionWeights": {"2": 0.1}},
            },
        ),
        (
            "AWS::Lambda::Permission",
            {"FunctionName": "f", "Action": "lambda:InvokeFunction", "Principal": "sns.amazonaws.com"},
            "add_permission",
            {
                "StatementId": "X",
                "FunctionName": "f",
                "Action": "lambda:InvokeFunction",
                "Principal": "sns.amazonaws.com",
            },
        ),
        (
            "AWS::SSM::Parameter",
            {"Type": "String", "Value": 5},
            "put_parameter",
            {"Name": "CFN-shop-X", "Type": "String", "Value": "5"},
        ),
        (
            "AWS::KMS::Alias",
            {"AliasName": "alias/a", "TargetKeyId": "key-1"},
            "create_alias",
            {"AliasName": "alias/a", "TargetKeyId": "key-1"},
        ),
        ("AWS::Logs::LogGroup", {"RetentionInDays": 7}, "create_log_group", {"logGroupName": "shop-X"}),
    ],
)
def test_properties_become_arguments(cloud, create, kind, properties, method, arguments):
    create(kind, **properties)
    assert cloud.one(method) == arguments


def test_a_topic_with_subscriptions_of_its_own(cloud, create):
    app = create(
        "AWS::SNS::Topic",
        FifoTopic=True,
        ContentBasedDeduplication=True,
        Subscription=[{"Protocol": "email", "Endpoint": "a@example.com"}],
    )
    assert cloud.one("create_topic")["Name"] == "shop-X.fifo"
    assert cloud.one("create_topic")["Attributes"] == {
        "FifoTopic": "true",
        "ContentBasedDeduplication": "true",
    }
    assert cloud.one("subscribe")["Endpoint"] == "a@example.com"
    assert app.arn("X") == app.physical_id("X")


KEYS = {
    "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
}


def test_a_table(cloud, create):
    create(
        "AWS::DynamoDB::Table",
        **KEYS,
        ProvisionedThroughput={"ReadCapacityUnits": "1", "WriteCapacityUnits": 1},
        StreamSpecification={"StreamViewType": "NEW_IMAGE"},
        TimeToLiveSpecification={"AttributeName": "expires", "Enabled": "true"},
        Tags=[{"Key": "a", "Value": "b"}],
    )
    made = cloud.one("create_table")
    assert made["ProvisionedThroughput"] == {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
    assert made["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    assert cloud.one("update_time_to_live")["TimeToLiveSpecification"]["Enabled"] is True
    assert cloud.one("tag_resource")["Tags"] == [{"Key": "a", "Value": "b"}]


def test_a_global_table_is_its_replica_here(cloud, create):
    app = create("AWS::DynamoDB::GlobalTable", **KEYS, Replicas=[{"Region": REGION}])
    assert cloud.one("create_table")["BillingMode"] == "PAY_PER_REQUEST"
    assert [w.why for w in app.without_effect] == ["Replicas changes nothing in a run"]
    assert app.table("X").physical_id == "shop-X"


def test_a_bucket_in_its_region_under_a_name_that_buckets_may_have(cloud, create):
    app = create("AWS::S3::Bucket", VersioningConfiguration={"Status": "Enabled"})
    assert cloud.one("create_bucket") == {
        "Bucket": f"shop-x-{cloud.account}",
        "CreateBucketConfiguration": {"LocationConstraint": REGION},
    }
    assert cloud.one("put_bucket_versioning")["VersioningConfiguration"] == {"Status": "Enabled"}
    assert app.arn("X") == f"arn:aws:s3:::shop-x-{cloud.account}"


def test_notifications_of_a_bucket_are_configured_once_everything_else_is_there(cloud, tmp_path):
    path = tmp_path / "t.json"
    rules = [{"Name": "suffix", "Value": ".jpg"}]
    entry = {"Event": "s3:ObjectCreated:*", "Queue": "arn:aws:sqs:…:q", "Filter": {"S3Key": {"Rules": rules}}}
    configuration = {
        "QueueConfigurations": [entry],
        "EventBridgeConfiguration": {"EventBridgeEnabled": "true"},
    }
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"NotificationConfiguration": configuration}}
    path.write_text(template_of({"Up": bucket, "Queue": {"Type": "AWS::SQS::Queue"}}))
    deploy(cloud, path)
    method, given = cloud.calls[-1]
    assert method == "put_bucket_notification_configuration"
    assert given["NotificationConfiguration"] == {
        "QueueConfigurations": [
            {
                "QueueArn": "arn:aws:sqs:…:q",
                "Events": ["s3:ObjectCreated:*"],
                "Filter": {"Key": {"FilterRules": rules}},
            }
        ],
        "EventBridgeConfiguration": {},
    }


@pytest.mark.parametrize(
    ("wanted", "length", "without"),
    [
        ({}, 32, ""),
        ({"PasswordLength": 12, "ExcludePunctuation": True, "ExcludeNumbers": "true"}, 12, "0123456789!/"),
        ({"ExcludeCharacters": '"@/\\'}, 32, '"@/\\'),
    ],
)
def test_a_generated_secret_follows_its_options_and_is_the_same_each_time(
    cloud, create, wanted, length, without
):
    create("AWS::SecretsManager::Secret", GenerateSecretString=wanted)
    create("AWS::SecretsManager::Secret", GenerateSecretString=wanted)
    one, other = (made["SecretString"] for made in cloud.called("create_secret"))
    assert one == other
    assert len(one) == length
    assert not set(one) & set(without)


def test_a_generated_secret_in_a_document(cloud, create):
    wanted = {"SecretStringTemplate": '{"user": "a"}', "GenerateStringKey": "password"}
    create("AWS::SecretsManager::Secret", GenerateSecretString=wanted)
    assert set(json.loads(cloud.one("create_secret")["SecretString"])) == {"user", "password"}
    with pytest.raises(TemplateError, match="needs a SecretStringTemplate in JSON"):
        create("AWS::SecretsManager::Secret", GenerateSecretString={"GenerateStringKey": "password"})
    with pytest.raises(TemplateError, match="GenerateSecretString has no 'Length'"):
        create("AWS::SecretsManager::Secret", GenerateSecretString={"Length": 3})


def test_a_key_that_is_disabled(cloud, create):
    create("AWS::KMS::Key", Enabled=False)
    assert cloud.one("disable_key") == {"KeyId": "key-1"}


def test_a_name_that_is_too_long_is_shortened_and_stays_one_of_its_own(cloud, tmp_path):
    path = tmp_path / "t.json"
    names = [f"{'Long' * 30}{end}" for end in "AB"]
    path.write_text(template_of({name: {"Type": "AWS::SQS::Queue"} for name in names}))
    deploy(cloud, path)
    made = [call["QueueName"] for call in cloud.called("create_queue")]
    assert {len(name) for name in made} == {80}
    assert len(set(made)) == 2


def test_an_app_s_name_becomes_one_that_resources_may_have(cloud, tmp_path):
    folder = tmp_path / "My shop_2"
    folder.mkdir()
    (folder / "t.json").write_text(template_of({"Q": {"Type": "AWS::SQS::Queue"}}))
    deploy(cloud, folder / "t.json")
    assert cloud.one("create_queue")["QueueName"] == "My-shop-2-Q"


@pytest.mark.parametrize("kind", sorted(kind for kind, known in TYPES.items() if known.note))
def test_what_has_no_effect_takes_any_property_and_is_listed(create, kind):
    needed = {
        "AssumeRolePolicyDocument": {},
        "FunctionName": "f",
        "TargetFunctionArn": "f",
        "AuthType": "NONE",
        "Action": "lambda:InvokeFunction",
        "Principal": "*",
    }
    app = create(kind, **needed, Anything={"at": "all"})
    assert [(w.logical_id, w.type) for w in app.without_effect] == [("X", kind)]
    assert app.physical_id("X")


@pytest.mark.parametrize(
    ("kind", "properties", "told"),
    [
        ("AWS::SQS::Queue", {"VisibilityTimout": 3}, "no property 'VisibilityTimout'; did you mean 'Visi"),
        ("AWS::SQS::Queue", {"DelaySeconds": None}, "DelaySeconds is empty; give it a value or leave it out"),
        ("AWS::SQS::Queues", {}, "can't be deployed here; did you mean 'AWS::SQS::Queue'?"),
        ("AWS::SQS::QueuePolicy", {"Queues": []}, "PolicyDocument is missing"),
        ("AWS::Lambda::EventSourceMapping", {"BatchSize": "many"}, "BatchSize"),
        ("AWS::SNS::Topic", {"Subscription": ["x"]}, "a property has the wrong form"),
        ("AWS::SNS::Topic", {"Subscription": [{"Protocl": "x"}]}, "Protocl"),
        ("AWS::DynamoDB::Table", {"KeySchema": [{"Name": "k"}]}, 'Unknown parameter in KeySchema[0]: "Name"'),
    ],
)
def test_mistakes_are_named(create, kind, properties, told):
    with pytest.raises(TemplateError) as caught:
        create(kind, **properties)
    assert told in str(caught.value)
    assert ", X: " in str(caught.value)


def test_ignore_that_names_nothing_is_a_mistake(cloud, tmp_path):
    path = tmp_path / "t.json"
    path.write_text(template_of({"Queue": {"Type": "AWS::SQS::Queue"}}))
    with pytest.raises(TemplateError, match="ignore names 'Queu', which isn't there; did you mean 'Queue'"):
        deploy(cloud, path, ignore=["Queu"])


def test_a_name_comes_as_text_not_only_a_list(cloud, tmp_path):
    path = tmp_path / "t.json"
    path.write_text(template_of({"A": {"Type": "AWS::SQS::Queue"}, "B": {"Type": "AWS::SQS::Queue"}}))
    assert list(deploy(cloud, path, ignore="A").resources) == ["B"]


def test_the_reference_lists_every_type_and_what_of_it_has_no_effect():
    page = (Path(__file__).parents[3] / "docs/reference/templates.md").read_text()
    for kind, known in TYPES.items():
        why = f"all of it: {known.note}" if known.note else ", ".join(sorted(known.without_effect))
        assert f"| {kind} | {why} |" in page


def test_a_parameter_s_value_is_one_that_aws_takes(cloud, tmp_path):
    path = tmp_path / "t.json"
    path.write_text(template_of({"Q": {"Type": "AWS::SQS::Queue"}}, Parameters={"P": {"Type": "String"}}))
    for value, told in [("\x08", "a character that AWS refuses"), ({}, "expected text or a number")]:
        with pytest.raises(TemplateError, match=told):
            deploy(cloud, path, parameters={"P": value})


@pytest.mark.parametrize(
    ("kind", "properties", "asked", "told"),
    [
        ("AWS::SQS::Queue", {"VisibilityTimeout": 77}, "VisibilityTimeout", 77),
        ("AWS::SQS::Queue", {"RedrivePolicy": {"maxReceiveCount": 3}}, "RedrivePolicy.maxReceiveCount", 3),
        ("AWS::SNS::Topic", {"DisplayName": "Shop"}, "DisplayName", "Shop"),
        ("AWS::SSM::Parameter", {"Value": "v", "Description": "of all"}, "Description", "of all"),
        (
            "AWS::SSM::Parameter",
            {"Value": "v", "Name": "/a/b"},
            "Arn",
            f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/a/b",
        ),
    ],
    ids=["queue", "redrive", "topic", "parameter", "arn"],
)
def test_getatt_gives_what_the_resource_schema_lets_it_read(create, kind, properties, asked, told):
    reader = {"Type": "AWS::SSM::Parameter", "Properties": {"Value": {"Fn::GetAtt": ["X", asked]}}}
    app = create(kind, {"Reader": reader}, **properties)
    assert app.resources["Reader"].attributes["Value"] == str(told)
