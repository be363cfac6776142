"""The environment variables of a function's process."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.localstack.guest import variables
from harness.localstack.guest.runtimes import PYTHON
from harness.localstack.guest.variables import UnpackedFunction


@pytest.fixture
def of_process():
    def make(**settings):
        code = UnpackedFunction(
            **{
                "arn": "arn:aws:lambda:eu-central-1:111111111111:function:F",
                "name": "F",
                "account": "111111111111",
                "region": "eu-central-1",
                "runtime": "python3.12",
                "handler": "app.handler",
                "root": Path("/code"),
                **settings,
            }
        )
        return variables.of_process(code, "e-1", Path("/own"), "127.0.0.1:9001", "http://gateway")

    return make


def test_a_function_knows_who_and_where_it_is(of_process):
    found = of_process(version="7", memory_mb=512, log_group="/aws/lambda/F", log_stream="s")
    assert found["_HANDLER"] == "app.handler"
    assert found["AWS_LAMBDA_FUNCTION_NAME"] == "F"
    assert found["AWS_LAMBDA_FUNCTION_VERSION"] == "7"
    assert found["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "512"
    assert found["AWS_LAMBDA_LOG_GROUP_NAME"] == "/aws/lambda/F"
    assert found["AWS_LAMBDA_LOG_STREAM_NAME"] == "s"
    assert found["AWS_REGION"] == found["AWS_DEFAULT_REGION"] == "eu-central-1"
    assert found["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.12"
    assert found["AWS_LAMBDA_RUNTIME_API"] == "127.0.0.1:9001"
    assert found["LAMBDA_TASK_ROOT"] == "/code"
    assert found["TZ"] == ":UTC"


def test_its_calls_say_which_account_and_environment_they_are_of(of_process):
    found = of_process()
    assert found["AWS_ACCESS_KEY_ID"] == "111111111111"
    assert found["AWS_SESSION_TOKEN"] == "harness.env.e-1"
    assert found["AWS_ENDPOINT_URL"] == "http://gateway"


def test_nothing_of_localstacks_own_variables_gets_there(of_process, monkeypatch):
    for name in ("GATEWAY_LISTEN", "DEBUG", "PYTHONPATH", "AWS_PROFILE", "HTTP_PROXY", "HARNESS_USERS"):
        monkeypatch.setenv(name, "of LocalStack")
    monkeypatch.setenv("PATH", "/bin")
    found = of_process()
    assert "of LocalStack" not in found.values()
    assert found["PATH"] == "/bin"


def test_the_functions_own_variables_win_unless_they_are_reserved(of_process):
    found = of_process(variables={"TZ": "CET", "TABLE": "Ledger", "AWS_REGION": "mars-1"})
    assert (found["TZ"], found["TABLE"], found["AWS_REGION"]) == ("CET", "Ledger", "eu-central-1")


def test_real_profiles_of_aws_arent_read(of_process):
    found = of_process()
    assert found["AWS_CONFIG_FILE"] == found["AWS_SHARED_CREDENTIALS_FILE"] == "/dev/null"
    assert found["AWS_EC2_METADATA_DISABLED"] == "true"


def test_layers_are_on_the_path_of_each_runtime(of_process):
    python = of_process(opt=Path("/opt"))
    assert python["PYTHONPATH"] == f"/opt/python:/opt/python/lib/python{PYTHON}/site-packages"
    assert "PYTHONPATH" not in of_process()


@pytest.mark.nodejs
def test_layers_are_on_the_path_of_node(of_process):
    node = of_process(opt=Path("/opt"), runtime="nodejs20.x")
    assert node["NODE_PATH"].split(":")[0] == "/opt/nodejs/node_modules"
