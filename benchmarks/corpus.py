"""What exploring finds in the corpus, beside as many runs under random faults.

    python benchmarks/corpus.py [--pairs] [--out docs/corpus.md] [--json FILE] [--from FILE] [BUG …]

Writes a table. Broken twins are explored with every single fault, and then put under as many random faults,
drawn by one who knows the template and no fault points: a kind, a resource, and the first to the tenth
occurrence. Fixed twins are explored, too: what fails there is a false alarm. With `--pairs` they are explored
with pairs of faults, too, as by `pytest --explore=2 --budget 600`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from random import Random
from statistics import median
from time import process_time
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from harness import faults  # noqa: E402
from harness.app.template import load_template  # noqa: E402
from harness.explore import Search  # noqa: E402
from harness.faults.partial_answer import BATCHES  # noqa: E402
from harness.lint import lint  # noqa: E402
from harness.plan import Fault, Plan  # noqa: E402
from tests.corpus.corpus import HERE, Bug, bugs, run  # noqa: E402
from tests.corpus.exploring import explored, first_broken, told  # noqa: E402

SERVICES = {
    "AWS::DynamoDB::Table": "dynamodb",
    "AWS::Lambda::Function": "lambda",
    "AWS::S3::Bucket": "s3",
    "AWS::SNS::Topic": "sns",
    "AWS::SQS::Queue": "sqs",
    "AWS::Serverless::Function": "lambda",
}
PAIRS = Search(depth=2, budget_runs=600)
"""Fixed twins are explored so with `--pairs`."""
NTH_MAX = 10
"""Random faults hit the first to the tenth occurrence."""

HEAD = """\
# The corpus

[`tests/corpus`](../tests/corpus) holds {bugs} small apps, each with one classic bug of decoupled systems, and
each with its fixed twin. Without faults both twins do what they should. This table is made by
`python benchmarks/corpus.py`; `HARNESS_CORPUS=all pytest tests/corpus` checks what it says.

- **Exploring**, every single fault at every fault point, found {found} of {bugs}, after {runs} runs and
  {seconds} seconds of CPU time (medians).
- **`harness lint`**, which only reads the template, sees {linted} of {bugs}:
  {linted_names}.
- **False alarms**: {alarms} in {fixed_runs} runs of the fixed twins under {tried}.
- **As many runs under random faults**, one fault a run, found {by_chance} of {bugs}. They are drawn by one
  who knows the template and no fault points: a kind of fault; a resource, a function or a way; its first to
  {nth_max}th occurrence. What they find is not shrunk, and nothing tells on which part of the run it hangs.

Runs are counted until the first that is broken; two more, not counted, make sure that the run without faults
holds and is deterministic. In brackets: how many there are in all, also the budget of the random faults.

| bug | found at | by | breaks | runs | CPU time | random faults |
|---|---|---|---|---:|---:|---:|
"""


@dataclass(frozen=True)
class Row:
    """What came of one bug. `found_at` and `random_at` count runs, None: not found; seconds are of CPU time.

    `alarms` are failures of the fixed twin, in `fixed_runs` runs, those under `pairs` included.
    """

    bug: str
    point: str
    fault: str
    invariant: str
    found_at: int | None
    seconds: float
    runs: int
    random_at: int | None
    alarms: int
    fixed_runs: int
    pairs: bool


def measured(bug: Bug, pairs: bool) -> Row:
    """Explore both twins of a bug, and try random faults on the broken one."""
    began = process_time()
    known = explored(bug, "broken", until_broken=True)
    seconds, budget, first = process_time() - began, known.planned or 0, first_broken(known)
    fixed = explored(bug, "fixed", PAIRS if pairs else None)
    if fixed.broken:
        print(f"{bug.name}: false alarms:\n{told(fixed)}", file=sys.stderr)
    count, found = first if first else (None, None)
    return Row(
        bug.name,
        found.tried.point if found else "",
        found.tried.label if found else "",
        found.outcome.invariant if found else "",
        count,
        seconds,
        budget,
        found_at_random(bug, budget),
        len(fixed.broken),
        len(fixed.results),
        pairs,
    )


def found_at_random(bug: Bug, budget: int) -> int | None:
    """After how many runs a random fault has broken the broken twin; None: not within the budget."""
    drawn = random_faults(bug, Random(bug.name))
    plans = (Plan(faults=(next(drawn),)) for _ in range(budget))
    return next((n for n, plan in enumerate(plans, 1) if broken_under(bug, plan)), None)


def broken_under(bug: Bug, plan: Plan) -> bool:
    """Is the broken twin broken for certain under this plan?"""
    try:
        return run(bug, "broken", plan).status == "broken"
    except Exception:
        return False


def random_faults(bug: Bug, chance: Random) -> Iterator[Fault]:
    """Faults of every kind, anywhere in the template, without end. The test's own calls are spared."""
    written = load_template(bug.template("broken")).data["Resources"]
    types = {name: SERVICES[data["Type"]] for name, data in written.items() if data["Type"] in SERVICES}
    functions = [name for name, service in types.items() if service == "lambda"]
    places = [name for name, service in types.items() if service in ("sns", "sqs", "lambda")]
    while True:
        yield _drawn(types, functions, places, chance)


