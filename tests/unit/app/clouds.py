"""Two small clouds: one that only notes calls, checked against the SDK's model, and one on moto."""

import io
import json
import zipfile

import boto3
from botocore.exceptions import ParamValidationError
from botocore.validate import ParamValidator

from harness.history import Recorder
from harness.history.places import Names

REGION, ACCOUNT = "eu-west-1", "123456789012"
_models = {}


def model(service):
    if service not in _models:
        _models[service] = boto3.client(
            service, region_name=REGION, aws_access_key_id="local", aws_secret_access_key="local"
        ).meta
    return _models[service]


class NotingCloud:
    """Notes each call and answers with names that look like AWS's own."""

    name, region, account = "noting", REGION, ACCOUNT

    def __init__(self):
        self.names = Names()
        self.recorder = Recorder(lambda: 0.0, names=self.names)
        self.calls = []

    def client(self, service):
        return NotingClient(self, service)

    def code(self, folder):
        return {"S3Bucket": "hot-reload", "S3Key": str(folder)}

    layer = code

    def deploying(self):
        return self.recorder.deploying()

    def called(self, method):
        return [arguments for name, arguments in self.calls if name == method]

    def one(self, method):
        [arguments] = self.called(method)
        return arguments


class NotingClient:
    def __init__(self, cloud, service):
        self.cloud, self.meta = cloud, model(service)

    def __getattr__(self, method):
        def call(**arguments):
            operation = self.meta.service_model.operation_model(self.meta.method_to_api_mapping[method])
            report = ParamValidator().validate(arguments, operation.input_shape)
            if report.has_errors():
                raise ParamValidationError(report=report.generate_report())
            self.cloud.calls.append((method, arguments))
            return answer(method, arguments, len(self.cloud.calls))

        return call


def answer(method, given, number):
    def arn(service, rest):
        return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}"

    function = arn("lambda", f"function:{given.get('FunctionName')}")
    answers = {
        "create_queue": lambda: {
            "QueueUrl": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{given['QueueName']}"
        },
        "create_topic": lambda: {"TopicArn": arn("sns", given["Name"])},
        "subscribe": lambda: {"SubscriptionArn": f"{given['TopicArn']}:{number}"},
        "create_function": lambda: {"FunctionArn": function},
        "create_event_source_mapping": lambda: {"UUID": f"mapping-{number}"},
        "publish_version": lambda: {"FunctionArn": f"{function}:1", "Version": "1"},
        "create_function_url_config": lambda: {
            "FunctionArn": function,
            "FunctionUrl": "https://url-1.lambda-url.eu-west-1.on.aws/",
        },
        "create_alias": lambda: {"AliasArn": f"{function}:{given.get('Name')}"},
        "publish_layer_version": lambda: {"LayerVersionArn": arn("lambda", f"layer:{given['LayerName']}:1")},
        "create_table": lambda: {
            "TableDescription": {"TableArn": arn("dynamodb", f"table/{given['TableName']}")}
        },
        "create_role": lambda: {
            "Role": {"Arn": f"arn:aws:iam::{ACCOUNT}:role/{given['RoleName']}", "RoleId": "AROA1"}
        },
        "create_secret": lambda: {"ARN": arn("secretsmanager", f"secret:{given['Name']}-abc123")},
        "create_key": lambda: {"KeyMetadata": {"KeyId": "key-1", "Arn": arn("kms", "key/key-1")}},
    }
    return answers.get(method, dict)()


class MotoCloud:
    """A cloud on moto. It has neither virtual time nor a history."""

    name, region, account = "moto", REGION, ACCOUNT

    def __init__(self):
        self.names = Names()
        self.recorder = Recorder(lambda: 0.0, names=self.names)
        self.slept = []

    def client(self, service):
        return boto3.client(service, region_name=REGION)

    def code(self, folder):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for path in sorted(folder.rglob("*.py")):
                archive.write(path, path.relative_to(folder))
        return {"ZipFile": buffer.getvalue()}

    layer = code

    def deploying(self):
        return self.recorder.deploying()

    def settle(self, within_seconds):
        self.slept.append(within_seconds)
        return True

    def advance(self, seconds):
        self.slept.append(seconds)


def template_of(resources, **sections):
    return json.dumps({"Resources": resources, **sections})
