"""The pages of the documentation point to files that exist, and show code that could run."""

import ast
import json
import re
import tomllib
from pathlib import Path

import pytest

from harness import faults
from harness.expectations import Expect
from harness.plan import kinds

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


def named(page):
    return str(page.relative_to(ROOT))


def blocks(page, language):
    return re.findall(rf"```{language}\n([\s\S]*?)```", page.read_text())


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_to_what_exists(page):
    prose = re.sub(r"```[\s\S]*?```|`[^`\n]*`", "", page.read_text())
    links = re.findall(r"\]\((?!https?:)([^)#\s]+)", prose)
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", [p for p in PAGES if blocks(p, "python")], ids=named)
def test_blocks_of_python_are_python(page):
    for block in blocks(page, "python"):
        ast.parse(block)


@pytest.mark.parametrize("page", [p for p in PAGES if blocks(p, "json")], ids=named)
def test_blocks_of_json_are_json(page):
    for block in blocks(page, "json"):
        json.loads(block)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_faults_and_invariants_that_are_shown_exist(page):
    text = page.read_text()
    assert [name for name in re.findall(r"\bfaults\.(\w\w+)\(", text) if not hasattr(faults, name)] == []
    asked = re.findall(r"expect\(\w+\)(?:\.broken)?\.(\w+)\(", text)
    assert [name for name in asked if not hasattr(Expect, name)] == []


@pytest.mark.parametrize("page", ["README.md", "docs/guide/localstack.md"])
def test_workers_are_shown_where_what_is_installed_brings_them(page):
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert "clone[localstack]" in (ROOT / page).read_text()
    assert "--cloud localstack -n 2" in (ROOT / page).read_text()
    assert any(package.startswith("pytest-xdist") for package in extras["localstack"])


@pytest.mark.parametrize("page", ["README.md", "docs/guide/faults.md"])
def test_each_kind_of_fault_is_named(page):
    text = (ROOT / page).read_text()
    assert [name for name in kinds() if f"`{name}" not in text] == []


@pytest.mark.parametrize("page", ["README.md", "docs/guide/invariants.md"])
def test_each_invariant_is_named(page):
    text = (ROOT / page).read_text()
    public = [name for name in vars(Expect) if not name.startswith("_") and callable(vars(Expect)[name])]
    assert [name for name in public if f"{name}(" not in text] == []
