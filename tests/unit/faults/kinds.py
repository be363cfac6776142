"""One fault of each kind, by its constructor; and Hypothesis strategies made from the fields' types."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from harness import faults
from harness.plan import Fault, PlanError, kinds

EXAMPLES: dict[str, Fault] = {
    "access_denied": faults.access_denied("dynamodb:PutItem"),
    "ack_lost": faults.ack_lost("BillingQueue", "Billing"),
    "answer_lost": faults.answer_lost("sqs:SendMessage"),
    "clock_skew": faults.clock_skew("Billing", seconds=-30),
    "cold_start": faults.cold_start("Billing", beside=True),
    "conflict": faults.conflict("dynamodb:TransactWriteItems", resource="Ledger"),
    "crash": faults.crash("Billing", after_call=2),
    "cut": faults.cut("Billing", for_seconds=20),
    "delay_hop": faults.delay_hop("Orders", "BillingQueue", seconds=30),
    "init_failure": faults.init_failure("Billing"),
    "kill": faults.kill(on="sqs:SendMessage", nth=3),
    "late_timeout": faults.late_timeout("Billing", after_call=1),
    "out_of_memory": faults.out_of_memory("Billing"),
    "outage": faults.outage("sqs", region="us-east-1", for_seconds=60),
    "partial_answer": faults.partial_answer("sqs:SendMessageBatch", entries=(0, 2)),
    "pause": faults.pause(after_seconds=2.5, for_seconds=30),
    "poison": faults.poison("BillingQueue"),
    "redeliver": faults.redeliver("Orders", "BillingQueue", copies=2, apart_seconds=400),
    "refuse_hop": faults.refuse_hop("Orders", "BillingQueue", retryable=False),
    "reorder": faults.reorder("Orders"),
    "request_lost": faults.request_lost("sqs:SendMessage"),
    "restart": faults.restart(for_seconds=10, keep_state=False),
    "run_again": faults.run_again("Saga", after_start_seconds=2.5),
    "server_error": faults.server_error("sqs:SendMessage", "QueueDoesNotExist"),
    "slow": faults.slow("dynamodb:*", 40),
    "slow_network": faults.slow_network(seconds=0.25, on="sns:Publish"),
    "stop_execution": faults.stop_execution("Saga", "Charge", when="after"),
    "throttle": faults.throttle("dynamodb:PutItem", resource="Ledger", times=3),
    "throttle_invocation": faults.throttle_invocation("Billing"),
    "time_out": faults.time_out("Billing", "before"),
    "token_lost": faults.token_lost("Saga", "Ask"),
    "warm_start": faults.warm_start("Billing"),
}

_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=8)
_SECONDS = st.floats(-10, 1e6, allow_nan=False) | st.integers(-1, 900)
_OPERATIONS = st.sampled_from(
    [
        "sqs:SendMessage",
        "sqs:SendMessageBatch",
        "dynamodb:BatchWriteItem",
        "dynamodb:TransactWriteItems",
        "dynamodb:*",
        "*:*",
        "s3:GetObject",
    ]
)
_CODES = st.none() | st.sampled_from(["RequestThrottled", "ThrottlingException", "InternalError"])
_SERVICES = st.sampled_from(["sqs", "sns", "lambda", "dynamodb", "*"])
_SPECIAL: dict[str, Any] = {"operation": _OPERATIONS, "service": _SERVICES, "code": _CODES}
_BY_TYPE: dict[Any, Any] = {
    str: _TEXT,
    int: st.integers(-1, 5),
    float: _SECONDS,
    bool: st.booleans(),
    type(None): st.none(),
}


def any_fault() -> st.SearchStrategy[Fault]:
    """A sensible fault of any kind."""
    return st.one_of([fault_of(name) for name in sorted(kinds())])


def fault_of(name: str) -> st.SearchStrategy[Fault]:
    """A sensible fault of this kind, any of its settings left at the default."""
    return _built(kinds()[name])


def _built(cls: Any) -> st.SearchStrategy[Any]:
    """Objects of a dataclass that its own checks let pass."""
    hints = get_type_hints(cls)
    required, optional = {}, {}
    for field in fields(cls):
        chosen = _SPECIAL.get(field.name, _of(hints[field.name]))
        (required if field.default is MISSING else optional)[field.name] = chosen
    settings = st.fixed_dictionaries(required, optional=optional)
    return settings.map(lambda chosen: _or_none(cls, chosen)).filter(lambda built: built is not None)


def _or_none(cls: Any, settings: dict[str, Any]) -> Any:
    try:
        return cls(**settings)
    except PlanError:
        return None


def _of(hint: Any) -> st.SearchStrategy[Any]:
    if get_origin(hint) is Literal:
        return st.sampled_from(get_args(hint))
    if get_origin(hint) is tuple:
        return st.lists(_of(get_args(hint)[0]), max_size=3).map(tuple)
    options = get_args(hint)
    return st.one_of([_of(option) for option in options]) if options else _BY_TYPE[hint]
