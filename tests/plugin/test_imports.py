"""The plugin is loaded in every test run: it costs nothing until a test asks for a cloud."""

from __future__ import annotations

import subprocess
import sys

HEAVY = (
    "boto3",
    "botocore",
    "moto",
    "greenlet",
    "time_machine",
    "samtranslator",
    "yaml",
    "typer",
    "rich",
    "jinja2",
)

NO_NEIGHBOURS = [
    f"-pno:{name}"
    for name in ("hypothesispytest", "randomly", "asyncio", "cov", "time_machine", "cacheprovider")
]

LISTS_MODULES = f"""
import sys

def test_modules():
    ours = sorted(name for name in sys.modules if name.partition(".")[0] == "harness")
    print("loaded:", [name for name in {HEAVY!r} if name in sys.modules], ours)
"""


SAYS_AT_THE_END = f"""
import sys

def pytest_unconfigure(config):
    who = "worker" if hasattr(config, "workerinput") else "controller"
    ours = [name for name in ("harness.sim", "harness.app", "harness.history") if name in sys.modules]
    print(who, "loaded:", [name for name in {HEAVY!r} if name in sys.modules] + ours)
"""


def test_the_process_that_gives_tests_to_workers_loads_nothing_heavy(tmp_path):
    (tmp_path / "conftest.py").write_text(SAYS_AT_THE_END)
    (tmp_path / "test_it.py").write_text("def test_a_cloud(cloud): cloud.client('sqs').list_queues()")
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "1", *NO_NEIGHBOURS],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "1 passed" in result.stdout
    assert [line for line in result.stdout.splitlines() if "loaded:" in line] == ["controller loaded: []"]


def test_a_run_without_a_cloud_loads_nothing_heavy(tmp_path):
    (tmp_path / "test_it.py").write_text(LISTS_MODULES)
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-s", "-q", *NO_NEIGHBOURS, "-p", "no:xdist"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    line = next(line for line in result.stdout.splitlines() if "loaded:" in line)
    assert "loaded: []" in line
    assert "harness.plugin'" in line
    for part in ("harness.sim", "harness.faults", "harness.plan", "harness.app", "harness.history", "clouds"):
        assert part not in line


USES_A_CLOUD = """
import harness.sim.simulator

def test_modules(cloud):
    print("hooked:", [m for m in ("sim.simulator", "app.deployment") if "rewrite" in repr(harness_loader(m))])

def harness_loader(module):
    import sys
    return sys.modules[f"harness.{module}"].__loader__
"""


def test_this_package_is_loaded_as_it_was_compiled(tmp_path):
    (tmp_path / "test_it.py").write_text(USES_A_CLOUD)
    plugins = [a for name in ("randomly", "cacheprovider") for a in ("-p", f"no:{name}")]
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-s", "-q", *plugins],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "hooked: []" in result.stdout
