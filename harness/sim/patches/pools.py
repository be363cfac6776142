"""Pools of threads that are older than the run: what it gives them is done by threads of the run.

Their own threads are real ones, or ended with an earlier run: they would act beside virtual time, or never.
"""

from __future__ import annotations

import weakref
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from harness.sim.kernel import Kernel
from harness.sim.patches import current
from harness.sim.patches.current import acting
from harness.sim.patches.patching import Attributes

_RUN = "_harness_run"
_STAND_INS = "_harness_stand_ins"
_INITIALIZERS = ("_initializer", "_initargs", "_create_worker_context", "_resolve_work_item")
"""What a pool's threads begin with, by the names of all versions of Python."""

_real_init = ThreadPoolExecutor.__init__
_real_submit = ThreadPoolExecutor.submit


def _init(pool: ThreadPoolExecutor, *args: Any, **kwargs: Any) -> None:
    _real_init(pool, *args, **kwargs)
    if (kernel := acting()) is not None:
        vars(pool)[_RUN] = weakref.ref(kernel)


def _submit(pool: ThreadPoolExecutor, function: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
    kernel = acting()
    if kernel is not None and not pool._shutdown and vars(pool).get(_RUN, lambda: None)() is not kernel:
        pool = _stand_in(pool, kernel)
    return _real_submit(pool, function, *args, **kwargs)


def _stand_in(pool: Any, kernel: Kernel) -> ThreadPoolExecutor:
    """The pool that does its work in this run, one for each simulated process."""
    made = vars(pool).setdefault(_STAND_INS, weakref.WeakKeyDictionary())
    key = current.process() or kernel
    if key not in made:
        made[key] = ThreadPoolExecutor(pool._max_workers, pool._thread_name_prefix)
        vars(made[key]).update({name: vars(pool)[name] for name in _INITIALIZERS if name in vars(pool)})
    found: ThreadPoolExecutor = made[key]
    return found


def replace(attributes: Attributes) -> None:
    """Register the pools of `concurrent.futures`."""
    attributes.add(ThreadPoolExecutor, "__init__", _init)
    attributes.add(ThreadPoolExecutor, "submit", _submit)
