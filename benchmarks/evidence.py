"""Real bugs, found: pinned releases of a library that had one, and the release that fixed it, explored.

    python benchmarks/evidence.py [--only NAME] [--write]

Each case of `benchmarks/evidence/` is a small app on AWS Lambda Powertools. Its scenario is run by
`pytest --explore` with the release that has the bug and with the one that fixed it, each installed beside the
handler from PyPI. `--write` makes docs/evidence.md anew.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

HERE = Path(__file__).parent / "evidence"
PAGE = Path(__file__).parents[1] / "docs" / "evidence.md"
LIBRARY = "aws-lambda-powertools"
FAULTS = "crash,out_of_memory,late_timeout,throttle,server_error"
"""Faults that pass: an app has to recover from each of them."""
ISSUES = "https://github.com/aws-powertools/powertools-lambda-python"


@dataclass(frozen=True)
class Case:
    """A bug of the library: where it was reported and mended, and the releases before and after.

    `needs`: what they need beside them.
    """

    name: str
    reported: int
    mended: int
    before: str
    after: str
    told: str
    needs: tuple[str, ...] = ()


CASES = (
    Case(
        "timeout_leaves_a_record_in_progress",
        1038,
        1387,
        "1.26.6",
        "1.26.7",
        "After a time-out the record stays in progress, so every retry is refused: the event is lost.",
    ),
    Case(
        "fifo_batch_goes_on_after_a_failure",
        1927,
        1934,
        "2.8.0",
        "2.9.0",
        "After a failed message of a FIFO batch the later ones are worked on: they overtake it.",
        ("pydantic==1.10.24", "typing_extensions==4.12.2"),
    ),
    Case(
        "record_without_expiry",
        4759,
        4773,
        "2.41.0",
        "2.42.0",
        "A record made when no time remains never expires, so every retry is refused: the event is lost.",
        ("jmespath==1.0.1", "typing_extensions==4.12.2"),
    ),
)


@dataclass(frozen=True)
class Explored:
    """What exploring one release found."""

    release: str
    broken: int
    unknown: int
    runs: int
    seconds: float
    first: str


def explored(case: Case, release: str) -> Explored:
    """Explore a case with one release of the library."""
    with tempfile.TemporaryDirectory() as folder:
        app = Path(folder) / "app"
        shutil.copytree(HERE / case.name, app)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(app / "src")]
        subprocess.run([*pip, f"{LIBRARY}=={release}", *case.needs], check=True)
        began = perf_counter()
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_case.py"]
        command += ["--explore", "--explore-faults", FAULTS]
        done = subprocess.run(command, cwd=app, capture_output=True, text=True)
        seconds = perf_counter() - began
        stored = app / ".harness" / "report.json"
        if not stored.exists():
            raise SystemExit(f"{case.name} with {release}: no report\n{done.stdout}\n{done.stderr}")
        return _told(release, json.loads(stored.read_text()), seconds)


def _told(release: str, report: dict, seconds: float) -> Explored:
    [found] = report["scenarios"]
    statuses = [tried["status"] for tried in found["tries"]]
    failures = found["failures"]
    first = f"`{failures[0]['name']}`: {failures[0]['why'].splitlines()[0]}" if failures else ""
    return Explored(
        release, statuses.count("broken"), statuses.count("unknown"), found["runs"], round(seconds, 1), first
    )


def page_of(results: list[tuple[Case, Explored, Explored]]) -> str:
    """The page of the documentation."""
    lines = [
        "# Evidence",
        "",
        "Real, pinned releases of a library that had a bug, and those that mended it, each in a small app:",
        "`pytest --explore` finds the bug in the one and nothing in the other. Made by",
        f"`python benchmarks/evidence.py --write`, Python {platform.python_version()}.",
        "",
        "| bug | release | fault points that broke | runs | seconds |",
        "|---|---|---|---|---|",
    ]
    for case, before, after in results:
        links = f"[#{case.reported}]({ISSUES}/issues/{case.reported}), "
        links += f"mended by [#{case.mended}]({ISSUES}/pull/{case.mended})"
        for what, one in ((f"{case.told} {links}", before), ("the same app", after)):
            lines.append(f"| {what} | {one.release} | {one.broken} | {one.runs} | {one.seconds} |")
    lines += ["", "The first failure of each, as the report tells it:", ""]
    lines += [f"- {case.name}: {before.first}" for case, before, _ in results]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--only", help="one case, by name")
    parser.add_argument("--write", action="store_true", help="make docs/evidence.md anew")
    options = parser.parse_args()
    results = []
    for case in CASES:
        if options.only in (None, case.name):
            before, after = explored(case, case.before), explored(case, case.after)
            print(f"{case.name}\n  {before}\n  {after}")
            results.append((case, before, after))
    if options.write:
        PAGE.write_text(page_of(results))
    if any(not before.broken or after.broken for _, before, after in results):
        sys.exit("a bug was not found, or its mending still breaks")


if __name__ == "__main__":
    main()
