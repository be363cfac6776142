"""A service that is added from outside: facts, mover, type of resource and handle, and nothing edited."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
BUS = Path(__file__).parent / "bus"


@pytest.fixture
def run(tmp_path):
    """Runs the scenarios over the bus. The SDK knows the service by a model in the home folder."""
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws/models").symlink_to(BUS / "models")

    def run(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "pytest", BUS / "scenario.py", "-p", "no:cacheprovider", *arguments],
            cwd=tmp_path,
            env={**os.environ, "HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0"},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_scenarios_run_over_it_with_faults_on_its_hops(run):
    done = run("-q", "-k", "not every_order")
    assert done.returncode == 0, done.stdout
    assert "4 passed" in done.stdout


def test_exploration_finds_its_hops_and_what_breaks_there(run):
    done = run("-q", "-k", "every_order", "--explore", "--explore-faults=refuse_hop,redeliver")
    assert "Orders ⇒ Packing" in done.stdout
    assert '"kind": "refuse_hop", "source": "Orders", "target": "Billing"' in done.stdout
    assert "effects_once: broken: 1 of 1 had no effect" in done.stdout
