"""Command line options, and what they may be."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.plugin import explore_options

if TYPE_CHECKING:
    from harness.plan import Plan

ENDPOINT = "endpoint="
CLOUDS = ("sim", "localstack", "localstack-host", f"{ENDPOINT}URL")
"""The clouds that a test run can use."""

IGNORE = "harness_ignore"
"""What every template leaves out, in the test run's ini file."""

ISOLATE_SECONDS_MAX = 300.0
"""Real time of one test under `--isolate`, unless told otherwise: nothing that is simulated takes so long."""

_PLAN = pytest.StashKey["Plan | None"]()
_CLOUD = pytest.StashKey[str]()


def add(parser: pytest.Parser) -> None:
    """Declare the options."""
    group = parser.getgroup("harness", "fault tests of distributed apps")
    group.addoption(
        "--cloud",
        default=None,
        metavar="NAME",
        help="Where to deploy apps: sim, localstack (in a container), localstack-host (a process), or "
        "endpoint=URL of an emulator that runs (default: the environment variable HARNESS_CLOUD, or sim)",
    )
    group.addoption(
        "--localstack-image",
        default=None,
        metavar="IMAGE",
        help="Image of the LocalStack container (default: the last one that starts without a token)",
    )
    group.addoption(
        "--real-time",
        action="store_true",
        help="On LocalStack, wait for every timer instead of skipping the time in which nothing happens",
    )
    group.addoption(
        "--seed",
        type=int,
        default=None,
        metavar="N",
        help="Seed of every scenario: the same seed gives the same run (default: the plan's, or 0)",
    )
    group.addoption(
        "--plan",
        default=None,
        metavar="FILE",
        help="Put every scenario under the faults of this plan, a JSON file",
    )
    group.addoption(
        "--history",
        default=None,
        metavar="DIR",
        help="Store the history of every scenario in this folder",
    )
    group.addoption(
        "--report-html",
        default=None,
        metavar="FILE",
        help="Write a page with every run and every exploration, for a browser",
    )
    group.addoption(
        "--report-md",
        default=None,
        metavar="FILE",
        help="Write a summary as Markdown; in GitHub Actions also to the job's page, with an annotation for "
        "each failure",
    )
    group.addoption(
        "--isolate",
        action="store_true",
        help="Run each test, and each run of an exploration, in a process forked for it, on Linux with a "
        "network of its own: what handlers do to their process ends with it",
    )
    group.addoption(
        "--isolate-limit",
        type=float,
        default=None,
        metavar="SECONDS",
        help="With --isolate: the real time after which such a process is ended "
        f"(default: {ISOLATE_SECONDS_MAX:g})",
    )
    explore_options.add(group)
    parser.addini(
        IGNORE,
        type="args",
        help="Resources to leave out of every template: types, logical ids, properties, as in `ignore`",
    )


def check(config: pytest.Config, environment: Mapping[str, str]) -> None:
    """Raise `pytest.UsageError` for values that make no sense, with those that do."""
    chosen, where = config.getoption("cloud"), "--cloud"
    if chosen is None:
        chosen, where = environment.get("HARNESS_CLOUD") or CLOUDS[0], "HARNESS_CLOUD"
    if chosen not in CLOUDS[:-1] and not chosen.startswith(ENDPOINT):
        raise pytest.UsageError(f"{where}={chosen}: no such cloud; expected one of: {', '.join(CLOUDS)}")
    config.stash[_CLOUD] = chosen
    _check_cloud(config, chosen)
    file = config.getoption("plan")
    config.stash[_PLAN] = _read_plan(Path(file)) if file else None
    folder = config.getoption("history")
    if folder and Path(folder).exists() and not Path(folder).is_dir():
        raise pytest.UsageError(f"--history {folder}: is a file; expected a folder")
    _check_isolation(config, chosen)
    explore_options.check(config, chosen)


def _check_cloud(config: pytest.Config, chosen: str) -> None:
    """What is said of LocalStack is for LocalStack."""
    if config.getoption("localstack_image") is not None and chosen != "localstack":
        raise pytest.UsageError(f"--localstack-image: needs --cloud localstack, not {chosen}")
    if config.getoption("real_time") and not chosen.startswith("localstack"):
        raise pytest.UsageError(f"--real-time: needs --cloud localstack, not {chosen}")


def isolation_limit(config: pytest.Config) -> float | None:
    """The real seconds that an isolated test may take; None if tests run in this process."""
    if not config.getoption("isolate"):
        return None
    given: float | None = config.getoption("isolate_limit")
    return ISOLATE_SECONDS_MAX if given is None else given


def _check_isolation(config: pytest.Config, cloud: str) -> None:
    limit = config.getoption("isolate_limit")
    if not config.getoption("isolate"):
        if limit is not None:
            raise pytest.UsageError("--isolate-limit: needs --isolate")
        return
    if limit is not None and not 0 < limit < math.inf:
        raise pytest.UsageError(f"--isolate-limit={limit:g}: expected a number of seconds above 0")
    if cloud != CLOUDS[0]:
        raise pytest.UsageError(
            f"--isolate and --cloud={cloud}: only the simulator runs handlers in the process of the test"
        )
    if config.getoption("usepdb") or config.getoption("trace"):
        raise pytest.UsageError("--isolate and a debugger: a debugger needs the test in this process")
    if not hasattr(os, "fork"):
        raise pytest.UsageError("--isolate: this system can't fork a process")


def cloud_name(config: pytest.Config) -> str:
    """The cloud that was chosen."""
    return config.stash[_CLOUD]


def plan(config: pytest.Config) -> Plan | None:
    """The plan that was given, if any."""
    return config.stash[_PLAN]


def _read_plan(file: Path) -> Plan:
    """The plan in a file, also in one that exploration has kept."""
    from harness.explore.kept import KeptError, read
    from harness.faults import Plan, PlanError
    from harness.files import FileError, text_of
    from harness.plugin.stored import mistaken

    if other := mistaken(file, "a plan", "a failing plan that an exploration kept"):
        raise pytest.UsageError(f"--plan: {other}")
    with suppress(KeptError):
        return read(file).plan
    try:
        return Plan.from_json(text_of(file))
    except (FileError, PlanError) as problem:
        raise pytest.UsageError(f"--plan {file}: {problem}") from None
