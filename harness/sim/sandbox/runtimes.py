"""The runtimes whose functions run in this process."""

from __future__ import annotations

from harness.cloud import Unsupported

ON_AMAZON_LINUX_2 = frozenset({"python3.8", "python3.9", "python3.10", "python3.11"})
"""https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html"""


def check_runs(runtime: str) -> None:
    """Raise `Unsupported` for a runtime other than Python's."""
    if not runtime.startswith("python3."):
        raise Unsupported(f"functions in {runtime} don't run in sim, which runs Python; localstack runs them")
