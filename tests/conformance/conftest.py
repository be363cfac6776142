"""The same AWS rules on every cloud: the `cloud` fixture comes from the plugin (`--cloud`).

What an emulator is known to get wrong is listed in `known/<emulator>.txt`, a test a line. `fidelity.py` makes
the lists and the table in docs/fidelity.md anew.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.helpers.asked import watched

KNOWN = Path(__file__).parent / "known"
PATIENCE_SECONDS = 35.0
"""How much real time one rule may take on a cloud where time can't be skipped."""


def emulator_of(config: pytest.Config) -> str:
    """Which list of `known/` concerns this test run: HARNESS_EMULATOR names what listens at an endpoint."""
    chosen = config.getoption("cloud") or os.environ.get("HARNESS_CLOUD") or "sim"
    return os.environ.get("HARNESS_EMULATOR", "endpoint") if chosen.startswith("endpoint=") else chosen


def known_deviations(emulator: str) -> dict[str, str]:
    """What an emulator gets wrong: the name of each test, and a remark."""
    file = KNOWN / f"{emulator.removesuffix('-host')}.txt"
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    pairs = (line.partition("  ") for line in lines if line and not line.startswith("#"))
    return {name: remark.strip() for name, _, remark in pairs}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Expect what is known, without asking: some take long to fail. `fidelity.py` asks, by `--runxfail`."""
    known = known_deviations(emulator_of(config))
    for item in items:
        name = f"{item.path.name}::{item.nodeid.partition('::')[2]}"
        if name in known:
            item.add_marker(pytest.mark.xfail(reason=known[name] or "known to deviate from AWS", run=False))


@pytest.fixture(autouse=True)
def patience(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where time is real, a rule that needs hours of it can't be shown."""
    cloud = request.getfixturevalue("cloud")
    if cloud.name != "endpoint":
        return
    advance, settle, left = cloud.advance, cloud.settle, PATIENCE_SECONDS

    def advance_a_little(seconds: float) -> None:
        nonlocal left
        left -= seconds
        if left < 0:
            pytest.skip(f"needs {seconds:g} s of real time, which can't be skipped here")
        advance(seconds)

    monkeypatch.setattr(cloud, "advance", advance_a_little)
    monkeypatch.setattr(cloud, "settle", lambda within_seconds=PATIENCE_SECONDS: settle(PATIENCE_SECONDS))


@pytest.fixture(autouse=True)
def asks_for_what_may_be_missing(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The simulator's operations don't take it for granted that callers give what AWS doesn't require."""
    cloud = request.getfixturevalue("cloud")
    if cloud.name == "sim":
        calls = cloud.world.calls
        monkeypatch.setattr(calls, "_look_up", watched(calls._look_up))
