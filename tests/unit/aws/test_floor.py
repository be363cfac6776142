"""The ground floor stands on the standard library alone, also as a copy in another package."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import aws

FOLDER = Path(aws.__file__).parent
MODULES = sorted(FOLDER.rglob("*.py"))

SCRIPT = """
import pkgutil, sys
before = set(sys.modules)
sys.path.insert(0, {path!r})
import guest.floor as floor
for module in pkgutil.walk_packages(floor.__path__, "guest.floor."):
    __import__(module.name)
assert floor.role_of("arn:aws:sqs:us-east-1:123456789012:Orders") is floor.Role.HOLDS
loaded = {{name.partition(".")[0] for name in set(sys.modules) - before}}
print(*sorted(loaded - set(sys.stdlib_module_names)))
"""


def test_a_copy_in_another_package_works_in_a_bare_interpreter(tmp_path):
    shutil.copytree(FOLDER, tmp_path / "guest" / "floor", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "guest" / "__init__.py").touch()
    script = SCRIPT.format(path=str(tmp_path))
    done = subprocess.run([sys.executable, "-S", "-I", "-c", script], capture_output=True, text=True)
    assert done.stderr == ""
    assert done.stdout.split() == ["guest"]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_imports_are_relative_or_of_the_standard_library(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            assert all(name.name.partition(".")[0] in sys.stdlib_module_names for name in node.names)
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            assert node.module.partition(".")[0] in sys.stdlib_module_names


def test_each_service_has_a_module_of_its_own():
    for name in aws.services():
        assert (FOLDER / f"{name}.py").is_file() or (FOLDER / f"{name}_.py").is_file()


NAMES = ("Entries", "TableName", "TransactItems", "RequestItems", "Statement", "Put", "Name")
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
    max_leaves=12,
)
OPERATIONS = [(s.name, name) for s in aws.services().values() for name in (*s.operations, "GetThing")]


@given(st.sampled_from(OPERATIONS), st.dictionaries(st.sampled_from(NAMES), ANYTHING))
def test_whatever_is_sent_resources_are_texts(operation, params):
    service = aws.service(operation[0])
    named = service.resources(operation[1], params)
    assert all(isinstance(name, str) and name for name in named)
    assert len(service.arns(operation[1], params, region="us-east-1", account="1")) <= len(named)
    assert service.operation(operation[1]).does_with(params) in aws.Does
