"""The pages of the documentation, and their fenced blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
FRONT = [ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")]
PAGES = [*FRONT, *sorted((ROOT / "docs").rglob("*.md"))]

_COMMENT = re.compile(r"<!-- ([a-z ]+): (.*?) ?-->", re.S)
_FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\w*)(?: title=\"(?P<title>[^\"]+)\")?$")
SHOWN_ONLY = ("", "text")
"""Languages of blocks that show output; a console's output is compared."""


@dataclass(frozen=True)
class Snippet:
    """A fenced block, and the comments right above it, which readers don't see.

    `<!-- not run: why -->`: the reason. `<!-- run by: test -->`: the test that runs it instead.
    `<!-- exits: 1 -->`: the exit status of its last command.
    """

    page: Path
    line: int
    language: str
    title: str
    text: str
    says: dict[str, str] = field(default_factory=dict)


def named(page: Path) -> str:
    """The path of a page from the root, as an id of a test."""
    return page.relative_to(ROOT).as_posix()


def prepared_by(page: Path) -> dict[str, str]:
    """The settings of a page, from comments such as `<!-- page project: FOLDER -->`.

    `project`: the folder in a copy of which it is played. `scenario`: there are scenarios already. `before`:
    Python that its code stands on. `run by`: the test that runs all its blocks.
    """
    found = _COMMENT.findall(page.read_text(encoding="utf-8"))
    return {name.removeprefix("page "): value for name, value in found if name.startswith("page ")}


def snippets(page: Path) -> Iterator[Snippet]:
    """The fenced blocks of a page, in order."""
    says: dict[str, str] = {}
    lines = page.read_text(encoding="utf-8").splitlines()
    at = 0
    while at < len(lines):
        opening = _FENCE.match(lines[at])
        comment = _COMMENT.match(lines[at].strip())
        if opening:
            begin, indent = at, opening["indent"]
            at += 1
            while lines[at] != f"{indent}```":
                at += 1
            body = [line.removeprefix(indent) for line in lines[begin + 1 : at]]
            text = "".join(f"{line}\n" for line in body)
            yield Snippet(page, begin + 1, opening["language"], opening["title"] or "", text, says)
        if comment:
            says = {**says, comment[1]: comment[2]}
        elif lines[at].strip():
            says = {}
        at += 1
