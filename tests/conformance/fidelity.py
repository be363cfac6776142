"""Runs every AWS rule on every cloud and writes docs/fidelity.md, and the lists of what is known to deviate.

    python tests/conformance/fidelity.py [sim] [localstack] [localstack-host] [moto] [ministack]

moto's server is started from this environment; MiniStack from the one whose interpreter HARNESS_MINISTACK
names.
A cloud that isn't named keeps what the table says of it.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
RULES = ROOT / "tests/conformance"
RESULTS = RULES / "known" / "results.json"
PAGE = ROOT / "docs/fidelity.md"
CLOUDS = ("sim", "localstack", "ministack", "moto")
MARKS = {"holds": "✓", "deviates": "✗", "needs real time": "…", "not run": ""}

Results = dict[str, dict[str, str]]
"""By cloud: what became of each rule."""


def main(clouds: list[str]) -> None:
    """Run the rules on these clouds, and write what came out."""
    for cloud in clouds or list(CLOUDS):
        print(f"{cloud} …", flush=True)
        with endpoint_of(cloud) as option:
            found = run_rules(cloud, option)
        print(f"{cloud}: {dict(Counter(found.values()))}", flush=True)
        keep(cloud, found)


def keep(cloud: str, found: dict[str, str]) -> None:
    """Write what became of the rules on one cloud, beside what is known of the others."""
    results: Results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    results[cloud] = found
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n")
    write_known(cloud, found)
    PAGE.write_text(page(results), encoding="utf-8")


def run_rules(cloud: str, option: str) -> dict[str, str]:
    """What became of each rule on a cloud."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", str(RULES), "--cloud", option, "--runxfail", "-q"]
        workers = "16" if option.startswith("endpoint=") else "2"  # most of an endpoint's time is waiting
        command += [
            "--numprocesses",
            workers,
            f"--junitxml={report}",
            "-p",
            "no:randomly",
            "--no-header",
            "-rN",
        ]
        environment = {**os.environ, "HARNESS_EMULATOR": cloud, "PYTHONHASHSEED": "0"}
        subprocess.run(command, cwd=ROOT, env=environment, check=False, stdout=subprocess.DEVNULL)
        return dict(outcomes(report))


def outcomes(report: Path) -> Iterator[tuple[str, str]]:
    """Each rule's name and what became of it, from a JUnit file."""
    for case in ET.parse(report).getroot().iter("testcase"):
        name = f"{case.get('classname', '').rpartition('.')[2]}.py::{case.get('name')}"
        if case.find("failure") is not None or case.find("error") is not None:
            yield name, "deviates"
        elif case.find("skipped") is not None:
            yield name, "needs real time"
        else:
            yield name, "holds"


@contextmanager
def endpoint_of(cloud: str) -> Iterator[str]:
    """The --cloud option; an emulator that isn't a cloud of its own runs meanwhile."""
    if cloud not in ("moto", "ministack"):
        yield cloud
        return
    port = free_port()
    environment = dict(os.environ)
    if cloud == "moto":
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    else:
        environment |= {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "MINISTACK_HOST": "127.0.0.1"}
        command = [os.environ["HARNESS_MINISTACK"], "-m", "ministack"]
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(url)
        yield f"endpoint={url}"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"{url}: the emulator didn't come up")


def write_known(cloud: str, results: dict[str, str]) -> None:
    """The list of what is known to deviate; remarks that stand there are kept."""
    file = RULES / "known" / f"{cloud}.txt"
    before = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    remarks = dict(line.partition("  ")[::2] for line in before if line and not line.startswith("#"))
    lines = [f"# Rules of AWS that {cloud} is known to break; written by fidelity.py, remarks by hand."]
    for name in sorted(name for name, what in results.items() if what == "deviates"):
        remark = remarks.get(name, "").strip()
        lines.append(f"{name}  {remark}" if remark else name)
    file.parent.mkdir(exist_ok=True)
    if len(lines) > 1:
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    else:
        file.unlink(missing_ok=True)


def page(results: Results) -> str:
    """docs/fidelity.md."""
    clouds = [cloud for cloud in CLOUDS if cloud in results]
    lines = [
        INTRODUCTION,
        "## Faults",
        "",
        *fault_table(),
        "",
        "## Rules of AWS",
        "",
        *totals(results, clouds),
    ]
    names = sorted({name for found in results.values() for name in found})
    for file in dict.fromkeys(name.partition("::")[0] for name in names):
        lines += ["", f"### {title(file)}", "", head(clouds), rule(clouds)]
        for name in (name for name in names if name.startswith(f"{file}::")):
            cells = [MARKS[results[cloud].get(name, "not run")] for cloud in clouds]
            lines.append(f"| {words(name)} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def totals(results: Results, clouds: list[str]) -> list[str]:
    """How many rules hold on each cloud."""
    lines = ["| cloud | holds | deviates | needs real time |", "|---|---|---|---|"]
    for cloud in clouds:
        count = Counter(results[cloud].values())
        figures = (count[what] for what in ("holds", "deviates", "needs real time"))
        lines.append(f"| {cloud} | {' | '.join(map(str, figures))} |")
    return lines


def fault_table() -> list[str]:
    """Which kinds of fault each cloud can honour, by the clouds' own words."""
    from harness.endpoint import Endpoint
    from harness.localstack.cloud import LocalStack
    from harness.plan import kinds
    from harness.sim import stops

    no: dict[str, dict[str, str]] = {
        "sim": dict(stops.never()),
        "localstack": dict(LocalStack.never()),
        "endpoint": dict(Endpoint.never()),
    }
    lines = [f"| fault | {' | '.join(no)} |", "|---|" + "---|" * len(no)]
    for kind in sorted(kinds()):
        lines.append(f"| `{kind}` | {' | '.join('–' if kind in no[cloud] else '✓' for cloud in no)} |")
    whys = {why: None for found in no.values() for why in found.values()}
    return [*lines, "", *(f"– : {why}." for why in whys)]


def head(clouds: list[str]) -> str:
    return f"| rule | {' | '.join(clouds)} |"


def rule(clouds: list[str]) -> str:
    return "|---|" + "---|" * len(clouds)


def title(file: str) -> str:
    return file.removeprefix("test_").removesuffix(".py").replace("_", " ")


def words(name: str) -> str:
    """A rule's name as the sentence that it is."""
    return re.sub(r"\|", "\\|", name.partition("::test_")[2].replace("_", " "))


INTRODUCTION = """# Fidelity

What each cloud can be trusted with. The page is made by `tox -e fidelity`, from the code and from one run of
`tests/conformance` on each cloud; every rule there cites the page of AWS's documentation that it follows.
✓: the rule holds. ✗: it doesn't; where the simulator and an emulator disagree, AWS's documentation decides.
…: it takes more real time than anybody waits for.

`localstack` is LocalStack 4.14 with what harness adds to it ([how](guide/localstack.md)); `ministack` and
`moto` are plain endpoints. moto's server runs functions only in images that Docker has to pull, and had none.
"""


if __name__ == "__main__":
    main(sys.argv[1:])
