"""Environment variables as Lambda's runtime sets them, and of the test while a simulator is active."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from functools import lru_cache

from harness.sim.patches.children import NO_REAL_AWS
from harness.sim.patches.network import XRAY_DAEMON
from harness.sim.sandbox.folders import TASK
from harness.sim.sandbox.runtimes import ON_AMAZON_LINUX_2
from harness.sim.sandbox.shapes import FunctionCode

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "ASIAHARNESS000000000",
    "AWS_SECRET_ACCESS_KEY": "not-a-secret",
    "AWS_SESSION_TOKEN": "not-a-token",
}

DAEMONS = XRAY_DAEMON[0]
"""The addresses of the runtime's API and the X-Ray daemon."""

_PROGRAMS = "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin"
_LIBRARIES = "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib"

_FOR_CHILDREN = ("HOME", "PYTHONHASHSEED", "SSL_CERT_FILE", "SSL_CERT_DIR")

_OF_REAL_AWS = re.compile(rb"AWS_.*(TOKEN|SECRET|KEY|CREDENTIAL|PROFILE|ROLE|SSO)|BOTO_CONFIG")
"""Variables that are real credentials, or would lead the SDK to them."""

_putenv, _unsetenv = os.putenv, os.unsetenv


def of_function(code: FunctionCode, region: str, log_stream: str) -> dict[str, str]:
    """The variables of one environment.

    They follow https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html: the function's
    own come on top, except the reserved ones.
    """
    runtime = code.runtime or f"python{sys.version_info.major}.{sys.version_info.minor}"
    reserved = {
        "_HANDLER": code.handler,
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{runtime}",
        "AWS_LAMBDA_FUNCTION_NAME": code.name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(code.memory_mb),
        "AWS_LAMBDA_FUNCTION_VERSION": code.version,
        "AWS_LAMBDA_INITIALIZATION_TYPE": code.initialization,
        "AWS_LAMBDA_LOG_GROUP_NAME": code.log_group or f"/aws/lambda/{code.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": log_stream,
        "AWS_LAMBDA_RUNTIME_API": f"{DAEMONS}:9001",
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "AWS_XRAY_DAEMON_ADDRESS": f"{XRAY_DAEMON[0]}:{XRAY_DAEMON[1]}",
        "LAMBDA_RUNTIME_DIR": "/var/runtime",
        "LAMBDA_TASK_ROOT": TASK,
        "_AWS_XRAY_DAEMON_ADDRESS": DAEMONS,
        "_AWS_XRAY_DAEMON_PORT": str(XRAY_DAEMON[1]),
        **CREDENTIALS,
    }
    if code.log_level:
        reserved |= {"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": code.log_level}
    defaults = {
        "LANG": "en_US.UTF-8",
        "LD_LIBRARY_PATH": _LIBRARIES,
        "PATH": _PROGRAMS,
        "PWD": TASK,
        "PYTHONPATH": "/var/runtime",
        "SHLVL": "0",
        "TZ": ":UTC",
    }
    if runtime not in ON_AMAZON_LINUX_2:
        defaults["LC_CTYPE"] = "C.UTF-8"
    return {**defaults, **code.variables, **reserved}


def of_child(given: Mapping[str, str], real: Mapping[bytes, bytes], temporary: str) -> dict[str, str]:
    """The variables of a process that a function starts: it is a real one of this machine, so it gets what
    such a one needs, and nothing that leads to real AWS. `temporary`: the folder for its temporary files."""
    needed = {name: os.fsdecode(real[key]) for name in _FOR_CHILDREN if (key := name.encode()) in real}
    variables = {**NO_REAL_AWS, **needed, "TMPDIR": temporary, **given}
    variables.setdefault("HOME", temporary)
    if variables.get("PATH") == _PROGRAMS:
        here = os.fsdecode(real.get(b"PATH", b""))
        variables["PATH"] = os.pathsep.join(filter(None, [_PROGRAMS, here]))
    if variables.get("LD_LIBRARY_PATH") == _LIBRARIES:
        variables["LD_LIBRARY_PATH"] = os.fsdecode(real.get(b"LD_LIBRARY_PATH", b""))
    if variables.get("PYTHONPATH") == "/var/runtime":
        variables["PYTHONPATH"] = os.fsdecode(real.get(b"PYTHONPATH", b""))
    return variables


def is_real(name: bytes, value: bytes) -> bool:
    """Is this variable a real credential, or does it lead to one? A simulator's own child has those of it."""
    return (
        bool(value)
        and _OF_REAL_AWS.match(name) is not None
        and os.fsdecode(value) not in CREDENTIALS.values()
    )


def encoded(variables: Mapping[str, str]) -> dict[bytes, bytes]:
    """As `os.environ` keeps them."""
    return {_encoded(name): _encoded(value) for name, value in variables.items()}


_encoded = lru_cache(maxsize=4096)(os.fsencode)
"""Environments of a function have nearly the same variables."""


def overlay(real: Mapping[bytes, bytes], region: str) -> dict[bytes, bytes]:
    """The test's variables while a simulator is active: without anything that leads to real AWS."""
    shown = {name: value for name, value in real.items() if not _OF_REAL_AWS.match(name)}
    shown.setdefault(b"AWS_DEFAULT_REGION", region.encode())
    shown.update(encoded({**CREDENTIALS, **NO_REAL_AWS}))
    return shown


def export(wanted: Mapping[bytes, bytes], present: Mapping[bytes, bytes]) -> None:
    """Let the C library's environment, which child processes inherit, have these variables and no others.

    `os.environ` is a copy of it that Python keeps.
    """
    for name in present.keys() - wanted.keys():
        _unsetenv(name)
    for name, value in wanted.items():
        if present.get(name) != value:
            _putenv(name, value)