def _drawn(types: dict[str, str], functions: list[str], places: list[str], chance: Random) -> Fault:
    resource, function, target = map(chance.choice, (list(types), functions, places))
    source = chance.choice([name for name in places if name != target] or [target])
    service, nth = types[resource], chance.randint(1, NTH_MAX)
    call: dict[str, Any] = {"resource": resource, "actor": function, "nth": nth}
    outlasting = chance.random() < 0.5
    batches = [name for name in BATCHES if name.startswith(f"{service}:")] or list(BATCHES)
    every = f"{service}:*"
    seconds = chance.choice((1, 10, 60))
    after_call = chance.choice((None, 1, 2, 3, 4))
    makers: list[Callable[[], Any]] = [
        lambda: faults.access_denied(every, **call),
        lambda: faults.answer_lost(every, **call, outlasting_retries=outlasting),
        lambda: faults.partial_answer(chance.choice(batches), **call),
        lambda: faults.request_lost(every, **call, outlasting_retries=outlasting),
        lambda: faults.server_error(every, **call, outlasting_retries=outlasting),
        lambda: faults.slow(every, seconds, **call),
        lambda: faults.throttle(every, **call, outlasting_retries=outlasting),
        lambda: faults.ack_lost(source, target, nth=nth),
        lambda: faults.delay_hop(source, target, seconds=seconds, nth=nth),
        lambda: faults.poison(target, nth=nth),
        lambda: faults.redeliver(source, target, nth=nth, apart_seconds=chance.choice((0, 330))),
        lambda: faults.refuse_hop(source, target, nth=nth, retryable=outlasting),
        lambda: faults.reorder(source, target),
        lambda: faults.clock_skew(function, seconds=chance.choice((-300, 300)), nth=nth, times=1),
        lambda: faults.crash(function, after_call=after_call, nth=nth),
        lambda: faults.init_failure(function, nth=nth),
        lambda: faults.out_of_memory(function, after_call=after_call, nth=nth),
        lambda: faults.throttle_invocation(function, nth=nth),
        lambda: faults.time_out(function, after_call=after_call, nth=nth),
        lambda: faults.outage(service, resource, after_seconds=chance.uniform(0, 10), for_seconds=120),
    ]
    fault: Fault = chance.choice(makers)()
    return fault


def table(rows: list[Row]) -> str:
    """The page of the docs."""
    found = [row for row in rows if row.found_at is not None]
    by_chance = [row for row in rows if row.random_at is not None]
    runs, seconds = median(row.found_at for row in found), median(row.seconds for row in found)
    with_pairs = sum(row.pairs for row in rows)
    pairs = f", of {with_pairs} of them under pairs, too (`--explore=2 --budget {PAIRS.budget_runs}`)"
    linted = [row.bug for row in rows if lint(HERE / row.bug / "broken/template.yaml")]
    text = HEAD.format(
        linted=len(linted),
        linted_names=", ".join(linted) or "none",
        bugs=len(rows),
        found=len(found),
        runs=round(runs),
        seconds=f"{seconds:.1f}",
        alarms=sum(row.alarms for row in rows),
        fixed_runs=sum(row.fixed_runs for row in rows),
        tried="single faults" + (pairs if with_pairs else ""),
        by_chance=len(by_chance),
        nth_max=NTH_MAX,
    )
    return text + "\n".join(map(_line, rows)) + "\n"


def _line(row: Row) -> str:
    runs = f"{row.found_at} ({row.runs})" if row.found_at else f"not found ({row.runs})"
    chance = str(row.random_at) if row.random_at else f"not in {row.runs}"
    link = f"[{row.bug}](../tests/corpus/{row.bug})"
    point = f"`{row.point}`" if row.point else "another interleaving"
    return f"| {link} | {point} | {row.fault} | {row.invariant} | {runs} | {row.seconds:.1f} s | {chance} |"


def _measured(name: str, pairs: bool) -> Row:
    return measured(next(bug for bug in bugs() if bug.name == name), pairs)


def run_all(names: list[str], jobs: int, pairs: bool) -> list[Row]:
    """Measure these bugs, some at a time; say so as it goes on."""
    rows = []
    with ProcessPoolExecutor(jobs) as executor:
        for row in executor.map(partial(_measured, pairs=pairs), names):
            rows.append(row)
            print(row, file=sys.stderr, flush=True)
    return rows


def read(file: Path) -> list[Row]:
    """Figures that `--json` has written."""
    return [Row(**figures) for figures in json.loads(file.read_text())]


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "docs/corpus.md", help="the page to write")
    parser.add_argument("--json", type=Path, help="write the figures here, too")
    parser.add_argument(
        "--from", dest="figures", type=Path, help="write the page of these figures, run nothing"
    )
    parser.add_argument("--pairs", action="store_true", help="explore fixed twins with pairs of faults, too")
    parser.add_argument("--jobs", type=int, default=2, help="bugs at a time")
    parser.add_argument("bugs", nargs="*", metavar="BUG", help="these only, and print the table")
    given = parser.parse_args()
    if os.environ.get("PYTHONHASHSEED") != "0":
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, "PYTHONHASHSEED": "0"})
    names = [bug.name for bug in bugs() if not given.bugs or bug.name in given.bugs]
    rows = read(given.figures) if given.figures else run_all(names, given.jobs, given.pairs)
    if given.json:
        given.json.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n")
    if given.bugs:
        print(table(rows))
    else:
        given.out.write_text(table(rows))


if __name__ == "__main__":
    main()
