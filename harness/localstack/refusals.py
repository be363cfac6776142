"""Docker's errors, each as one line that says what to do next."""

from __future__ import annotations

import os
import re

LENGTH_MAX = 300

_STEPS = (
    (
        r"Permission ?(Error|denied)",
        "this user may not use its socket: add it to the group docker and log in again "
        "(sudo usermod -aG docker USER), or set DOCKER_HOST to a daemon of its own",
    ),
    (
        r"Invalid bind address|Name or service not known|Temporary failure in name|Failed to resolve",
        "DOCKER_HOST={host} can't be used: write unix:///path/to/docker.sock or tcp://HOST:PORT",
    ),
    (r"paramiko", "DOCKER_HOST={host} needs the package paramiko: pip install 'docker[ssh]'"),
    (
        r"No such file|Connection refused|Max retries exceeded|ConnectionReset|Connection aborted",
        "no daemon answers at {host}: install Docker and start it, or set DOCKER_HOST",
    ),
    (
        r"timed out",
        "the daemon at {host} takes too long to answer: see whether docker info does, and restart it if not",
    ),
)
"""Errors of the way to the daemon. Nothing of their own words helps anybody."""

_NEXT = (
    (r"address pool", "remove networks that nobody uses: docker network prune"),
    (
        r"no space left",
        "make room: docker system df shows what takes it, docker system prune removes what nobody uses",
    ),
    (
        r"address already in use|port is already allocated",
        "another program took the port at the same moment: run it again",
    ),
    (r"toomanyrequests|rate limit", "log in to the registry: docker login"),
    (r"unauthorized|access denied|denied:", "log in to its registry: docker login"),
    (
        r"manifest unknown|not found|No such image|invalid reference",
        "see whether its name is right: --localstack-image IMAGE",
    ),
    (
        r"no matching manifest|platform",
        "choose one for this machine's processor: --localstack-image IMAGE",
    ),
    (
        r"dial tcp|no such host|TLS handshake|i/o timeout|Client\.Timeout|EOF$",
        "see whether this machine reaches the registry",
    ),
    (r"iptables|No chain/target/match", "restart Docker: its rules in the firewall are gone"),
    (r"cannot allocate memory|out of memory", "LocalStack takes 2 GB: give Docker more memory"),
    (
        r"cgroup|OCI runtime|OCI permission",
        "see whether docker run --rm hello-world works: Docker itself can't start containers here",
    ),
)
"""Errors of the daemon, whose words are told, too."""


def unreachable(problem: BaseException) -> str:
    """Why there is no daemon to ask."""
    host = os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"
    text = _line(problem)
    for pattern, step in _STEPS:
        if re.search(pattern, text):
            return step.format(host=host)
    return f"{_shortened(text)} (at {host})"


def refused(problem: BaseException) -> str:
    """What the daemon says, and what to do next."""
    if getattr(problem, "explanation", None) is None:
        return unreachable(problem)
    text = _line(problem)
    step = next((step for pattern, step in _NEXT if re.search(pattern, text, re.IGNORECASE)), "")
    return f"{_shortened(text)}; {step}" if step else _shortened(text)


def _line(problem: BaseException) -> str:
    """Its words in one line: the daemon's own, if it has said anything."""
    told = getattr(problem, "explanation", None) or problem
    return " ".join(str(told).split())


def _shortened(text: str) -> str:
    return text if len(text) <= LENGTH_MAX else f"{text[: LENGTH_MAX - 1]}…"
