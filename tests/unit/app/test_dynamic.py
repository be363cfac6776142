"""Dynamic references: handlers find the values, not the references."""

import json

import pytest

from harness import Simulator, TemplateError
from tests.unit.app.clouds import template_of


@pytest.fixture
def cloud():
    with Simulator() as cloud:
        cloud.client("ssm").put_parameter(Name="/shop/limit", Value="10", Type="String")
        cloud.client("ssm").put_parameter(Name="/shop/limit", Value="20", Type="String", Overwrite=True)
        cloud.client("ssm").put_parameter(Name="/shop/key", Value="secret", Type="SecureString")
        yield cloud


@pytest.fixture
def seen(cloud, tmp_path):
    """What a function finds in its variable `SEEN`; `more` are other resources."""

    def seen(value, **more):
        function = {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Runtime": "python3.12",
                "Handler": "index.handler",
                "Role": "arn:aws:iam::123456789012:role/r",
                "Code": {"ZipFile": "import os\ndef handler(event, context): return os.environ['SEEN']\n"},
                "Environment": {"Variables": {"SEEN": value}},
            },
        }
        (tmp_path / "template.json").write_text(template_of({"F": function, **more}))
        return cloud.deploy(tmp_path / "template.json").function("F").invoke()

    return seen


@pytest.mark.parametrize(
    ("reference", "value"),
    [
        ("{{resolve:ssm:/shop/limit}}", "20"),
        ("{{resolve:ssm:/shop/limit:1}}", "10"),
        ("{{resolve:ssm-secure:/shop/key}}", "secret"),
        ("at most {{resolve:ssm:/shop/limit}} of {{resolve:ssm:/shop/limit:1}}", "at most 20 of 10"),
    ],
)
def test_parameters(seen, reference, value):
    assert seen(reference) == value


@pytest.mark.parametrize(
    ("rest", "value"),
    [
        ("", '{"user": "ann", "age": 7}'),
        (":SecretString", '{"user": "ann", "age": 7}'),
        (":SecretString:user", "ann"),
        (":SecretString:age", "7"),
        (":SecretString:user:AWSCURRENT", "ann"),
    ],
)
@pytest.mark.parametrize("by_arn", [True, False])
def test_secrets(cloud, seen, rest, value, by_arn):
    content = json.dumps({"user": "ann", "age": 7})
    arn = cloud.client("secretsmanager").create_secret(Name="db", SecretString=content)["ARN"]
    assert seen(f"{{{{resolve:secretsmanager:{arn if by_arn else 'db'}{rest}}}}}") == value


def test_a_secret_of_the_template_itself(seen):
    secret = {"Type": "AWS::SecretsManager::Secret", "Properties": {"SecretString": '{"user": "bob"}'}}
    reference = {"Fn::Sub": "{{resolve:secretsmanager:${Db}:SecretString:user}}"}
    assert seen(reference, Db=secret) == "bob"


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        ("{{resolve:ssm:/shop/gone}}", "{{resolve:ssm:/shop/gone}} isn't there: ParameterNotFound"),
        ("{{resolve:vault:x}}", "no kind of reference 'vault'; there are: secretsmanager, ssm, ssm-secure"),
        ("{{resolve:secretsmanager:gone}}", "isn't there: ResourceNotFoundException"),
        ("{{resolve:secretsmanager:db:SecretBinary}}", "only SecretString can be read"),
        ("{{resolve:secretsmanager:db:SecretString:age}}", "the secret is no JSON with the key 'age'"),
    ],
)
def test_what_cannot_be_resolved_is_told_with_its_place(cloud, seen, reference, told):
    cloud.client("secretsmanager").create_secret(Name="db", SecretString='{"user": "ann"}')
    with pytest.raises(TemplateError) as caught:
        seen(reference)
    assert "F: Environment: " in str(caught.value)
    assert told in str(caught.value)
