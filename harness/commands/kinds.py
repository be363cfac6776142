"""Files that a command doesn't take."""

from __future__ import annotations

from pathlib import Path

from harness.answers import refused


def expect(file: Path, kind: str) -> None:
    """Refuse a file of another kind: say which command takes it."""
    from harness.plugin.stored import mistaken

    if told := mistaken(file, kind):
        raise refused(told)
