"""EventBridge inside LocalStack: every delivery is a hop, with AWS's retries and dead-letter queues.

A bus accepts an event, each rule that wants it gets it over a hop of its own, and sends it on to its targets.
Also mended for accounts that have begun: rules that are disabled pick nothing, and schedules go by the
account's clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from typing import Any
from uuid import uuid4

from ... import aws
from ...aws import events
from ...aws.parcels import EventParcel, OutsideParcel, Parcel
from ...aws.rules import event_forms
from ...aws.rules.event_retries import RetryPolicy
from ...aws.rules.event_targets import Event, RuleTarget, as_taken
from ...aws.rules.patterns import EVENTBRIDGE, Pattern, read
from . import NOT_OFFERED, accounts, clock, doors, patching, providers, retried, rule_schedules
from .context import Context, current
from .doors import AskedHop, TargetRefused
from .functions import account_of, parts_of
from .hops import Reached
from .retried import JobFailure, RetriedJob

_ACTOR = events.SERVICE.name


def apply() -> None:
    """Patch LocalStack's EventBridge."""
    from localstack.services.events.provider import EventsProvider

    patching.wrap(
        EventsProvider,
        "_process_entry",
        _take_in,
        "entry",
        "processed_entries",
        "failed_entry_count",
        "context",
    )
    patching.wrap(EventsProvider, "create_archive", _no_archive, "context")
    rule_schedules.apply(trigger)


def _no_archive(create: Callable[..., Any], provider: Any, context: Any, *args: Any, **kwargs: Any) -> Any:
    """An archive would stay empty: LocalStack fills it by deliveries that don't pass the doors."""
    if accounts.get(context.account_id) is None:
        return create(provider, context, *args, **kwargs)
    from localstack.aws.api import CommonServiceException

    told = "archives of events: nobody sees what they replay inside LocalStack; the simulator has them"
    raise CommonServiceException("NotImplemented", told, status_code=NOT_OFFERED)


def _take_in(
    original: Callable[..., Any],
    provider: Any,
    entry: Any,
    processed_entries: list[Any],
    failed_entry_count: dict[str, int],
    context: Any,
) -> Any:
    """One entry of PutEvents."""
    account, region = context.account_id, context.region
    if accounts.get(account) is None:
        return original(provider, entry, processed_entries, failed_entry_count, context)
    refused = event_forms.refusal(entry, of_services=True)
    if refused is not None:
        processed_entries.append({"ErrorCode": refused[0], "ErrorMessage": refused[1]})
        failed_entry_count["count"] += 1
        return None
    named = entry.get("EventBusName") or "default"
    bus = aws.arn_of(events.SERVICE.name, named, region=region, account=account)
    event = event_forms.of_entry(entry, str(uuid4()), account, region, clock.now(account))
    _accept(bus, event, current())
    processed_entries.append({"EventId": event["id"]})
    return None


def put(bus: str, parcel: EventParcel, why: Context) -> None:
    """Put an event on a bus. Raises `TargetRefused`."""
    if _bus(bus) is None:
        told = f"Event bus {bus.rpartition('/')[2]} does not exist."
        raise TargetRefused("ResourceNotFoundException", told, retryable=False)
    id_ = parcel.event.get("id") or str(uuid4())
    _accept(bus, event_forms.completed(parcel.event, bus, id_, clock.now(account_of(bus))), why)


def wants(bus: str, event: Event) -> bool:
    """Does anybody listen on a bus for such an event of a service?"""
    whole = event_forms.completed(event, bus, "-", clock.now(account_of(bus)))
    return any(_pattern(rule).wants(whole) for rule in _listening(bus))


def _accept(bus: str, event: Event, why: Context) -> None:
    """An event comes in: every rule that wants it gets it.

    AWS accepts events for a bus that doesn't exist, too; nobody gets them.
    """
    account, message = account_of(bus), event["id"]
    accepted = doors.note(
        account, "accepted", place=bus, message=message, body=event, cause=why.cause, actor=why.actor
    )
    if why.reached is not None:
        why.reached([message])
    tell = partial(doors.note, account, cause=accepted, actor=_ACTOR)
    rules = list(_listening(bus))
    if not rules:
        tell("unheard", place=bus, message=message)
    for rule in rules:
        if _pattern(rule).wants(event):
            _pick(bus, rule.arn, event, accepted)
        else:
            tell("filtered", source=bus, target=rule.arn, messages=[message])


