"""Rules of the repository that a reader relies on."""

import ast
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "harness"

MAY_IMPORT = {
    "aws": set(),
    "namespace": set(),
    "files": set(),
    "forked": {"garbage"},
    "answers": set(),
    "frozen": set(),
    "garbage": set(),
    "near": set(),
    "registry": set(),
    "settings": set(),
    "variables": set(),
    "plan": {"settings"},
    "history": {"aws", "plan"},
    "faults": {"aws", "history", "plan"},
    "cloud": {"app", "aws", "history", "plan"},
    "app": {"aws", "cloud", "history", "plan", "registry"},
    "invariants": {"aws", "history", "plan"},
    "explore": {"aws", "faults", "garbage", "history", "invariants", "namespace", "plan"},
    "expectations": {"app", "aws", "cloud", "history", "invariants", "plan"},
    "wire": {"aws"},
    "report": {"aws", "plan", "registry"},
    "sim": {
        *("app", "aws", "cloud", "faults", "garbage", "history", "namespace", "plan", "registry"),
        *("variables", "wire"),
    },
    "gateway": {"app", "aws", "cloud", "faults", "history", "plan", "variables", "wire"},
    "localstack": {"app", "aws", "cloud", "faults", "gateway", "history", "plan", "wire"},
    "endpoint": {"app", "aws", "cloud", "faults", "gateway", "history", "plan", "wire"},
    "lint": {"app", "aws", "sim"},
    "first_scenario": {"app", "sim", "smoke"},
    "given": {"answers", "app"},
    "serving": {"app", "aws", "cloud", "faults", "history", "plan", "sim", "wire"},
    "smoke": {"app", "cloud", "history", "invariants", "sim"},
    "plugin": None,
    "__main__": {"cli"},
    "cli": None,
    "commands": None,
    "__init__": None,
}
"""What each part of the package may import; None: anything. The arrows point one way."""

UNDER_ALL = {"files", "frozen", "near"}
"""Parts that any other may import."""


def part_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_parts(path):
    for node in ast.walk(ast.parse(path.read_text())):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            if name.startswith("harness."):
                yield name.split(".")[1]


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_one_way(path):
    allowed = MAY_IMPORT[part_of(path)]
    if allowed is not None:
        assert set(imported_parts(path)) - {part_of(path), *UNDER_ALL} <= allowed


def test_the_kernel_holds_no_word_of_aws():
    text = "".join((PACKAGE / "sim" / name).read_text() for name in ("kernel.py", "activities.py"))
    assert re.findall(r"\b(sqs|sns|lambda_|aws|queue|topic|boto\w*)\b", text, re.I) == []


MOVERS = (path for path in (PACKAGE / "sim/services").glob("*/__init__.py") if "MOVER" in path.read_text())
SERVICES = sorted(path.parent.name for path in MOVERS)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_never_imports_another(service):
    for path in sorted((PACKAGE / "sim/services" / service).rglob("*.py")):
        for other in set(SERVICES) - {service}:
            assert not re.search(rf"harness\.sim\.services\.{other}\b", path.read_text()), path


@pytest.mark.parametrize("service", SERVICES)
def test_the_model_of_a_service_knows_neither_its_api_nor_deliveries(service):
    folder = PACKAGE / "sim/services" / service
    for path in [*folder.glob("model.py"), *folder.glob("model/*.py")]:
        imports = re.findall(r"^(?:from|import) .*$", path.read_text(), re.M)
        assert [line for line in imports if re.search(r"\b(api|delivery)\b", line)] == [], path


MAY_NAME_SERVICES = (
    *("aws", "sim/services", "app/resources", "app/handles", "lint", "localstack/guest"),
    "plugin/rehearsal.py",
)
"""Parts that are about services, and an app; everything else reads `harness.aws`."""

PLAIN_WORDS = {
    "events",
    "logs",
    "pipes",
    "scheduler",
    "Decrypt",
    "Encrypt",
    "Publish",
    "Query",
    "Scan",
    "Sign",
}
"""Names of services and operations that are words of English, too: what stands alone may be one."""


def services_named_in(path):
    """Texts of a module that name a service or an operation: "sqs", "SendMessage", "arn:aws:sqs:…"."""
    from harness import aws

    known = "|".join(sorted(aws.services(), key=len, reverse=True))
    operations = "|".join(
        sorted({name for service in aws.services().values() for name in service.operations})
    )
    named = re.compile(
        rf"(?:(?P<alone>{known}|{operations})$|(?:arn:aws:)?(?:{known}):(?!//)|arn:aws:(?:{known}))"
    )
    tree = ast.parse(path.read_text())
    manuals = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in manuals:
            found = named.match(node.value)
            if found is not None and found["alone"] not in PLAIN_WORDS:
                yield node.value


def test_no_service_is_named_outside_of_what_is_about_services():
    naming = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if not str(path.relative_to(PACKAGE)).startswith(MAY_NAME_SERVICES)
        and next(services_named_in(path), None) is not None
    }
    assert naming == set()


def test_a_name_of_a_type_has_one_meaning():
    found = defaultdict(list)
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].append(str(path.relative_to(PACKAGE)))
    assert {name: paths for name, paths in found.items() if len(paths) > 1} == {}


def test_the_library_never_imports_from_its_own_tests_or_apps():
    for path in sorted(PACKAGE.rglob("*.py")):
        assert not re.search(r"^\s*(from|import) (fixtures|scenarios|tests)\b", path.read_text(), re.M), path


def test_the_public_names_are_there():
    import harness

    for name in harness.__all__:
        assert getattr(harness, name) is getattr(harness, name)
    assert callable(harness.expect), "a module of that name would take its place once it is imported"
    assert sorted(harness.__all__) == harness.__all__


def test_importing_harness_loads_nothing_heavy():
    script = "import sys, harness; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert not {"boto3", "botocore", "moto", "greenlet", "yaml", "samtranslator"} & set(loaded.split())


def test_no_module_outgrows_one_head():
    long = {
        str(p.relative_to(ROOT)): n
        for p in PACKAGE.rglob("*.py")
        if (n := len(p.read_text().splitlines())) > 500
    }
    assert long == {}
