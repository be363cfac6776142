"""A sandbox with nothing around it: a kernel, and functions written to a temporary folder."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from harness.faults.active import ActivePlan
from harness.history import Recorder
from harness.history.places import Names
from harness.sim.calls import Calls
from harness.sim.hops import Hops
from harness.sim.interception import Interception
from harness.sim.kernel import Kernel
from harness.sim.sandbox import ContextData, Environment, FunctionCode, KillOrder, Ran, Sandbox, note_call
from harness.sim.services.held import own_backends
from harness.sim.world import World


class Bench:
    """Makes environments of small functions, and runs them."""

    def __init__(self, folder: Path, seed: int = 1, hung_after_seconds: float = 10.0) -> None:
        self.folder = folder
        self.kernel = Kernel(seed)
        self.region = "us-east-1"
        self.account = "123456789012"
        self.sandbox = Sandbox(self, hung_after_seconds)  # type: ignore[arg-type]
        self._requests = 0

    def __enter__(self) -> Bench:
        self.sandbox.install()
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.kernel.close()
        finally:
            self.sandbox.remove()

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return path

    def function(self, text: str | None = None, **settings: Any) -> Environment:
        """An environment; `text` becomes app.py."""
        name = settings.setdefault("name", "app")
        roots = settings.pop("roots", None) or (self.folder / name,)
        if text is not None:
            self.write(f"{roots[0].name}/app.py", text)
        settings.setdefault("handler", "app.handler")
        return self.sandbox.environment(FunctionCode(roots=roots, **settings))

    def run(
        self, environment: Environment, event: Any = None, *, kill: KillOrder | None = None, **context: Any
    ) -> Ran:
        self._requests += 1
        context.setdefault("request_id", f"request-{self._requests}")
        return environment.run(event, ContextData(**context), kill)

    def payload(self, text: str, event: Any = None, **settings: Any) -> Any:
        """What a function written as `text` returns."""
        ran = self.run(self.function(text, **settings), event)
        assert ran.outcome == "ok", (ran.error, ran.log)
        return ran.payload

    def together(self, *acts: Callable[[], Any]) -> list[Any]:
        """Do several things at once; their results in the same order."""
        tasks = [self.kernel.spawn(f"act {n}", act) for n, act in enumerate(acts)]
        for task in tasks:
            task.join()
        return [task.result for task in tasks]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with Bench(tmp_path) as bench:
        yield bench


@pytest.fixture
def bench_of(tmp_path: Path) -> Callable[..., Bench]:
    """Benches to be entered one after the other, on the same folder."""
    return lambda **settings: Bench(tmp_path, **settings)


class CloudBench(Bench):
    """A bench whose functions reach a cloud: what moto holds, a table `Ledger` in it."""

    def __enter__(self) -> CloudBench:
        self._backends = own_backends()
        self._backends.__enter__()
        plan = ActivePlan(1, ())
        self.recorder = Recorder(lambda: self.kernel.elapsed)
        world = World(self.kernel, self.recorder, Names(), Hops(plan), self.account, self.region)
        self._calls = Calls(world, plan)
        self._calls.made = note_call
        self._interception = Interception(self._calls.answer)
        self._interception.install()
        super().__enter__()
        boto3.client("dynamodb").create_table(
            TableName="Ledger",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        return self

    def __exit__(self, *args: object) -> None:
        super().__exit__(*args)
        self._interception.remove()
        self._backends.__exit__(None, None, None)


@pytest.fixture
def cloud_bench(tmp_path: Path) -> Iterator[CloudBench]:
    with CloudBench(tmp_path) as bench:
        yield bench


@pytest.fixture
def cloud_bench_of(tmp_path: Path) -> Callable[..., CloudBench]:
    """Such benches to be entered one after the other."""
    return lambda **settings: CloudBench(tmp_path, **settings)
