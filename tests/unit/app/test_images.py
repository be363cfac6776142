"""Functions in container images: the code runs that a Dockerfile here would put into them."""

import json

import pytest

from harness import Simulator, TemplateError, Unsupported
from harness.app.resources.images import Dockerfile

PLAIN = """
FROM public.ecr.aws/lambda/python:3.12
COPY app.py requirements.txt ./
RUN python3.12 -m pip install -r requirements.txt -t .
CMD ["app.handler"]
"""
HANDLER = "def handler(event, context): return 'ran'"


@pytest.fixture
def deploy(tmp_path):
    """Deploys a template with these properties of a function, Work, and a Dockerfile in `image`."""
    clouds = []

    def deploy(
        dockerfile=PLAIN, code="image/app.py", resource=None, transform="AWS::Serverless-2016-10-31", **more
    ):
        (tmp_path / code).parent.mkdir(parents=True)
        (tmp_path / code).write_text(HANDLER)
        if dockerfile is not None:
            (tmp_path / "image/Dockerfile").write_text(dockerfile)
        made = resource or {
            "Type": "AWS::Serverless::Function",
            "Properties": {"PackageType": "Image", **more},
            "Metadata": {"DockerContext": "./image", "Dockerfile": "Dockerfile", "DockerTag": "v1"},
        }
        template = {"Resources": {"Work": made}} | ({"Transform": transform} if transform else {})
        (tmp_path / "template.json").write_text(json.dumps(template))
        clouds.append(Simulator())
        return clouds[-1].__enter__().deploy(tmp_path / "template.json")

    yield deploy
    for cloud in clouds:
        cloud.__exit__(None, None, None)


def test_an_image_that_sam_would_build_runs_as_its_code(deploy):
    assert deploy().function("Work").invoke({}) == "ran"


def test_a_command_of_the_template_comes_before_that_of_the_file(deploy):
    app = deploy(PLAIN.replace("app.handler", "app.other"), ImageConfig={"Command": ["app.handler"]})
    assert app.function("Work").invoke({}) == "ran"


def test_code_may_lie_in_a_folder_that_is_copied(deploy):
    app = deploy(PLAIN.replace("COPY app.py", "COPY src/ ${LAMBDA_TASK_ROOT}/\nCOPY"), "image/src/app.py")
    assert app.function("Work").invoke({}) == "ran"


def test_an_image_that_the_cdk_would_build_runs_as_its_code(deploy):
    function = {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Code": {
                "ImageUri": {"Fn::Sub": "${AWS::AccountId}.dkr.ecr.us-east-1.amazonaws.com/assets:0a1b"}
            },
            "PackageType": "Image",
            "Role": "arn:aws:iam::123456789012:role/r",
        },
        "Metadata": {
            "aws:asset:path": "image",
            "aws:asset:dockerfile-path": "Dockerfile",
            "aws:asset:property": "Code.ImageUri",
        },
    }
    assert deploy(resource=function, transform=None).function("Work").invoke({}) == "ran"


def test_another_image_is_told(deploy):
    with pytest.raises(
        Unsupported, match=r"line 1, Work: its image is based on debian:12; only images based on AWS's"
    ):
        deploy("FROM debian:12\nCMD python app.py\n")


def test_a_dockerfile_that_is_not_there_is_told(deploy):
    with pytest.raises(TemplateError, match=r"Work: its Dockerfile does not exist \(looked at "):
        deploy(None)


@pytest.mark.parametrize(
    ("written", "found"),
    [
        (
            PLAIN,
            Dockerfile("public.ecr.aws/lambda/python:3.12", ("app.handler",), ("app.py", "requirements.txt")),
        ),
        ("from a as b\nFROM b\ncopy --chown=1 src \\\n  ./\nCMD a.b", Dockerfile("a", ("a.b",), ("src",))),
        ("# nothing\n", Dockerfile()),
    ],
    ids=["plain", "stages", "empty"],
)
def test_a_dockerfile_says_which_code_runs(written, found):
    assert Dockerfile.of(written) == found
