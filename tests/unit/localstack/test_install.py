"""The guest as it is put into LocalStack."""

import ast
import configparser
import os
import subprocess
import sys

import pytest

from harness.localstack import install


@pytest.fixture(autouse=True)
def cache_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "harness"


def entry_points():
    found = configparser.ConfigParser(delimiters="=")
    found.optionxform = str
    found.read_string(install.ENTRY_POINTS)
    return [target for group in found.sections() for _, target in found.items(group)]


@pytest.mark.parametrize("target", entry_points())
def test_each_entry_point_is_defined_in_the_guest(target):
    module, _, name = target.partition(":")
    source = install.SOURCE / f"{module.removeprefix('harness_guest.').replace('.', '/')}.py"
    defined = {node.name for node in ast.parse(source.read_text()).body if hasattr(node, "name")}
    assert name in defined


def imports(path):
    """The modules that a file imports, absolute or as paths below `harness`."""
    folder = path.relative_to(install.SOURCE).parts[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            inside = [*folder[: len(folder) + 1 - node.level]] if node.level else []
            yield "/".join([*inside, *(node.module or "").split(".")]) if node.level else node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_the_guest_imports_nothing_of_harness_but_its_own_parts():
    for part in install.PARTS:
        for path in (install.SOURCE / part).rglob("*.py"):
            for name in imports(path):
                assert name.partition(".")[0] not in ("harness", "harness_guest"), path
                assert "/" not in name or name.startswith(install.PARTS), path


def test_the_rules_of_aws_need_nothing_but_the_standard_library():
    for path in (install.SOURCE / "aws").rglob("*.py"):
        for name in imports(path):
            assert "/" in name or name.partition(".")[0] in sys.stdlib_module_names, path


def test_the_guest_finds_the_rules_of_aws_that_came_with_it():
    script = "from harness_guest.localstack.guest import fifo; print(fifo.content_based_id.__module__)"
    folder = install.guest_folder()
    printed = subprocess.run(
        [sys.executable, "-c", script], cwd=folder, capture_output=True, text=True, check=True
    )
    assert printed.stdout.strip() == "harness_guest.aws.rules.fifo"


def test_its_folder_is_made_once(cache_folder):
    folder = install.guest_folder()
    assert folder.parent == cache_folder
    assert (folder / "harness_guest/localstack/guest/__init__.py").exists()
    made = folder.stat().st_mtime_ns
    assert install.guest_folder() == folder
    assert folder.stat().st_mtime_ns == made, "LocalStack would look for entry points anew"
    assert list(cache_folder.iterdir()) == [folder]


def test_a_guest_that_changed_gets_another_folder(monkeypatch):
    before = install.guest_folder()
    changed = {**install.guest_files(), "harness_guest/new.py": b""}
    monkeypatch.setattr(install, "guest_files", lambda: changed)
    install.guest_digest.cache_clear()
    try:
        assert install.guest_folder() != before
    finally:
        install.guest_digest.cache_clear()


def test_everything_that_is_installed_is_pinned():
    lines = install.REQUIREMENTS.read_text().splitlines()
    pinned = [line for line in lines if not line.startswith("#")]
    assert f"localstack-core=={install.RELEASE}" in pinned
    assert all("==" in line for line in pinned)


def test_guests_of_long_ago_are_removed(cache_folder, monkeypatch):
    old = install.guest_folder()
    os.utime(old / "used", (1.0, 1.0))
    monkeypatch.setattr(install, "guest_digest", lambda: "another")
    folder = install.guest_folder()
    assert list(cache_folder.iterdir()) == [folder]
