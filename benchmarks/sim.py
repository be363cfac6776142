"""What the simulator costs, beside its peers, in one run.

    python benchmarks/sim.py [--json FILE] [--quick]

Prints a table, and JSON with the same figures. Every figure is the median of several rounds; how fast the
machine was just then stands beside it (`machine.py`).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import sys
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import boto3
import botocore
import moto
from botocore.httpsession import URLLib3Session
from machine import Speed, Speeds

import harness
from harness.sim import clock
from harness.wire import response

ORDERS = Path(__file__).parents[1] / "fixtures/apps/orders/template.yaml"
TABLE: dict[str, Any] = {
    "TableName": "bench",
    "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}


def median_us(rounds: int, calls: int, prepare: Callable[[int], Callable[[int], object]]) -> float:
    """Microseconds a call: the median over rounds, each with what `prepare(round)` gives."""
    figures = []
    for number in range(rounds):
        call = prepare(number)
        began = clock.real_perf_counter()
        for index in range(calls):
            call(index)
        figures.append((clock.real_perf_counter() - began) / calls * 1e6)
    return statistics.median(figures)


def on_null_transport(calls: int, rounds: int) -> dict[str, float]:
    """An unmodified botocore whose requests are answered at once: the SDK's own floor."""
    answers = {"sqs": '{"MessageId": "m", "MD5OfMessageBody": "d41d8cd98f00b204e9800998ecf8427e"}'}
    original = URLLib3Session.send

    def send(_: URLLib3Session, request: Any) -> Any:
        body = answers["sqs"] if "sqs" in request.url else "{}"
        return response(request, 200, {"content-type": "application/x-amz-json-1.0"}, body)

    URLLib3Session.send = send
    try:
        return on_clients(calls, rounds, prepare=False)
    finally:
        URLLib3Session.send = original


def on_clients(calls: int, rounds: int, *, prepare: bool = True) -> dict[str, float]:
    """The same two calls on whatever cloud is active; each round on an empty queue."""
    keys = {"region_name": "us-east-1", "aws_access_key_id": "local", "aws_secret_access_key": "local"}
    sqs, dynamodb = boto3.client("sqs", **keys), boto3.client("dynamodb", **keys)
    if prepare:
        dynamodb.create_table(**TABLE)

    def send(number: int) -> Callable[[int], object]:
        url = f"https://sqs.us-east-1.amazonaws.com/123456789012/bench-{number}"
        if prepare:
            url = sqs.create_queue(QueueName=f"bench-{number}")["QueueUrl"]
        return lambda _: sqs.send_message(QueueUrl=url, MessageBody="x")

    def put(_: int) -> Callable[[int], object]:
        return lambda index: dynamodb.put_item(TableName="bench", Item={"k": {"S": str(index)}})

    return {
        "sqs:SendMessage": median_us(rounds, calls, send),
        "dynamodb:PutItem": median_us(rounds, calls, put),
    }


def cold_start(rounds: int) -> float:
    """ms for a new session and a new client in it, as a cold start makes them."""
    return (
        median_us(rounds, 20, lambda _: lambda _: boto3.Session(region_name="us-east-1").client("sqs")) / 1e3
    )


def cold_start_simulated(rounds: int) -> float:
    """The same in the simulator."""
    with harness.Simulator(seed=1):
        return cold_start(rounds)


def cold_starts(rounds: int, speeds: Speeds) -> dict[str, float]:
    """ms for a session and a client: in the simulator, and of an unmodified botocore."""
    makers = {"botocore": cold_start, "simulator": cold_start_simulated}
    return {
        peer: speeds.beside(f"cold start, {peer}", partial(make, rounds)) for peer, make in makers.items()
    }


def on_simulator(calls: int, rounds: int) -> dict[str, float]:
    """The two calls in the simulator."""
    with harness.Simulator(seed=1):
        return on_clients(calls, rounds)


def on_moto(calls: int, rounds: int) -> dict[str, float]:
    """The two calls on moto in process."""
    with moto.mock_aws():
        return on_clients(calls, rounds)


def cost_of_calls(calls: int, rounds: int, speeds: Speeds) -> dict[str, dict[str, float]]:
    """µs an SDK call: the simulator, botocore on a null transport, moto in process."""
    peers = {"simulator": on_simulator, "null transport": on_null_transport, "moto": on_moto}
    return {peer: speeds.beside(peer, partial(peers[peer], calls, rounds)) for peer in peers}


