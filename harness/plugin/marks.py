"""Marks: a scenario that is for some clouds only, and one that wants a container of its own."""

from __future__ import annotations

import pytest

LINE = "clouds(*names, reason): a scenario for these clouds only; on others it is skipped, with the reason"

EXCLUSIVE = "exclusive: on LocalStack, a container of its own, for a scenario that pauses or kills the cloud"


def skip_other_clouds(items: list[pytest.Item], cloud: str) -> None:
    """Skip the tests that aren't for this cloud. Raises `pytest.UsageError` for a mark without a reason."""
    for item in items:
        for mark in item.iter_markers("clouds"):
            reason = mark.kwargs.get("reason")
            if not mark.args or not isinstance(reason, str) or not reason:
                raise pytest.UsageError(f'{item.nodeid}: write @pytest.mark.clouds("sim", reason="…")')
            if cloud not in mark.args:
                only = " and ".join(map(str, mark.args))
                item.add_marker(pytest.mark.skip(reason=f"for {only} only: {reason}"))
