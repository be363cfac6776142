"""Time that a process had to wait for a core, which a function on Lambda never has to.

All functions share the cores of one machine with LocalStack and the tests. The time that one of them spends
in the queue for a core isn't its own, and doesn't count towards its timeout.
"""

from __future__ import annotations

from pathlib import Path


def waited_seconds(pid: int | None) -> float:
    """Seconds that the main thread of a process has wanted to run and couldn't; 0 where nobody tells.

    https://docs.kernel.org/scheduler/sched-stats.html#proc-pid-schedstat
    """
    try:
        _, waited_ns, _ = Path(f"/proc/{pid}/schedstat").read_text().split()
    except (OSError, ValueError):
        return 0.0
    return int(waited_ns) / 1e9
