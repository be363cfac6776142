"""What exploration costs: runs a second on each engine, a run by how it starts, memory over many runs.

    python benchmarks/explore.py [--json FILE] [--quick]

Prints a table, and JSON with the same figures. The scenario is the orders app with ten orders. How fast the
machine was just then stands beside each figure (`machine.py`).
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import platform
import resource
import statistics
import sys
from collections.abc import Callable, Iterator
from functools import partial
from importlib.metadata import version
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from machine import Speed, Speeds

import harness
from harness import expect, garbage
from harness.explore import Campaign, Engine, Processes, Serial, campaign, engine_for, points_of, tasks
from harness.explore.candidates import candidates_of
from harness.explore.representatives import representatives
from harness.explore.search import Search
from harness.explore.sweep import Try, reached, seconds_after, singles
from harness.plan import Plan
from harness.plugin.explored import ItemRun
from harness.plugin.scripted import ScriptRun
from harness.plugin.snapshots import Snapshots

ROOT = Path(__file__).parents[1]
TEMPLATE = ROOT / "fixtures/apps/orders/template.yaml"
TEST = "scenarios/test_first_order.py::test_every_order_is_billed_once"
OPTIONS = ("-q", "-s", "-p", "no:randomly", "-p", "no:cacheprovider")
RUN = ItemRun(TEST, OPTIONS, str(ROOT))
SMALL = ItemRun("benchmarks/apps/relay/test_relay.py::test_relay", OPTIONS, str(ROOT))
SCRIPT = ScriptRun(str(TEMPLATE), str(ROOT / "benchmarks/apps/ten_orders.py"))
MEGABYTE = 1024 * 1024


def bare(plan: Plan) -> None:
    """The scenario as a script: no test runner, no campaign."""
    with harness.Simulator(plan=plan) as cloud:
        app = cloud.deploy(TEMPLATE)
        for number in range(10):
            app.topic("Orders").publish({"order": f"o-{number}", "total": 42})
        app.settle()
        expect(app).nothing_lost()
        expect(app).effects_once("Ledger", key="order")


def in_campaign(plan: Plan) -> None:
    """The same scenario, as a worker of a campaign makes it."""
    tasks.outcome_of(RUN, plan)


def overhead(rounds: int) -> dict[str, float]:
    """Milliseconds of CPU time of a run, alone and by a campaign; rounds of the two alternate."""
    with contextlib.redirect_stdout(io.StringIO()):
        RUN(Plan())
    bare(Plan())
    figures: dict[str, list[float]] = {"bare scenario": [], "run of a campaign": []}
    for _ in range(rounds):
        for name, run in (("bare scenario", bare), ("run of a campaign", in_campaign)):
            began = process_time()
            run(Plan())
            figures[name].append((process_time() - began) * 1000)
    found = {f"{name}, CPU ms": statistics.median(values) for name, values in figures.items()}
    found["overhead, CPU ms"] = found["run of a campaign, CPU ms"] - found["bare scenario, CPU ms"]
    return found


def sweep_plans(count: int) -> list[Plan]:
    """The first plans of a sweep."""
    history = RUN(Plan()).history
    assert history is not None
    found = [
        Plan(0, (candidate.fault,))
        for one in representatives(points_of(history))
        for candidate in candidates_of(one.point)
    ]
    return found[:count]


def by_start(quick: bool, speeds: Speeds) -> dict[str, float]:
    """Milliseconds of CPU time of a run, all processes together: from the beginning, and at a snapshot."""
    control = SCRIPT(Plan()).history
    assert control is not None
    garbage.keep_loaded()  # as a worker does
    tries = list(singles(points_of(control), 0, lambda candidate: True))
    given = {"single faults": [one.plan for one in tries[:: 60 if quick else 6]]}
    given["pairs"] = [pair for one in tries[20 :: 200 if quick else 40] for pair in pairs_after(one, quick)]
    figures = {}
    for name, plans in given.items():
        snapshots = Snapshots(SCRIPT.at_snapshot)
        ways: dict[str, Callable[[Plan], Any]] = {
            "from the beginning": lambda plan: tasks.outcome_of(SCRIPT, plan),
            "at a snapshot": lambda plan: snapshots.outcome(tasks.outcome_of, plan),  # noqa: B023
        }
        for way, run in ways.items():
            label = f"{name}, {way}, CPU ms"
            figures[label] = speeds.beside(label, partial(cpu_ms, run, plans, snapshots.close))
    return figures


def cpu_ms(run: Callable[[Plan], Any], plans: list[Plan], end: Callable[[], None]) -> float:
    """Milliseconds of CPU time for each of these runs, their processes' end included."""
    began = cpu_seconds()
    for plan in plans:
        run(plan)
        garbage.after_a_run()  # as a worker does
    end()
    return (cpu_seconds() - began) / len(plans) * 1000


