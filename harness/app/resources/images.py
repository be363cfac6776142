"""Functions in container images that are made of a folder here: its code runs, without the image.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html
https://docs.aws.amazon.com/lambda/latest/dg/python-image.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from harness.app.resources.code import holds_module
from harness.app.resources.resource_type import Making
from harness.app.resources.shapes import text
from harness.cloud import Unsupported

CONTEXT, FILE = "DockerContext", "Dockerfile"
"""Members of `Code` here, named as in a resource's Metadata."""

_BASE = re.compile(r"(?:^|/)(?:aws-)?lambda[/-]python(?::(3\.\d+)\S*|@\S+|:\S+)?$")
_NEWEST = "3.13"
_CONTINUED = re.compile(r"\\[ \t]*\n")
_TO = ("", ".", "/var/task", "${LAMBDA_TASK_ROOT}", "$LAMBDA_TASK_ROOT")


@dataclass(frozen=True)
class Dockerfile:
    """The parts of one that say which code runs: the image that it starts from, its command, and the folders
    that it copies to where Lambda looks for code."""

    base: str = ""
    command: tuple[str, ...] = ()
    copied: tuple[str, ...] = ()

    @classmethod
    def of(cls, written: str) -> Dockerfile:
        """The last stage of a Dockerfile."""
        found, stages = cls(), dict[str, Dockerfile]()
        for name, rest in _instructions(written):
            words = [word for word in rest.split() if not word.startswith("--")]
            if name == "FROM" and words:
                found = replace(stages.get(words[0], cls(base=words[0])), copied=())
            elif name in ("COPY", "ADD") and len(words) > 1 and words[-1].rstrip("/") in _TO:
                found = replace(found, copied=(*found.copied, *words[:-1]))
            elif name == "CMD":
                found = replace(found, command=tuple(_command(rest)))
            if name == "FROM" and len(words) > 2:
                stages[words[2]] = found
        return found


def of_folder(making: Making) -> Making:
    """The function with the code that its image would hold; as it is where it names an image that is made.

    Raises `TemplateError`, and `Unsupported` for images that aren't AWS's for Python.
    """
    code = making.get("Code")
    if not isinstance(code, Mapping) or CONTEXT not in code:
        return making
    context, file = text(code[CONTEXT]), text(code.get(FILE) or FILE)
    path = making.path(f"{context}/{file}")
    if not path.is_file():
        raise making.error(f"its {file} does not exist (looked at {path})", "Code")
    image = Dockerfile.of(path.read_text(encoding="utf-8"))
    base = _BASE.search(image.base)
    if base is None:
        raise Unsupported(
            f"its image is based on {image.base or 'nothing'}; only images based on "
            f"AWS's Python image (public.ecr.aws/lambda/python) run here"
        )
    given = (making.get("ImageConfig") or {}).get("Command") or image.command
    handler = text(given[0]) if given else ""
    own = {
        name: value for name, value in making.properties.items() if name not in ("PackageType", "ImageConfig")
    }
    runs = {
        "Handler": handler,
        "Runtime": f"python{base[1] or _NEWEST}",
        "Code": _folder(making, context, image, handler),
    }
    return replace(making, properties={**own, **runs})


def _folder(making: Making, context: str, image: Dockerfile, handler: str) -> str:
    """The folder with the handler's module: the context, or one that is copied out of it."""
    module = handler.replace("/", ".").rpartition(".")[0]
    for folder in (context, *(f"{context}/{copied}" for copied in image.copied)):
        if making.path(folder).is_dir() and holds_module(making, folder, module):
            return folder
    return context


def _instructions(written: str) -> Iterator[tuple[str, str]]:
    for line in _CONTINUED.sub(" ", written).splitlines():
        name, _, rest = line.strip().partition(" ")
        if name and not name.startswith("#"):
            yield name.upper(), rest.strip()


def _command(written: str) -> list[Any]:
    try:
        found = json.loads(written)
    except ValueError:
        return written.split()
    return found if isinstance(found, list) else []
