"""Code of functions and layers: folders, zip files, source in the template."""

import io
import json
import zipfile
from types import SimpleNamespace

import pytest

from harness import Simulator
from harness.app.deployment import deploy
from harness.app.resources.inline import cfnresponse
from harness.app.template import TemplateError
from tests.unit.app.clouds import NotingCloud, template_of


@pytest.fixture
def cloud():
    return NotingCloud()


@pytest.fixture
def create(cloud, tmp_path):
    """Deploys a function, named X, with these properties."""

    def create(code, handler="app.handler", kind="AWS::Lambda::Function", **more):
        properties = {"Code": code, "Handler": handler, "Runtime": "python3.12", **more}
        path = tmp_path / "template.json"
        path.write_text(template_of({"X": {"Type": kind, "Properties": properties}}))
        return deploy(cloud, path, name="shop")

    return create


def zip_of(path, *names):
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, "def handler(event, context): ...")


def test_source_in_the_template_becomes_a_zip_that_is_always_the_same(cloud, create):
    for _ in range(2):
        create({"ZipFile": "def handler(e, c): return 1"}, "index.handler")
    one, other = (made["Code"]["ZipFile"] for made in cloud.called("create_function"))
    assert one == other
    with zipfile.ZipFile(io.BytesIO(one)) as archive:
        assert archive.read("index.py") == b"def handler(e, c): return 1"


def test_source_for_node_is_an_index_js(cloud, create):
    create({"ZipFile": "exports.handler = 1"}, "index.handler", Runtime="nodejs22.x")
    with zipfile.ZipFile(io.BytesIO(cloud.one("create_function")["Code"]["ZipFile"])) as archive:
        assert archive.namelist() == ["index.js"]


def test_a_zip_file_goes_as_it_is(cloud, create, tmp_path):
    zip_of(tmp_path / "code.zip", "pkg/app.py")
    create("code.zip", "pkg.app.handler")
    assert cloud.one("create_function")["Code"] == {"ZipFile": (tmp_path / "code.zip").read_bytes()}


@pytest.mark.parametrize(
    ("handler", "file"),
    [
        ("app.handler", "app.py"),
        ("pkg.app.handler", "pkg/app.py"),
        ("pkg/app.handler", "pkg/app.py"),
        ("pkg.handler", "pkg/__init__.py"),
    ],
)
def test_a_folder_is_the_cloud_s_to_take(cloud, create, tmp_path, handler, file):
    (tmp_path / "src" / file).parent.mkdir(parents=True)
    (tmp_path / "src" / file).write_text("")
    create("src/", handler)
    assert cloud.one("create_function")["Code"] == {"S3Bucket": "hot-reload", "S3Key": str(tmp_path / "src")}


def test_where_a_layer_may_hold_the_handler_it_is_not_looked_for(cloud, create, tmp_path):
    (tmp_path / "src").mkdir()
    create("src/", "wrapper.handler", Layers=["arn:layer:1"])
    assert cloud.one("create_function")["Handler"] == "wrapper.handler"


def test_a_layer_from_a_folder(cloud, create, tmp_path):
    (tmp_path / "layer" / "python").mkdir(parents=True)
    path = tmp_path / "template.json"
    layer = {
        "Type": "AWS::Lambda::LayerVersion",
        "Properties": {"Content": "layer", "Description": "x"},
    }
    path.write_text(template_of({"L": layer}))
    deploy(cloud, path, name="shop")
    assert cloud.one("publish_layer_version")["Content"]["S3Key"] == str(tmp_path / "layer")
    assert cloud.one("publish_layer_version")["LayerName"] == "shop-L"


