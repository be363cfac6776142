"""The runtimes whose functions run in this process."""

from __future__ import annotations

from harness.cloud import Unsupported

ON_AMAZON_LINUX_2 = frozenset({"python3.8", "python3.9", "python3.10", "python3.11"})
"""https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html"""

_LEFT_OUT = "leave the function out by ignore=[…] of deploy, or by harness_ignore in pytest's ini file"
_NEITHER = "run neither in sim, which runs Python, nor in localstack, which runs Python and Node.js"
NO_IMAGES = f"functions from container images {_NEITHER}; {_LEFT_OUT}"


def check_runs(runtime: str) -> None:
    """Raise `Unsupported` for a runtime other than Python's."""
    if runtime.startswith("nodejs"):
        raise Unsupported(
            f"functions in {runtime} don't run in sim, which runs Python; run the test with "
            f"--cloud localstack, or {_LEFT_OUT}"
        )
    if not runtime.startswith("python3."):
        raise Unsupported(f"functions in {runtime} {_NEITHER}; {_LEFT_OUT}")
