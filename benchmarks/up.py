"""The latency of `harness up` beside MiniStack and moto's server, on the same calls in one run.

    python benchmarks/up.py [--json FILE] [--quick] [--ministack ENVIRONMENT]

One client, one call at a time, the servers in an order that changes. MiniStack is installed into an
environment of its own, unless one that has it is named. moto's server runs functions in Docker only,
so it takes no invocation here. Prints a table, and JSON with the same figures.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import platform
import random
import statistics
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import uuid4

import urllib3
from servers import client, free_port, in_turn, ministack, running

ROUNDS = 5
EMPTY = "Resources:\n  Unused: {Type: AWS::SNS::Topic}\n"
CODE = "def handler(event, context):\n    return event\n"
NO_FUNCTIONS = frozenset(("moto",))
Calls = dict[str, Callable[[], object]]


def measure(quick: bool, environment: Path | None) -> dict[str, Any]:
    """Milliseconds a call takes: the median of the medians of some rounds."""
    with ExitStack() as stack:
        urls, versions = {}, {"harness": version("decoupled-harness"), "moto": version("moto")}
        urls["harness up"] = stack.enter_context(_up())
        urls["moto"] = stack.enter_context(_moto())
        urls["MiniStack"], versions["MiniStack"] = stack.enter_context(ministack(environment))
        calls = {name: _calls(url, functions=name not in NO_FUNCTIONS) for name, url in urls.items()}
        kinds = {kind: {n: c[kind] for n, c in calls.items() if kind in c} for kind in calls["harness up"]}
        took = {kind: _rounds(each, quick) for kind, each in kinds.items()}
    versions |= {"python": platform.python_version(), "boto3": version("boto3")}
    return {"versions": versions, "cores": os.cpu_count(), "ms_per_call": took}


def _rounds(calls: Calls, quick: bool) -> dict[str, float]:
    rounds = [in_turn(calls, quick) for _ in range(1 if quick else ROUNDS)]
    return {name: statistics.median(each[name] for each in rounds) / 1000 for name in calls}


@contextmanager
def _up() -> Iterator[str]:
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="harness-bench-") as folder:
        template = Path(folder, "template.yaml")
        template.write_text(EMPTY)
        command = [sys.executable, "-m", "harness.cli", "up", str(template), "--port", str(port)]
        with running(command, port):
            url = f"http://127.0.0.1:{port}"
            while urllib3.request("GET", f"{url}/_harness/state").status != 200:
                time.sleep(0.1)
            yield url


@contextmanager
def _moto() -> Iterator[str]:
    port = free_port()
    with running([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], port):
        yield f"http://127.0.0.1:{port}"


def _calls(url: str, *, functions: bool) -> Calls:
    """The same calls on resources of the same names."""
    sqs, sns, tables = client("sqs", url), client("sns", url), client("dynamodb", url)
    queue = sqs.create_queue(QueueName=f"bench-{uuid4()}")["QueueUrl"]
    topic = sns.create_topic(Name="bench")["TopicArn"]
    tables.create_table(
        TableName="bench",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )

    def moved() -> None:
        sqs.send_message(QueueUrl=queue, MessageBody="x")
        [got] = sqs.receive_message(QueueUrl=queue)["Messages"]
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=got["ReceiptHandle"])

    found: Calls = {
        "send, receive, delete": moved,
        "sns:Publish": lambda: sns.publish(TopicArn=topic, Message="x"),
        "dynamodb:PutItem": lambda: tables.put_item(TableName="bench", Item={"id": {"S": "a"}}),
        "dynamodb:GetItem": lambda: tables.get_item(TableName="bench", Key={"id": {"S": "a"}}),
    }
    return found | (_invocation(url) if functions else {})


def _invocation(url: str) -> Calls:
    role = client("iam", url).create_role(RoleName="bench", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("index.py", CODE)
    lambda_ = client("lambda", url)
    lambda_.create_function(
        FunctionName="bench",
        Runtime="python3.12",
        Role=role,
        Handler="index.handler",
        Code={"ZipFile": packed.getvalue()},
    )
    lambda_.get_waiter("function_active_v2").wait(FunctionName="bench")

    def invoke() -> None:
        answer = lambda_.invoke(FunctionName="bench", Payload=b'{"a": 1}')
        if json.loads(answer["Payload"].read()) != {"a": 1}:
            raise RuntimeError(f"{url}: the function answered something else")

    return {"lambda:Invoke": invoke}


def show(figures: dict[str, Any]) -> None:
    """The table."""
    told = ", ".join(f"{name} {number}" for name, number in figures["versions"].items())
    print(f"{told}; {figures['cores']} cores\n")
    print("| ms a call, median | `harness up` | MiniStack | moto's server |\n|---|---|---|---|")
    for kind, took in figures["ms_per_call"].items():
        cells = [f"{took[name]:.2f}" if name in took else "–" for name in ("harness up", "MiniStack", "moto")]
        print(f"| {kind} | {' | '.join(cells)} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--json", type=Path, help="write the figures here, too")
    parser.add_argument("--quick", action="store_true", help="one round: shows that it runs")
    parser.add_argument("--ministack", type=Path, help="an environment that has it", metavar="ENVIRONMENT")
    options = parser.parse_args()
    random.seed(0)
    figures = measure(options.quick, options.ministack)
    show(figures)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main())
