"""Files that a template knows by addresses on S3 and that lie here: a tool put them beside it.

The CDK says in its asset manifests where; the Serverless Framework and others keep the name of the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

_ADDRESSES = ({"S3Bucket", "S3Key"}, {"Bucket", "Key"})


def located(assets: Mapping[str, Path], folder: Path, address: str) -> Path | None:
    """The local file of a key on S3, or of a URL that ends in one: an asset, or one beside the template."""
    name = PurePosixPath(address.partition("?")[0]).name
    known = assets.get(address) or assets.get(name)
    if known is None and name and (folder / name).is_file():
        known = folder / name
    return known


def is_address(value: Any) -> bool:
    """Is this an address on S3?"""
    return isinstance(value, dict) and any(names <= value.keys() for names in _ADDRESSES)


def with_local_path(assets: Mapping[str, Path], folder: Path, value: Any) -> Any:
    """The local path in the place of an address on S3; anything else, and what isn't here, as it is."""
    if not is_address(value):
        return value
    found = located(assets, folder, str(value.get("S3Key") or value.get("Key")))
    return value if found is None else str(found.resolve())
