"""`docker/localstack/build`: says what it does, and leaves nothing but the image."""

import shutil
import subprocess
from pathlib import Path

import docker.errors
import pytest

from harness.localstack import container

pytestmark = pytest.mark.docker

ROOT = Path(__file__).parents[2]
IMAGE = "harness-build-test:1"
DOCKERFILE = """ARG BASE=debian:trixie-slim
FROM ${BASE} AS system
FROM system AS python
LABEL harness.stage=python
COPY requirements.txt /run/
FROM system
COPY --from=python /run/requirements.txt /
COPY entrypoint /
"""


@pytest.fixture
def build(tmp_path, docker_client):
    """Run the script on a small Dockerfile that has its stages; gives what it says."""
    folder = tmp_path / "docker" / "localstack"
    shutil.copytree(ROOT / "docker/localstack", folder)
    (tmp_path / "harness" / "localstack").mkdir(parents=True)
    shutil.copy(ROOT / "harness/localstack/requirements.txt", tmp_path / "harness/localstack")
    script = (folder / "build").read_text()
    script = script.replace("image=harness-localstack:4.14.0", f"image={IMAGE}")
    at_hand = container.image_at_hand(docker_client)
    (folder / "build").write_text(script.replace("base=debian:trixie-slim", f"base={at_hand}"))

    def build(dockerfile=DOCKERFILE):
        (folder / "Dockerfile").write_text(dockerfile)
        command = ["bash", str(folder / "build")]
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    yield build
    subprocess.run(["docker", "image", "rm", IMAGE], capture_output=True)


@pytest.fixture
def stages(docker_client):
    """Stages of images that have stayed."""
    left = {"dangling": True, "label": "harness.stage"}
    return lambda: docker_client.images.list(filters=left)


def test_it_tells_each_step_and_leaves_no_stage(build, stages):
    done = build()
    lines = done.stdout.splitlines()
    assert done.returncode == 0, done.stdout
    assert lines[0].startswith(f"build: {IMAGE} from ")
    assert "build: step 6/9 : FROM system" in lines
    assert lines[-1].startswith(f"build: {IMAGE}, ")
    assert lines[-1].endswith(" bytes")
    assert stages() == []
    assert build().stdout == f"{IMAGE} is there already\n"


def test_the_image_of_before_goes_when_there_is_a_new_one(build, docker_client):
    build()
    before = docker_client.images.get(IMAGE)
    assert build(DOCKERFILE + "RUN touch /new\n").returncode == 0
    assert docker_client.images.get(IMAGE).id != before.id
    with pytest.raises(docker.errors.ImageNotFound):
        docker_client.images.get(before.id)


def test_a_step_that_fails_is_shown_with_its_last_lines(build):
    done = build("ARG BASE\nFROM ${BASE}\nRUN echo no such thing && false\n")
    assert done.returncode == 1
    assert "no such thing" in done.stdout
    assert "returned a non-zero code: 1" in done.stdout
