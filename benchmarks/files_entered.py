"""The files of harness that one message enters: a measure of how many one must open to follow it.

    python benchmarks/files_entered.py [--every]

Deploys `fixtures/apps/orders` to the simulator, publishes one order, and lists each file of harness in
which a function is called until the app has settled: from topic to queue, from queue to function, and the
calls that the functions make. `--every` also lists the plumbing.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType

import greenlet

import harness

PACKAGE = Path(harness.__file__).parent
ORDERS = Path(__file__).parents[1] / "fixtures/apps/orders/template.yaml"

PLUMBING = ("sim/interception.py", "sim/kernel.py", "sim/patches/", "sim/sandbox/", "wire/")
"""Files that know nothing of messages: they catch requests, keep time, run code, speak AWS's protocols."""


def files_entered(act: Callable[[], object]) -> list[str]:
    """The files of harness in which `act` calls a function, in any of its greenlets."""
    entered: set[CodeType] = set()

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            entered.add(frame.f_code)

    def follow(*_: object) -> None:
        sys.setprofile(note)

    before = greenlet.settrace(follow)
    sys.setprofile(note)
    try:
        act()
    finally:
        sys.setprofile(None)
        greenlet.settrace(before)
    paths = {Path(code.co_filename) for code in entered if code.co_name != "<module>"}
    return sorted(str(path.relative_to(PACKAGE)) for path in paths if path.is_relative_to(PACKAGE))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--every", action="store_true", help="list the plumbing as well")
    every = parser.parse_args().every
    order = {"order": "o-1", "customer": "c-1", "total": 42, "items": [{"sku": "s-1", "quantity": 1}]}
    with harness.Simulator(seed=1) as cloud:
        app = cloud.deploy(str(ORDERS))

        def one_message() -> None:
            app.topic("Orders").publish(order)
            app.settle()

        files = files_entered(one_message)
    others = [path for path in files if not path.startswith(PLUMBING)]
    print("\n".join(files if every else others))
    print(f"{len(files)} files of {sum(1 for _ in PACKAGE.rglob('*.py'))}, {len(others)} without plumbing")


if __name__ == "__main__":
    main()
