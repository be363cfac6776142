"""What workflows cost in the simulator: a wait of a year, and a map of 10,000 items.

    python benchmarks/workflows.py [--items N]

Figures are milliseconds of this machine: the median of several rounds for the wait, one run for each map.
"""

from __future__ import annotations

import argparse
import json
import statistics
from typing import Any

import harness
from harness.sim import clock

ROLE = "arn:aws:iam::123456789012:role/any"
YEAR_SECONDS = 31_000_000
"""A little less than the year that an execution may take."""
ROUNDS = 20
PASS = {"StartAt": "It", "States": {"It": {"Type": "Pass", "End": True}}}
WAIT = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": YEAR_SECONDS, "End": True}}}


def each(mode: str, batch: int = 0) -> dict[str, Any]:
    """A definition that maps its input, in this mode and with so many items to a batch."""
    config = {"ProcessorConfig": {"Mode": mode} | ({"ExecutionType": "STANDARD"} if mode != "INLINE" else {})}
    state: dict[str, Any] = {"Type": "Map", "ItemProcessor": {**config, **PASS}, "End": True}
    if batch:
        state["ItemBatcher"] = {"MaxItemsPerBatch": batch}
    return {"StartAt": "Each", "States": {"Each": state}}


def run(definition: dict[str, Any], given: Any, within_seconds: float) -> float:
    """Milliseconds from the start of an execution to its end."""
    with harness.Simulator(seed=1) as cloud:
        sfn = cloud.client("stepfunctions")
        arn = sfn.create_state_machine(name="bench", definition=json.dumps(definition), roleArn=ROLE)
        began = clock.real_perf_counter()
        started = sfn.start_execution(stateMachineArn=arn["stateMachineArn"], input=json.dumps(given))
        cloud.settle(within_seconds)
        took = clock.real_perf_counter() - began
        status = sfn.describe_execution(executionArn=started["executionArn"])["status"]
        assert status == "SUCCEEDED", status
    return took * 1000


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--items", type=int, default=10_000, help="items of the distributed maps")
    items = parser.parse_args().items
    waits = [run(WAIT, {}, YEAR_SECONDS + 60) for _ in range(ROUNDS)]
    figures = {
        "a wait of a year": statistics.median(waits),
        "an inline map of 1,000 items": run(each("INLINE"), list(range(1000)), 86_400),
        f"a distributed map of {items:,} items": run(each("DISTRIBUTED"), list(range(items)), 86_400),
        "the same in batches of 100": run(each("DISTRIBUTED", 100), list(range(items)), 86_400),
    }
    for name, took in figures.items():
        print(f"{name:<40}{took:>12,.1f} ms")


if __name__ == "__main__":
    main()
