"""Schedule expressions: rate(…), cron(…) and at(…), as EventBridge's rules and its Scheduler read them.

>>> from datetime import datetime
>>> read("cron(0 9 ? * MON *)").after(datetime(2026, 1, 1))
datetime.datetime(2026, 1, 5, 9, 0)
"""

from __future__ import annotations

from .cron import Cron
from .expressions import At, BadExpression, Rate, Schedule, read

__all__ = ["At", "BadExpression", "Cron", "Rate", "Schedule", "read"]