@pytest.mark.parametrize(
    ("code", "handler", "told"),
    [
        ("nowhere/", "app.handler", "its code nowhere/ does not exist (looked at "),
        ("note.txt", "app.handler", "there is no module 'app' in note.txt (looked for app.py)"),
        ("src/", "nope.handler", "there is no module 'nope' in src/ (looked for nope.py)"),
        ("src/", "app", "Handler: expected module.function, found 'app'"),
        ("src/", "", "Handler: expected module.function, found ''"),
        ("code.zip", "nope.handler", "there is no module 'nope' in code.zip"),
        ({"ZipFile": "x"}, "app.handler", "there is no module 'app' in ZipFile (looked for app.py)"),
        (
            {"S3Bucket": "b", "S3Key": "k"},
            "a.b",
            "its code is on S3 (s3://b/k); use the template",
        ),
        ({}, "app.handler", "Code: expected a folder, a zip file, or ZipFile with source"),
        (["src"], "app.handler", "Code: expected a folder, a zip file, or ZipFile with source"),
    ],
)
def test_code_that_is_not_there_is_told_at_once(create, tmp_path, code, handler, told):
    (tmp_path / "src").mkdir()
    (tmp_path / "src/app.py").write_text("")
    (tmp_path / "note.txt").write_text("no code")
    zip_of(tmp_path / "code.zip", "app.py")
    with pytest.raises(TemplateError) as caught:
        create(code, handler)
    assert told in str(caught.value)
    assert "line 1, X" in str(caught.value)


def test_a_function_without_code_is_told(cloud, tmp_path):
    path = tmp_path / "template.json"
    path.write_text(template_of({"X": {"Type": "AWS::Lambda::Function", "Properties": {}}}))
    with pytest.raises(TemplateError, match="Code is missing"):
        deploy(cloud, path)


def test_a_single_file_is_code_as_the_packagers_have_it(cloud, create, tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "src/app.py").write_text("def handler(event, context): pass\n")
    create("src/app.py", "app.handler")
    archive = zipfile.ZipFile(io.BytesIO(cloud.one("create_function")["Code"]["ZipFile"]))
    assert archive.namelist() == ["app.py"]


def test_inline_code_finds_the_module_that_lambda_puts_beside_it(tmp_path):
    source = (
        "import cfnresponse\ndef handler(event, context): return [cfnresponse.SUCCESS, cfnresponse.FAILED]\n"
    )
    function = {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Runtime": "python3.12",
            "Handler": "index.handler",
            "Role": "arn:aws:iam::123456789012:role/r",
            "Code": {"ZipFile": source},
        },
    }
    (tmp_path / "template.json").write_text(template_of({"F": function}))
    with Simulator() as cloud:
        app = cloud.deploy(tmp_path / "template.json")
        assert app.function("F").invoke() == ["SUCCESS", "FAILED"]


def test_an_answer_to_cloudformation_is_put_where_the_event_says(monkeypatch, capsys):
    put = []

    def request(method, url, *, headers, body):
        put.append((method, url, json.loads(body)))
        return SimpleNamespace(status=200)

    monkeypatch.setattr(cfnresponse.http, "request", request)
    event = {"StackId": "s", "RequestId": "r", "LogicalResourceId": "L", "ResponseURL": "https://cfn/answer"}
    context = SimpleNamespace(log_stream_name="stream")
    cfnresponse.send(event, context, cfnresponse.SUCCESS, {"a": 1}, noEcho=True)
    [(method, url, answer)] = put
    assert (method, url) == ("PUT", "https://cfn/answer")
    assert answer == {
        "Status": "SUCCESS",
        "Reason": "See the details in CloudWatch Log Stream: stream",
        "PhysicalResourceId": "stream",
        "StackId": "s",
        "RequestId": "r",
        "LogicalResourceId": "L",
        "NoEcho": True,
        "Data": {"a": 1},
    }
    assert capsys.readouterr().out == "Status code: 200\n"


def test_an_answer_that_cannot_be_put_is_printed(monkeypatch, capsys):
    def request(*args, **kwargs):
        raise OSError("no network")

    monkeypatch.setattr(cfnresponse.http, "request", request)
    event = {"StackId": "s", "RequestId": "r", "LogicalResourceId": "L", "ResponseURL": "https://cfn/answer"}
    cfnresponse.send(event, SimpleNamespace(log_stream_name="stream"), cfnresponse.FAILED, {})
    assert capsys.readouterr().out == "send(..) failed executing http.request(..): no network\n"
