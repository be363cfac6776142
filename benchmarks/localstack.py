"""What it costs to run on an emulator, beside peers, in one run.

    python benchmarks/localstack.py gateway [--json FILE] [--quick] [--emulator URL]
    python benchmarks/localstack.py containers [--json FILE] [--quick]

`gateway`: the latency that the gateway adds to a call, against microburst in front of the same emulator. The
emulator is MiniStack, installed into an environment of its own, unless one that listens already is named.
`containers`: the start of a container by harness beside a bare `docker run` of the same image; a test on the
container that all share, beside a container for each test.
Prints a table, and JSON with the same figures.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import uuid4

from containers import containers, show_containers
from servers import ACCOUNT, client, free_port, in_turn, ministack, running

from harness.faults.active import ActivePlan
from harness.gateway.clock import RunClock
from harness.gateway.server import Gateway
from harness.history import Recorder
from harness.history.places import Names


def gateway(quick: bool, emulator: str | None) -> dict[str, Any]:
    """Microseconds a call takes directly, through the gateway and through microburst, each in turn."""
    with ExitStack() as stack:
        versions = _versions()
        if emulator is None:
            emulator, versions["ministack"] = stack.enter_context(ministack())
        urls = {
            "direct": emulator,
            "gateway": stack.enter_context(_gateway(emulator)).url,
            "microburst": stack.enter_context(_microburst(emulator)),
        }
        calls = {name: _calls(url) for name, url in urls.items()}
        took = {kind: in_turn({n: c[kind] for n, c in calls.items()}, quick) for kind in calls["direct"]}
    return {"versions": versions, "us_per_call": took, "added": {k: _added(t) for k, t in took.items()}}


def show_gateway(figures: dict[str, Any]) -> None:
    """The table."""
    print("versions: " + ", ".join(f"{name} {number}" for name, number in figures["versions"].items()))
    print(f"\n{'µs a call, median':<22}{'direct':>10}{'gateway':>10}{'microburst':>12}", end="")
    print(f"{'added':>10}{'by microburst':>15}{'ratio':>8}")
    for kind, took in figures["us_per_call"].items():
        added = figures["added"][kind]
        print(f"{kind:<22}{took['direct']:>10.0f}{took['gateway']:>10.0f}{took['microburst']:>12.0f}", end="")
        print(f"{added['gateway']:>10.0f}{added['microburst']:>15.0f}{added['ratio']:>8.2f}")


def _added(took: dict[str, float]) -> dict[str, float]:
    ours, theirs = took["gateway"] - took["direct"], took["microburst"] - took["direct"]
    return {"gateway": ours, "microburst": theirs, "ratio": ours / theirs}


def _calls(url: str) -> dict[str, Callable[[], object]]:
    """A call that moves a message, which the gateway also looks into, and one that does neither."""
    sqs, sns = client("sqs", url), client("sns", url)
    queue = sqs.create_queue(QueueName=f"bench-{uuid4()}")["QueueUrl"]
    topic = sns.create_topic(Name="bench")["TopicArn"]
    return {
        "sqs:SendMessage": lambda: sqs.send_message(QueueUrl=queue, MessageBody="x"),
        "sns:GetTopicAttributes": lambda: sns.get_topic_attributes(TopicArn=topic),
    }


@contextmanager
def _gateway(emulator: str) -> Iterator[Gateway]:
    clock = RunClock()
    with Gateway(
        emulator,
        account=ACCOUNT,
        plan=ActivePlan(0),
        recorder=Recorder(clock.elapsed),
        names=Names("us-east-1", "000000000000"),
        clock=clock,
    ) as started:
        yield started


@contextmanager
def _microburst(emulator: str) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "microburst", "--upstream", emulator]
    with running([*command, "--host", "127.0.0.1", "--port", str(port)], port):
        yield f"http://127.0.0.1:{port}"


def _versions() -> dict[str, str]:
    names = ("h11", "boto3", "microburst")
    return {"python": platform.python_version(), **{name: version(name) for name in names}}


BENCHMARKS = {"containers": (containers, show_containers), "gateway": (gateway, show_gateway)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("what", choices=sorted(BENCHMARKS))
    parser.add_argument("--json", type=Path, help="write the figures here, too")
    parser.add_argument("--quick", action="store_true", help="few rounds: shows that it runs")
    parser.add_argument("--emulator", help="the URL of one that listens already")
    options = parser.parse_args()
    measure, show = BENCHMARKS[options.what]
    figures = measure(options.quick, options.emulator)
    show(figures)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main())
