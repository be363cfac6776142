"""What a container of LocalStack costs: its start beside a bare `docker run`, and a test on a shared one."""

from __future__ import annotations

import statistics
import subprocess
import time
import warnings
from collections.abc import Callable
from typing import Any

import urllib3

from harness.localstack import container
from harness.localstack.cloud import LocalStack
from harness.localstack.ports import LOOPBACK, free_port
from harness.localstack.sharing import Options, Running, shared


def containers(quick: bool, _: object = None) -> dict[str, Any]:
    """Seconds of a start by harness and by `docker run`, in turn; of a test on a shared and on an own one."""
    client = container.connect()
    options = Options(image=container.image_at_hand(client))
    client.close()
    rounds = 1 if quick else 7
    starts: dict[str, list[float]] = {"harness": [], "docker run": []}
    stops: dict[str, list[float]] = {"harness": [], "docker run": []}
    for _round in range(rounds):
        for name, start in (("docker run", _bare), ("harness", _ours)):
            up, down = start(options)
            starts[name].append(up)
            stops[name].append(down)
    with shared("localstack", options) as running:
        _test(running)
        one = [_seconds(lambda: _test(running)) for _round in range(rounds * 3)]
    own = [_seconds(lambda: _on_its_own(options)) for _round in range(rounds)]
    return {
        "image": options.image,
        "start": {name: statistics.median(took) for name, took in starts.items()},
        "stop": {name: statistics.median(took) for name, took in stops.items()},
        "test": {"shared": statistics.median(one), "own": statistics.median(own)},
    }


def show_containers(figures: dict[str, Any]) -> None:
    """The table."""
    print(f"image: {figures['image']}")
    print(f"\n{'seconds, median':<40}{'docker run':>12}{'harness':>10}")
    for what in ("start", "stop"):
        label = {"start": "start, until it is ready", "stop": "end, until nothing is left"}[what]
        print(f"{label:<40}{figures[what]['docker run']:>12.2f}{figures[what]['harness']:>10.2f}")
    test = figures["test"]
    print(f"\n{'seconds a test, median':<40}{'own':>12}{'shared':>10}{'ratio':>8}")
    ratio = test["own"] / test["shared"]
    print(f"{'a container each, or one for all':<40}{test['own']:>12.2f}{test['shared']:>10.2f}{ratio:>8.1f}")


def _bare(options: Options) -> tuple[float, float]:
    """`docker run` until LocalStack's health answers, and `docker rm`."""
    port = free_port()
    began = time.perf_counter()
    command = ["docker", "run", "--detach", "--publish", f"{LOOPBACK}:{port}:4566", str(options.image)]
    made = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    try:
        with urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(2.0)) as pool:
            while not _healthy(pool, f"http://{LOOPBACK}:{port}/_localstack/health"):
                time.sleep(0.03)
        up = time.perf_counter() - began
    finally:
        began = time.perf_counter()
        remove = ["docker", "rm", "--force", "--volumes", made]
        subprocess.run(remove, check=True, capture_output=True)
    return up, time.perf_counter() - began


def _healthy(pool: urllib3.PoolManager, url: str) -> bool:
    try:
        return pool.request("GET", url).status == 200
    except urllib3.exceptions.HTTPError:
        return False


def _ours(options: Options) -> tuple[float, float]:
    began = time.perf_counter()
    with shared("localstack", options, exclusive=True):
        up = time.perf_counter() - began
        began = time.perf_counter()
    return up, time.perf_counter() - began


def _on_its_own(options: Options) -> None:
    with shared("localstack", options, exclusive=True) as running:
        _test(running)


def _test(running: Running) -> None:
    """What a small test does: an account of its own, a queue, a message there and back."""
    with LocalStack(running=running) as cloud:
        sqs = cloud.client("sqs")
        queue = sqs.create_queue(QueueName="a")["QueueUrl"]
        sqs.send_message(QueueUrl=queue, MessageBody="x")
        assert sqs.receive_message(QueueUrl=queue)["Messages"]


def _seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    show_containers(containers(quick=False))
