"""The pages of the documentation name all there is, and nothing that there isn't."""

import re
import tomllib

import pytest

from harness import faults
from harness.expectations import Expect
from harness.plan import kinds
from tests.docs.pages import PAGES, ROOT, named


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


def test_the_newest_release_of_the_change_log_is_the_version_of_the_package():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    releases = re.findall(r"^## (\d\S*) - \d{4}-\d\d-\d\d$", (ROOT / "CHANGELOG.md").read_text(), re.M)
    assert releases[0] == version
