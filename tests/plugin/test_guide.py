"""What README and guide show where following a page isn't enough: output, and claims of any verdict."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from harness import Broken, Plan, Unknown, expect, faults

ROOT = Path(__file__).parents[2]
ORDERS = ROOT / "fixtures/apps/orders"
BROKEN = ROOT / "fixtures/broken/orders_not_idempotent"

CONFTEST = """
import pytest

@pytest.fixture
def orders(cloud):
    return cloud.deploy("fixtures/apps/orders/template.yaml")
"""


def blocks(page, language="python"):
    found = re.findall(r"^```(\w*)(?: title=.*)?\n([\s\S]*?)^```$", (ROOT / page).read_text(), re.M)
    return [text for kind, text in found if kind == language]


def prose_times(text):
    """Times and ids are those of one run."""
    return re.sub(r"\+\d+\.\d+s|\b[0-9a-f]{8}\b|in (?:\d+ ms|\d+(?:\.\d+)? s)\b", "…", text)


@pytest.fixture
def project(pytester):
    """A user's project: the template and the code of the orders app, beside a clone of this repository."""
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function")
    shutil.copytree(ORDERS, pytester.path, dirs_exist_ok=True)
    (pytester.path / "fixtures").symlink_to(ROOT / "fixtures")
    pytester.makeconftest(CONFTEST)
    return pytester


def test_the_failure_that_the_readme_shows_is_the_one_that_comes(project):
    shutil.copytree(BROKEN, project.path, dirs_exist_ok=True)
    [scenario] = [block for block in blocks("README.md") if "@scenario" in block]
    (project.path / "test_shop.py").write_text(scenario)
    [shown] = [block for block in blocks("README.md", "") if "1 failed" in block]
    came = prose_times(project.runpytest("-p", "no:randomly").stdout.str()).splitlines()
    lines = [line.rstrip() for line in prose_times(shown).splitlines()]
    first = came.index(lines[0])
    assert [line.rstrip() for line in came[first : first + len(lines)]] == lines


@pytest.mark.parametrize("block", blocks("docs/guide/invariants.md"))
def test_each_claim_of_the_guide_can_be_asked(orders, block):
    for n, total in ((1, 42), (2, 12)):
        orders.topic("Orders").publish({"order": f"o-{n}", "total": total})
    orders.settle()
    names = {"app": orders, "expect": expect}
    definitions, _, _ = block.partition("\n\n\nexpect")
    claims = re.findall(r"^expect.*$", block, re.M)
    assert claims
    if definitions.startswith("def "):
        exec(definitions, names)
    for claim in claims:
        with suppress(Broken, Unknown):  # any verdict will do, and no error of another type
            exec(claim, names)


def test_the_plan_of_the_guide_is_one():
    [plan] = blocks("docs/guide/determinism.md", "json")
    assert Plan.from_json(plan).faults == (faults.throttle("dynamodb:PutItem", resource="Ledger", times=3),)


def test_a_campaign_is_made_from_python_as_the_guide_does(tmp_path):
    (tmp_path / "app").mkdir()
    (tmp_path / "app/template.yaml").write_text("Resources: {Work: {Type: AWS::SQS::Queue}}")
    (tmp_path / "app/scenario.py").write_text(
        "from harness import expect\n\n"
        "def scenario(app):\n"
        "    app.queue('Work').send('a')\n"
        "    app.settle()\n"
        "    assert app.queue('Work').depth() == 1\n"
    )
    [code] = blocks("docs/guide/explore.md")
    (tmp_path / "explore.py").write_text(code)
    done = subprocess.run(
        [sys.executable, "explore.py"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "answer_lost" in done.stdout  # a client that sends twice
