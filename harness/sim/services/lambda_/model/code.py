"""A function's or a layer's code, as it lies on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

HOT_RELOAD = "hot-reload"
"""An S3 bucket of this name means: `S3Key` is a folder of this machine, run the code from there."""


@dataclass(frozen=True, slots=True)
class Code:
    """Code in a folder. `sha256` is of the archive, base64, as the API shows it; `size` in bytes."""

    folder: Path
    sha256: str
    size: int
    location: str
