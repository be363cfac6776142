"""Command line options of exploration, and what they may be."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

REPORT = Path(".harness") / "report.json"
BUDGET_OF_RANDOM = "60s"
MODES = ("1", "2", "random")

_UNITS = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}


def add(group: pytest.OptionGroup) -> None:
    """Declare them."""
    group.addoption(
        "--explore",
        nargs="?",
        const="1",
        default=None,
        metavar="MODE",
        help="Run every @scenario under each single fault there could be (1), under pairs as well (2), or "
        "under random plans (random). Stands behind the paths, or is written --explore=MODE",
    )
    group.addoption(
        "--budget",
        default=None,
        metavar="AMOUNT",
        help="End the exploration of a scenario after this: a time, as in 60s or 5m, or a number of runs "
        f"(default: none; {BUDGET_OF_RANDOM} with --explore=random)",
    )
    group.addoption(
        "--explore-seed",
        type=int,
        default=None,
        metavar="N",
        help="Seed of the exploration (default: --seed)",
    )
    group.addoption(
        "--explore-min",
        type=float,
        default=None,
        metavar="PERCENT",
        help="Let the recovery coverage decide: fail the session if it is below this, and no single scenario",
    )
    group.addoption(
        "--explore-faults",
        default=None,
        metavar="KINDS",
        help="Kinds of fault to try, as in crash,redeliver; or all but these, as in -poison,-clock_skew",
    )
    group.addoption(
        "--explore-report",
        default=None,
        metavar="FILE",
        help=f"Where to store the report as JSON (default: {REPORT})",
    )
    group.addoption(
        "--engine",
        default=None,
        metavar="NAME",
        help="Where runs are made: processes (default, one a core), processes=N, serial, dask=tcp://HOST:PORT",
    )


def check(config: pytest.Config, cloud: str) -> None:
    """Raise `pytest.UsageError` for values that make no sense, with those that do."""
    mode = config.getoption("explore")
    if mode is None:
        for name in ("budget", "explore_seed", "explore_min", "explore_faults", "explore_report", "engine"):
            if config.getoption(name) is not None:
                raise pytest.UsageError(f"--{name.replace('_', '-')}: needs --explore")
        return
    if mode not in MODES:
        raise pytest.UsageError(
            f"--explore={mode}: expected {', '.join(MODES)}; put paths before --explore, not after it"
        )
    if config.getoption("plan"):
        raise pytest.UsageError("--plan and --explore: a plan is one run, exploring makes plans; pass one")
    if cloud != "sim":
        raise pytest.UsageError(
            f"--explore and --cloud={cloud}: exploring needs runs that repeat event by event, which only the "
            "simulator makes; explore there, and run failing plans here with --plan"
        )
    least = config.getoption("explore_min")
    if least is not None and not 0 <= least <= 100:
        raise pytest.UsageError(f"--explore-min={least:g}: expected a percentage from 0 to 100")
    _check_report(config.getoption("explore_report"))
    _check_engine(config.getoption("engine"))
    budget(config)
    kinds(config)


def _check_engine(given: str | None) -> None:
    """An engine that there isn't is told before anything is collected."""
    if given is None:
        return
    from harness.explore.engine import EngineError, check_engine

    try:
        check_engine(given)
    except EngineError as problem:
        raise pytest.UsageError(str(problem)) from None


def _check_report(given: str | None) -> None:
    """A report that couldn't be stored in the end is told before the campaign."""
    if given is None:
        return
    file = Path(given)
    if file.is_dir():
        raise pytest.UsageError(f"--explore-report {given}: is a folder; expected a file")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise pytest.UsageError(f"--explore-report {given}: its folder can't be made: {problem}") from None


def budget(config: pytest.Config) -> tuple[int | None, float | None]:
    """The budget in runs, and in seconds; None where there is no such limit."""
    given = config.getoption("budget")
    if given is None:
        given = BUDGET_OF_RANDOM if config.getoption("explore") == "random" else None
    if given is None:
        return None, None
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(s|min|m|h)?", given)
    if found is None or float(found[1]) <= 0 or (found[2] is None and "." in found[1]):
        raise pytest.UsageError(f"--budget={given}: expected a time such as 60s or 5m, or a number of runs")
    return (int(found[1]), None) if found[2] is None else (None, float(found[1]) * _UNITS[found[2]])


def kinds(config: pytest.Config) -> frozenset[str] | None:
    """The kinds of fault to try; None: all."""
    given = config.getoption("explore_faults")
    if given is None:
        return None
    from importlib import import_module

    from harness.near import near
    from harness.plan import kinds as known

    import_module("harness.faults")  # makes its kinds known

    words = [word.strip() for word in given.split(",") if word.strip()]
    names = {word.removeprefix("-") for word in words}
    for name in sorted(names - set(known())):
        raise pytest.UsageError(f"--explore-faults: no kind of fault {name!r}{near(name, known())}")
    left_out = [word for word in words if word.startswith("-")]
    if not words or (left_out and len(left_out) < len(words)):
        raise pytest.UsageError("--explore-faults: name the kinds to try, or all to leave out, each with a -")
    return frozenset(set(known()) - names if left_out else names)