def orders_run(messages: int, seed: int = 0) -> float:
    """One run of the orders scenario, deployment included; its virtual seconds."""
    with harness.Simulator(seed=seed) as cloud:
        app = cloud.deploy(ORDERS)
        topic = app.topic("Orders")
        for index in range(messages):
            topic.publish({"order": f"o-{index}", "total": 42, "items": ["book"]})
        app.settle()
        harness.expect(app).nothing_lost()
        return cloud.kernel.elapsed


def runs_per_second(runs: int) -> dict[str, float]:
    """Ten messages through the whole app, over and over."""
    orders_run(10)
    virtual, began = 0.0, clock.real_perf_counter()
    for seed in range(runs):
        virtual += orders_run(10, seed)
    seconds = clock.real_perf_counter() - began
    return {"runs": runs, "runs_per_second": runs / seconds, "simulated_per_real": virtual / seconds}


def cost_per_message(sizes: list[int], speeds: Speeds) -> dict[str, float]:
    """µs for one message through topic, queue and function, by how many there are."""
    return {str(size): speeds.beside(str(size), partial(messages_through, size)) for size in sizes}


def messages_through(count: int) -> float:
    """µs a message: published in batches, fanned out to one queue, handled, acknowledged."""
    with harness.Simulator(seed=1) as cloud:
        app = cloud.deploy(Path(__file__).parent / "apps/relay/template.yaml")
        topic = app.topic("Inbox")
        began = clock.real_perf_counter()
        for start in range(0, count, 10):
            topic.publish_batch([{"n": start + index} for index in range(10)])
        app.settle()
        return (clock.real_perf_counter() - began) / count * 1e6


def measure(quick: bool) -> dict[str, Any]:
    """All figures."""
    speeds = Speeds()
    sizes = [100, 1_000] if quick else [100, 1_000, 10_000, 100_000]
    figures = {
        "versions": {
            "python": platform.python_version(),
            "boto3": boto3.__version__,
            "botocore": botocore.__version__,
            "moto": version("moto"),
            "harness": version("decoupled-harness"),
        },
        "us_per_call": cost_of_calls(50 if quick else 200, 3 if quick else 7, speeds),
        "ms_per_cold_start": cold_starts(3 if quick else 7, speeds),
        "orders": speeds.beside("orders", partial(runs_per_second, 5 if quick else 100)),
        "us_per_message": cost_per_message(sizes, speeds),
        "peak_memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    flat = list(figures["us_per_message"].values())
    figures["us_per_message_spread"] = max(flat) / min(flat)
    return figures | {"loops": speeds.data()}


def show(figures: dict[str, Any]) -> None:
    """The table."""
    speeds = {name: Speed(**loops) for name, loops in figures["loops"].items()}
    print("versions: " + ", ".join(f"{name} {number}" for name, number in figures["versions"].items()))
    calls = figures["us_per_call"]
    print(f"\n{'µs an SDK call':<24}{'sqs:SendMessage':>18}{'dynamodb:PutItem':>18}")
    for peer, costs in calls.items():
        print(f"{peer:<24}" + "".join(f"{cost:>18.0f}" for cost in costs.values()), f"  {speeds[peer]}")
    cold = figures["ms_per_cold_start"]
    print("\nms for a session and a client")
    for peer, cost in cold.items():
        print(f"{peer:<24}{cost:>18.2f}  {speeds[f'cold start, {peer}']}")
    orders = figures["orders"]
    print(f"\nten orders, deployed anew: {orders['runs_per_second']:.1f} runs a second, ", end="")
    print(f"{orders['simulated_per_real']:.0f} × real time; {speeds['orders']}")
    print(f"\n{'messages':>10}{'µs a message':>16}")
    for size, cost in figures["us_per_message"].items():
        print(f"{size:>10}{cost:>16.0f}  {speeds[size]}")
    print(f"spread: factor {figures['us_per_message_spread']:.2f}")
    print(f"\npeak memory: {figures['peak_memory_mib']:.0f} MiB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--json", type=Path, help="write the figures here, too")
    parser.add_argument("--quick", action="store_true", help="few rounds: shows that it runs")
    options = parser.parse_args()
    os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
    figures = measure(options.quick)
    show(figures)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main())
