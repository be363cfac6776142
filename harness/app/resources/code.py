"""A function's code: a folder, a zip file, or source in the template."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

from harness.app.resources.resource_type import Making
from harness.app.resources.shapes import text

_RESPONSE = Path(__file__).with_name("inline") / "cfnresponse.py"
_EARLIEST = (1980, 1, 1, 0, 0, 0)
_MODULE_ENDINGS = (".py", "/__init__.py", ".pyc", "/__init__.pyc")


def function_code(making: Making, code: Any, runtime: str) -> dict[str, Any]:
    """The `Code` argument of CreateFunction. Raises `TemplateError` where there is no such code."""
    if isinstance(code, str):
        return _local(making, code, "Code")
    if isinstance(code, dict) and "ZipFile" in code:
        return {"ZipFile": zipped(_inline(text(code["ZipFile"]), runtime))}
    if isinstance(code, dict) and "ImageUri" in code:
        return {"ImageUri": code["ImageUri"]}
    if isinstance(code, dict) and "S3Bucket" in code:
        raise making.error(
            f"its code is on S3 (s3://{code['S3Bucket']}/{code.get('S3Key', '')}); "
            "use the template from before `sam package`, whose CodeUri is a local folder",
            "Code",
        )
    raise making.error("Code: expected a folder, a zip file, or ZipFile with source", "Code")


def layer_content(making: Making, content: Any) -> dict[str, Any]:
    """The `Content` argument of PublishLayerVersion."""
    if isinstance(content, str):
        return _local(making, content, "Content")
    raise making.error("Content: expected a local folder or zip file", "Content")


def check_handler(making: Making, runtime: str) -> None:
    """A handler module that isn't there is told at once, not at the first invocation.

    Nothing is said about other runtimes than Python's, nor where a layer may hold the module.
    """
    if not runtime.startswith("python") or making.get("PackageType") == "Image":
        return
    handler = text(making.get("Handler", ""))
    module, _, function = handler.replace("/", ".").rpartition(".")
    if not module.strip(".") or not function:
        raise making.error(f"Handler: expected module.function, found {handler!r}", "Handler")
    if making.get("Layers"):
        return
    code = making.get("Code")
    shown = code if isinstance(code, str) else "ZipFile"
    if not holds_module(making, code, module):
        raise making.error(
            f"Handler: there is no module {module!r} in {shown} (looked for {_place(module)}.py)", "Handler"
        )


def holds_module(making: Making, code: Any, module: str) -> bool:
    """Does the code hold a module of this name?"""
    return _has_module(_holds(making, code), _place(module))


@lru_cache(maxsize=512)
def _place(module: str) -> str:
    return str(PurePosixPath(*module.strip(".").split(".")))


def _inline(source: str, runtime: str) -> dict[str, str | bytes]:
    """The files of a function whose source stands in the template: AWS adds a module to Python's."""
    if not runtime.startswith("python"):
        return {"index.js": source}
    return {"index.py": source, "cfnresponse.py": _RESPONSE.read_text(encoding="utf-8")}


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    """A zip of these files; equal files give equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name, _EARLIEST), files[name])
    return buffer.getvalue()


def _local(making: Making, relative: str, within: str) -> dict[str, Any]:
    path = making.path(relative)
    if path.is_dir():
        return making.cloud.code(path) if within == "Code" else making.cloud.layer(path)
    if path.is_file() and zipfile.is_zipfile(path):
        return {"ZipFile": path.read_bytes()}
    if path.is_file() and within == "Code":  # as `sam package` and `aws cloudformation package` do
        return {"ZipFile": zipped({path.name: path.read_bytes()})}
    if path.is_file():
        raise making.error(f"its code {relative} is neither a folder nor a zip file", within)
    raise making.error(f"its code {relative} does not exist (looked at {path})", within)


def _holds(making: Making, code: Any) -> Callable[[str], bool]:
    """Does the code hold a file of this name?"""
    if not isinstance(code, str):
        return lambda name: name == "index.py"
    path: Path = making.path(code)
    if path.is_dir():
        return lambda name: os.path.isfile(f"{path}/{name}")
    if not zipfile.is_zipfile(path):
        return lambda name: name == path.name
    with zipfile.ZipFile(path) as archive:
        names = frozenset(archive.namelist())
    return lambda name: name in names


def _has_module(holds: Callable[[str], bool], place: str) -> bool:
    return any(holds(place + ending) for ending in _MODULE_ENDINGS)
