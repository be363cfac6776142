"""Makes logs and errors of this process look as on Lambda: records that stay together, its folders."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

BEGIN, END = "\x1e", "\x1f"
"""Around a record of several lines, for whoever reads the output: it is one entry of the log group."""

_CODE = os.environ.get("LAMBDA_TASK_ROOT", "")
_PYTHON = os.path.dirname(os.__file__)


def folders(text: str) -> str:
    """A text with Lambda's own folders instead of those of the function's code and of Python here."""
    text = text.replace(_CODE, "/var/task") if _CODE else text
    return text.replace(_PYTHON, f"/var/lang/lib/{os.path.basename(_PYTHON)}")


def record(text: str) -> str:
    """A record for the output."""
    return f"{BEGIN}{text}{END}"


class RecordSink:
    """Stands in for awslambdaric's log sink, which ends no record."""

    def __enter__(self) -> RecordSink:
        return self

    def __exit__(self, *exc: object) -> None:
        pass

    def log(self, msg: str, frame_type: Any = None) -> None:
        """Write a record of the logging module."""
        sys.stdout.write(record(msg))

    def log_error(self, message_lines: Sequence[str]) -> None:
        """Write an error with its traceback."""
        sys.stdout.write(record("\n".join(message_lines)))
