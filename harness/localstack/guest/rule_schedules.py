"""The schedules of EventBridge's rules inside LocalStack: they go by the account's clock, to the second.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from ...aws import events
from ...aws.rules import event_forms
from ...aws.rules.event_targets import Event
from ...aws.rules.schedules import BadExpression, Schedule, read
from . import accounts, clock, doors, patching, under_way

DISABLED = "DISABLED"
_CHANGES = ("put_rule", "enable_rule", "disable_rule", "delete_rule")

Trigger = Callable[[Any, str, Event, int | None], object]
"""A rule sends an event to its targets: the rule, the event's id, the event, its cause."""


@dataclass(eq=False)
class RuleTimer:
    """A rule of LocalStack's that runs on its schedule. `due`: epoch seconds on the account's clock, None at
    its end."""

    rule: Any
    schedule: Schedule
    due: float | None
    stopped: threading.Event = field(default_factory=threading.Event)


_timers: dict[str, RuleTimer] = {}
_lock = threading.Lock()
_trigger: Trigger


def apply(trigger: Trigger) -> None:
    """Patch LocalStack's schedules."""
    from localstack.services.events.provider import EventsProvider
    from localstack.services.events.rule import RuleService

    global _trigger
    _trigger = trigger
    for name in _CHANGES:
        patching.wrap(EventsProvider, name, _changed, "context")
    patching.wrap(RuleService, "create_schedule_job", _no_job)


def _no_job(original: Callable[..., Any], service: Any, *args: Any, **kwargs: Any) -> Any:
    """LocalStack's own jobs run by this machine's minutes."""
    if accounts.get(service.rule.account_id) is None:
        return original(service, *args, **kwargs)
    return None


def _changed(original: Callable[..., Any], provider: Any, context: Any, *args: Any, **kwargs: Any) -> Any:
    if kwargs.get("schedule_expression"):
        _check(kwargs["schedule_expression"])
    answer = original(provider, context, *args, **kwargs)
    if accounts.get(context.account_id) is not None:
        _follow(provider.get_store(context.region, context.account_id))
    return answer


def _check(expression: str) -> None:
    from localstack.services.events.models import ValidationException

    try:
        read(expression)
    except BadExpression:
        raise ValidationException("Parameter ScheduleExpression is not valid.") from None


def _follow(store: Any) -> None:
    """A rule is new, or changed: its next time is counted from now."""
    rules = {rule.arn: rule for bus in list(store.event_buses.values()) for rule in list(bus.rules.values())}
    account, region = store._account_id, store._region_name
    with _lock:
        for arn, timer in list(_timers.items()):
            here, changed = arn.split(":")[3:5] == [region, account], rules.get(arn) is not timer.rule
            if here and (changed or timer.rule.state == DISABLED):
                timer.stopped.set()
                del _timers[arn]
        for arn, rule in rules.items():
            if rule.schedule_expression and rule.state != DISABLED and arn not in _timers:
                _begin(arn, rule)
    clock.notify()


def _begin(arn: str, rule: Any) -> None:
    schedule = read(rule.schedule_expression)
    timer = _timers[arn] = RuleTimer(rule, schedule, _after(schedule, clock.now(rule.account_id)))
    threading.Thread(target=_live, args=(timer,), name=f"harness-schedule {rule.name}", daemon=True).start()


def _live(timer: RuleTimer) -> None:
    account = timer.rule.account_id
    while timer.due is not None:
        if clock.wait(account, timer.due - clock.now(account), timer.stopped):
            return
        try:
            _run(timer.rule)
        except under_way.Ended:
            return
        timer.due = _after(timer.schedule, timer.due)


def _after(schedule: Schedule, at: float) -> float | None:
    due = schedule.after(datetime.fromtimestamp(at, UTC).replace(tzinfo=None))
    return None if due is None else due.replace(tzinfo=UTC).timestamp()


def _run(rule: Any) -> None:
    message = str(uuid4())
    event = event_forms.scheduled(rule.arn, message, clock.now(rule.account_id))
    actor = events.SERVICE.name
    accepted = doors.event(
        rule.account_id, "accepted", place=rule.arn, message=message, body=event, cause=None, actor=actor
    )
    _trigger(rule, message, event, accepted)


def _of(account: str) -> list[RuleTimer]:
    with _lock:
        return [timer for timer in _timers.values() if timer.rule.account_id == account]


def due(account: str) -> list[dict[str, Any]]:
    """The next run of each rule of an account that has a schedule."""
    return [
        {"what": f"schedule of {timer.rule.name}", "due": timer.due}
        for timer in _of(account)
        if timer.due is not None
    ]


def run(account: str, target: str) -> int:
    """Run each rule now that has a schedule and this target. Gives how many there are."""
    rules = [timer.rule for timer in _of(account)]
    found = [rule for rule in rules if any(each["Arn"] == target for each in rule.targets.values())]
    for rule in found:
        _run(rule)
    return len(found)


def forget(account: str) -> None:
    """The account is gone."""
    gone = _of(account)
    with _lock:
        for timer in gone:
            timer.stopped.set()
            _timers.pop(timer.rule.arn, None)