def _pick(bus: str, rule: str, event: Event, cause: int | None) -> None:
    """EventBridge delivers at least once, so what doesn't reach a rule is tried again."""

    def arrive(hop: AskedHop, reached: Reached) -> None:
        found, parcel = _rule(rule), hop.parcel
        assert isinstance(parcel, EventParcel), "a fault leaves the kind of a parcel as it is"
        if found is None:
            raise TargetRefused("ResourceNotFoundException", "the rule is gone", retryable=False)
        reached([event["id"]])
        trigger(found, event["id"], parcel.event, hop.seq)

    retried.send(
        RetriedJob(
            account=account_of(bus),
            source=bus,
            target=rule,
            messages=(event["id"],),
            parcel=EventParcel(event=event),
            actor=_ACTOR,
            next_delay=retried.by_policy(RetryPolicy()),
            cause=cause,
            arrive=arrive,
        )
    )


def trigger(rule: Any, message: str, event: Event, cause: int | None) -> None:
    """A rule sends an event to each of its targets."""
    targets = [RuleTarget.of(given) for given in list(rule.targets.values())]
    if not targets:
        doors.event(rule.account_id, "unheard", place=rule.arn, message=message, cause=cause, actor=_ACTOR)
    for target in targets:
        retried.send(_delivery(rule, target, message, event, cause))


def _delivery(rule: Any, target: RuleTarget, message: str, event: Event, cause: int | None) -> RetriedJob:
    def dead_letter(end: JobFailure) -> Any:
        failure = end.failure
        return target.dead_letter(
            rule.arn, event, failure.code, failure.message, exhausted=end.exhausted, retries=end.retries
        )

    return RetriedJob(
        account=rule.account_id,
        source=rule.arn,
        target=target.arn,
        messages=(message,),
        parcel=_parcel(rule, target, event),
        actor=_ACTOR,
        next_delay=retried.by_policy(target.retry),
        cause=cause,
        by_role=target.by_role,
        dead_letters=target.dead_letter_queue,
        dead_letter=dead_letter,
    )


def _parcel(rule: Any, target: RuleTarget, event: Event) -> Parcel:
    """What a service of no kind that takes parcels is given leaves, if it gets that far."""
    text = target.text(rule.arn, event, event_forms.moment(clock.now(rule.account_id)))
    parcel = aws.parcel(target.arn, text)
    if parcel is None:
        return OutsideParcel(protocol=target.arn.split(":")[2], endpoint=target.arn, body=text.text)
    return as_taken(parcel, rule.arn, target.arn, event)


def _bus(arn: str) -> Any | None:
    """LocalStack's bus. Every region of an account has a default one."""
    from localstack.services.plugins import SERVICE_PLUGINS

    SERVICE_PLUGINS.require(_ACTOR)
    there = parts_of(arn)
    store = providers.get(_ACTOR).get_store(there.region, there.account)
    return store.event_buses.get(there.resource.partition("/")[2])


def _rule(arn: str) -> Any | None:
    beginning, _, rest = arn.partition(":rule/")
    bus_name, _, name = rest.rpartition("/")
    bus = _bus(f"{beginning}:event-bus/{bus_name or 'default'}")
    return bus.rules.get(name) if bus is not None else None


def _listening(bus: str) -> Iterator[Any]:
    """The rules of a bus that look at events."""
    found = _bus(bus)
    for rule in list(found.rules.values()) if found is not None else ():
        if rule.event_pattern and not rule.schedule_expression and rule.state != rule_schedules.DISABLED:
            yield rule


def _pattern(rule: Any) -> Pattern:
    return _read(rule.event_pattern)


@lru_cache(1024)
def _read(text: str) -> Pattern:
    return read(text, EVENTBRIDGE)
