"""The environment variables of a function's process: of LocalStack's own only those that are named here.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from . import faketime
from .runtimes import PYTHON, family_of

INHERITED = ("PATH", "SSL_CERT_FILE", "SSL_CERT_DIR")
"""Of LocalStack's variables: where programs are, and which certificates to trust."""

CODE_FOLDER, LAYERS_FOLDER = "/var/task/", "/opt/"

_GLOBAL_NODE_MODULES = ("/usr/local/lib/node_modules", "/usr/lib/node_modules")
"""The SDK for JavaScript may be installed there, which Lambda's runtime brings along."""


@dataclass(frozen=True, kw_only=True)
class UnpackedFunction:
    """A function version as its environments need it.

    `root`: folder of the unpacked code. `opt`: folder of the merged layers, None without layers.
    `variables`: the function's own. `timeout_seconds`, `memory_mb`: its limits.
    """

    arn: str
    name: str
    account: str
    region: str
    runtime: str | None
    handler: str
    root: Path
    opt: Path | None = None
    version: str = "$LATEST"
    memory_mb: int = 128
    timeout_seconds: float = 3.0
    variables: Mapping[str, str] = field(default_factory=dict)
    log_group: str = ""
    log_stream: str = ""
    initialization: str = "on-demand"

    def here(self, path: str) -> str:
        """A path of Lambda's as it is here: of the function's code, or of its layers."""
        for folder, root in ((CODE_FOLDER, self.root), (LAYERS_FOLDER, self.opt)):
            if root is not None and path.startswith(folder):
                return str(root / path.removeprefix(folder))
        return path


_ELSEWHERE = ("AWS_ENDPOINT_URL", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
"""Variables by which an SDK would pass the gateway by."""


def of_process(
    code: UnpackedFunction, environment_id: str, folder: Path, runtime_api: str, endpoint: str
) -> dict[str, str]:
    """The variables of one environment.

    The function's own come on top, except the reserved ones. `folder`: the environment's own, with `tmp`
    in it. `endpoint`: where its API calls go.
    """
    reserved = {
        "_HANDLER": code.handler,
        "AWS_DEFAULT_REGION": code.region,
        "AWS_REGION": code.region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{code.runtime}",
        "AWS_LAMBDA_FUNCTION_NAME": code.name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(code.memory_mb),
        "AWS_LAMBDA_FUNCTION_VERSION": code.version,
        "AWS_LAMBDA_INITIALIZATION_TYPE": code.initialization,
        "AWS_LAMBDA_LOG_GROUP_NAME": code.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": code.log_stream,
        "AWS_LAMBDA_RUNTIME_API": runtime_api,
        "AWS_ACCESS_KEY_ID": code.account,
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_SESSION_TOKEN": f"harness.env.{environment_id}",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:2000",
        "LAMBDA_TASK_ROOT": str(code.root),
        "LAMBDA_RUNTIME_DIR": "/var/runtime",
    }
    defaults = {
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "HOME": str(folder / "tmp"),
        "TMPDIR": str(folder / "tmp"),
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        **{name: os.environ[name] for name in INHERITED if name in os.environ},
        **_search_path(code),
    }
    own = {name: value for name, value in code.variables.items() if not name.startswith(_ELSEWHERE)}
    return {**defaults, **own, **reserved, **faketime.variables(folder / "faketime")}


def _search_path(code: UnpackedFunction) -> dict[str, str]:
    """https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html#packaging-layers-paths"""
    if family_of(code.runtime) == "python":
        below = ("python", f"python/lib/python{PYTHON}/site-packages")
        layers = [str(code.opt / place) for place in below] if code.opt else []
        return {"PYTHONPATH": os.pathsep.join(layers)} if layers else {}
    modules = [str(code.opt / "nodejs" / "node_modules")] if code.opt else []
    modules += [place for place in _GLOBAL_NODE_MODULES if os.path.isdir(place)]
    return {"NODE_PATH": os.pathsep.join(modules)}
