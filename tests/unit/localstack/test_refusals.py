"""Docker's errors, in the shapes that docker-py gives them: one line each, with a next step."""

import json

import pytest
import requests
from docker.errors import APIError, DockerException, create_api_error_from_http_exception

from harness.localstack import refusals

FETCHING = "Error while fetching server API version: "


def said_by_the_daemon(status, message, path="containers/create"):
    """The error that docker-py makes of an answer."""
    response = requests.Response()
    response.status_code, response.reason = status, "Error"
    response.url = f"http+docker://localhost/v1.41/{path}"
    response._content = json.dumps({"message": message}).encode()
    with pytest.raises(APIError) as made:
        create_api_error_from_http_exception(requests.exceptions.HTTPError(response=response))
    return made.value


UNREACHABLE = {
    "nothing there": (
        f"{FETCHING}('Connection aborted.', FileNotFoundError(2, 'No such file or directory'))",
        "no daemon answers at unix:///var/run/docker.sock: install Docker and start it, or set DOCKER_HOST",
    ),
    "nobody listens": (
        f"{FETCHING}('Connection aborted.', ConnectionRefusedError(111, 'Connection refused'))",
        "no daemon answers at unix:///var/run/docker.sock: install Docker and start it, or set DOCKER_HOST",
    ),
    "nobody listens by TCP": (
        f"{FETCHING}HTTPConnectionPool(host='127.0.0.1', port=1): Max retries exceeded with url: /version",
        "no daemon answers at unix:///var/run/docker.sock: install Docker and start it, or set DOCKER_HOST",
    ),
    "no permission": (
        f"{FETCHING}('Connection aborted.', PermissionError(13, 'Permission denied'))",
        "this user may not use its socket: add it to the group docker and log in again "
        "(sudo usermod -aG docker USER), or set DOCKER_HOST to a daemon of its own",
    ),
    "no such host": (
        f"{FETCHING}HTTPConnectionPool(host='nowhere', port=2375): Max retries exceeded with url: /version "
        "(Caused by NameResolutionError('Failed to resolve nowhere ([Errno -2] Name or service not known)'))",
        "DOCKER_HOST=unix:///var/run/docker.sock can't be used: write unix:///path/to/docker.sock or "
        "tcp://HOST:PORT",
    ),
    "no such protocol": (
        "Invalid bind address protocol: foo://x",
        "DOCKER_HOST=unix:///var/run/docker.sock can't be used: write unix:///path/to/docker.sock or "
        "tcp://HOST:PORT",
    ),
    "by SSH": (
        "Install paramiko package to enable ssh:// support",
        "DOCKER_HOST=unix:///var/run/docker.sock needs the package paramiko: pip install 'docker[ssh]'",
    ),
    "it hangs": (
        "UnixHTTPConnectionPool(host='localhost', port=None): Read timed out. (read timeout=120)",
        "the daemon at unix:///var/run/docker.sock takes too long to answer: see whether docker info does, "
        "and restart it if not",
    ),
    "anything else": ("something\n new", "something new (at unix:///var/run/docker.sock)"),
}


@pytest.mark.parametrize("case", UNREACHABLE)
def test_why_no_daemon_can_be_asked(case, monkeypatch):
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    says, told = UNREACHABLE[case]
    assert refusals.unreachable(DockerException(says)) == told


def test_the_daemon_that_was_asked_is_named(monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "unix:///run/podman.sock")
    refused = DockerException("('Connection aborted.', ConnectionRefusedError(111, 'Connection refused'))")
    assert refusals.unreachable(refused).startswith("no daemon answers at unix:///run/podman.sock: ")


POOL = "could not find an available, non-overlapping IPv4 address pool among the defaults"
PORT = "driver failed programming external connectivity on endpoint x: Bind for 127.0.0.1:45 failed: port is "
REFUSED = {
    "addresses": (500, POOL, "docker network prune"),
    "disk": (500, "write /var/lib/docker/tmp/x: no space left on device", "docker system prune removes what"),
    "port": (500, f"{PORT}already allocated", "took the port at the same moment: run it again"),
    "image": (404, "No such image: nothing:1", "see whether its name is right: --localstack-image IMAGE"),
    "name": (400, "invalid reference format: repository name must be lowercase", "whether its name is right"),
    "tag": (
        404,
        "manifest for localstack/localstack:99 not found: manifest unknown",
        "whether its name is right",
    ),
    "limit": (429, "toomanyrequests: You have reached your pull rate limit", "docker login"),
    "login": (
        404,
        "pull access denied for x, repository does not exist or may require 'docker login'",
        "docker login",
    ),
    "no registry": (
        500,
        'Get "http://localhost:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused',
        "see whether this machine reaches the registry",
    ),
    "processor": (
        404,
        "no matching manifest for linux/s390x in the manifest list entries",
        "machine's processor",
    ),
    "firewall": (500, "iptables failed: iptables: No chain/target/match by that name", "restart Docker"),
    "rights": (
        500,
        "runc create failed: error setting rlimit type 7: operation not permitted: OCI permission denied",
        "Docker itself can't start containers here",
    ),
    "memory": (500, "runc create failed: fork: cannot allocate memory", "give Docker more memory"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_the_daemon_refuses_is_told_in_a_line_with_a_next_step(case):
    status, message, step = REFUSED[case]
    told = refusals.refused(said_by_the_daemon(status, message))
    assert told.startswith(message)
    assert step in told.removeprefix(message)
    assert "\n" not in told


def test_words_that_nobody_knows_are_told_as_they_are():
    assert refusals.refused(said_by_the_daemon(400, "Minimum memory\n is 6MB")) == "Minimum memory is 6MB"


def test_words_without_end_are_cut():
    assert len(refusals.refused(said_by_the_daemon(500, "x" * 5000))) == refusals.LENGTH_MAX


def test_a_daemon_that_goes_away_in_the_middle_is_no_answer():
    gone = requests.exceptions.ConnectionError("('Connection aborted.', ConnectionResetError(104, 'reset'))")
    assert refusals.refused(gone).startswith("no daemon answers at ")
