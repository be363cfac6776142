"""Faults: one module a kind.

Each module holds one class: frozen data with a pure `decide`; its docstring is its manual page. The names
here are these classes. All but `outage`, `cut` and `slow_network` take the arguments of
`harness.plan.Counted`: `nth`, `times`, `after_seconds`, `until_seconds`, `probability`, `optional`.

>>> from harness import faults
>>> plan = faults.Plan(seed=7, faults=(faults.throttle("dynamodb:PutItem", resource="Ledger", times=3),))
>>> faults.Plan.from_json(plan.to_json()) == plan
True
"""

from typing import Never

from harness.faults.access_denied import AccessDenied as access_denied
from harness.faults.ack_lost import AckLost as ack_lost
from harness.faults.answer_lost import AnswerLost as answer_lost
from harness.faults.clock_skew import ClockSkew as clock_skew
from harness.faults.cold_start import ColdStart as cold_start
from harness.faults.conflict import Conflict as conflict
from harness.faults.crash import Crash as crash
from harness.faults.cut import Cut as cut
from harness.faults.delay_hop import DelayHop as delay_hop
from harness.faults.init_failure import InitFailure as init_failure
from harness.faults.kill import KillCloud as kill
from harness.faults.late_timeout import LateTimeout as late_timeout
from harness.faults.out_of_memory import OutOfMemory as out_of_memory
from harness.faults.outage import Outage as outage
from harness.faults.partial_answer import PartialAnswer as partial_answer
from harness.faults.pause import Pause as pause
from harness.faults.poison import Poison as poison
from harness.faults.redeliver import Redeliver as redeliver
from harness.faults.refuse_hop import RefuseHop as refuse_hop
from harness.faults.reorder import Reorder as reorder
from harness.faults.request_lost import RequestLost as request_lost
from harness.faults.restart import Restart as restart
from harness.faults.run_again import RunAgain as run_again
from harness.faults.server_error import ServerError as server_error
from harness.faults.slow import Slow as slow
from harness.faults.slow_network import SlowNetwork as slow_network
from harness.faults.stop_execution import StopExecution as stop_execution
from harness.faults.throttle import Throttle as throttle
from harness.faults.throttle_invocation import ThrottleInvocation as throttle_invocation
from harness.faults.time_out import TimeOut as time_out
from harness.faults.token_lost import TokenLost as token_lost
from harness.faults.warm_start import WarmStart as warm_start
from harness.near import near
from harness.plan import Plan, PlanError

__all__ = [
    "Plan",
    "PlanError",
    "access_denied",
    "ack_lost",
    "answer_lost",
    "clock_skew",
    "cold_start",
    "conflict",
    "crash",
    "cut",
    "delay_hop",
    "init_failure",
    "kill",
    "late_timeout",
    "out_of_memory",
    "outage",
    "partial_answer",
    "pause",
    "poison",
    "redeliver",
    "refuse_hop",
    "reorder",
    "request_lost",
    "restart",
    "run_again",
    "server_error",
    "slow",
    "slow_network",
    "stop_execution",
    "throttle",
    "throttle_invocation",
    "time_out",
    "token_lost",
    "warm_start",
]


def __getattr__(name: str) -> Never:
    hint = "" if name.startswith("_") else near(name, __all__)  # pytest asks each module for private names
    raise AttributeError(f"harness.faults has no {name!r}{hint}")