def pairs_after(first: Try, quick: bool) -> list[Plan]:
    """Some of the pairs that begin with a fault, in the order in which a campaign tries them."""
    outcome = SCRIPT(first.plan)
    if outcome.history is None or not outcome.ended_well:
        return []
    points = reached(points_of(outcome.history), outcome)
    return [one.plan for one in seconds_after(first, points, lambda candidate: True)][:: 40 if quick else 6]


def cpu_seconds() -> float:
    """CPU time of this process and of those that it has started and that have ended."""
    used = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def rate(engine: Engine, given: list[Plan]) -> float:
    """Runs a second, with workers that are ready."""
    try:
        list(engine.each(tasks.outcome_of, RUN, [Plan()] * engine.jobs * 2))
        began = perf_counter()
        list(engine.each(tasks.outcome_of, RUN, given))
        return len(given) / (perf_counter() - began)
    finally:
        engine.close()


@contextlib.contextmanager
def cluster() -> Iterator[str]:
    """A Dask scheduler with two worker processes."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        silence_logs=50,
    ) as found:
        yield found.scheduler_address


def memory(runs: int) -> dict[str, float]:
    """Megabytes of a campaign of random plans and of its one worker, while it goes on. One message a run."""
    found: dict[str, float] = {}
    marks = {runs // 10, runs // 2, runs}
    engine = Processes(1)

    def watch(known: Campaign) -> None:
        tried = known.tried
        if tried in marks:
            marks.discard(tried)
            found[f"campaign after {tried:,} runs, MB"] = resident(os.getpid())
            found[f"worker after {tried:,} runs, MB"] = resident(worker_pid())

    try:
        campaign(SMALL, Search(random=True, budget_runs=runs, shrunk_max=0), engine=engine, watch=watch)
    finally:
        engine.close()
    return found


def whole_campaign() -> dict[str, float]:
    """A campaign from its beginning to its report, start of the workers included."""
    engine = Processes()
    try:
        began = perf_counter()
        found = campaign(RUN, Search(), engine=engine)
        seconds = perf_counter() - began
    finally:
        engine.close()
    return {"a whole sweep, runs": float(found.runs), "a whole sweep, s": seconds}


def worker_pid() -> int:
    """The process that makes the runs."""
    from harness.explore import child

    [only] = child._children
    return only._process.pid


def resident(pid: int) -> float:
    """Megabytes that a process holds in memory."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize() / MEGABYTE


def measured(quick: bool, speeds: Speeds) -> dict[str, float]:
    """All figures but those of memory."""
    figures = speeds.beside_each(lambda: overhead(5 if quick else 40))
    given = sweep_plans(20 if quick else 200)

    def rates(name: str, engine: Engine) -> None:
        figures[f"{name}, runs/s"] = speeds.beside(f"{name}, runs/s", lambda: rate(engine, given))

    rates("in this process", Serial())
    for jobs in (1, 2):
        rates(f"{jobs} worker process{'es' * (jobs > 1)}", Processes(jobs))
    with cluster() as address:
        rates("Dask, 2 workers", engine_for(f"dask={address}"))
    if not quick:
        figures |= speeds.beside_each(whole_campaign)
    return figures | by_start(quick, speeds)


def main() -> None:
    """Measure, print, store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--memory", action="store_true", help="memory over many runs only")
    parser.add_argument("--quick", action="store_true", help="few rounds: shows that it runs")
    arguments = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    runs = 50 if arguments.quick else 10_000
    speeds = Speeds()
    figures: dict[str, Any] = {} if arguments.memory else measured(arguments.quick, speeds)
    figures |= speeds.beside_each(lambda: memory(runs))
    width, loops = max(map(len, figures)), speeds.data()
    for name, value in figures.items():
        print(f"{name:<{width}}  {value:>10,.1f}  {Speed(**loops[name])}")
    about = {"python": platform.python_version(), "cores": os.cpu_count(), "pytest": version("pytest")}
    text = json.dumps({"about": about, "figures": figures, "loops": loops}, indent=1)
    if arguments.json:
        arguments.json.write_text(text + "\n")
    else:
        print(text)


if __name__ == "__main__":
    main()
