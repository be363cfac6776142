"""S3's notifications inside LocalStack: every delivery is a hop, tried again until it arrives.

Also mended for accounts that have begun: configurations are checked, and tried with a test event, as S3 does;
keys and sequencers are as in S3's own events; filters are those of keys as they are.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

from botocore.exceptions import ClientError
from localstack.aws.connect import connect_to

from ... import aws
from ...aws import s3
from ...aws.parcels import EventParcel, ObjectParcel, Parcel, Text
from ...aws.rules import bucket_notifications as rules
from ...aws.rules.bucket_notifications import BucketNotifications, NotAConfiguration, ObjectEvent
from ...aws.rules.bucket_records import SUBJECT, event_for_bus, records, test_event
from ...aws.rules.event_retries import RetryPolicy
from . import accounts, clock, doors, hops, patching, retried, under_way
from .account_time import acting_for
from .context import Context, current, using
from .doors import TargetRefused
from .retried import RetriedJob

_ACTOR = s3.SERVICE.name
_TRACE = "X-Amzn-Trace-Id"
_COMPLETED = "ObjectRestore:Completed"


def apply() -> None:
    """Patch LocalStack's S3."""
    from localstack.services.s3.provider import S3Provider

    patching.wrap(S3Provider, "_notify", _notify, "context", "s3_bucket", "s3_object", "s3_notif_ctx")
    patching.wrap(S3Provider, "delete_object", _delete, "bucket", "key")
    patching.wrap(
        S3Provider,
        "put_bucket_notification_configuration",
        _configure,
        "bucket",
        "notification_configuration",
        "skip_destination_validation",
    )


def _configure(
    original: Callable[..., Any],
    provider: Any,
    context: Any,
    bucket: str,
    notification_configuration: Mapping[str, Any],
    **kwargs: Any,
) -> Any:
    _, kept = provider._get_cross_account_bucket(context, bucket)
    if accounts.get(kept.bucket_account_id) is None:
        return original(provider, context, bucket, notification_configuration, **kwargs)
    from localstack.aws.api.s3 import Event, InvalidArgument

    try:
        given = rules.completed(notification_configuration, set(Event), lambda: str(uuid4()))
        for target, _ in () if kwargs.get("skip_destination_validation") else rules.tried(given):
            _try(kept, target)
    except NotAConfiguration as problem:
        named = {"ArgumentName": problem.name, "ArgumentValue": problem.value} if problem.name else {}
        raise InvalidArgument(problem.message, **named) from None
    kept.notification_configuration = given
    _of(kept).configure(given)
    return None


def _of(bucket: Any) -> BucketNotifications:
    found: BucketNotifications = bucket.__dict__.setdefault("harness_notifications", BucketNotifications())
    return found


def _try(bucket: Any, target: str) -> None:
    """Send a test event, as S3 does when it is told of a target. Raises `NotAConfiguration`."""
    source, account = f"arn:aws:s3:::{bucket.name}", bucket.bucket_account_id
    message, why = str(uuid4()), current()
    body = test_event(bucket.name, clock.now(account), message)
    parcel = aws.parcel(target, Text(text=json.dumps(body), subject=SUBJECT))
    if parcel is None:
        raise NotAConfiguration(rules.NOT_VALID, target, "The destination is of no kind that S3 notifies")
    accepted = doors.note(
        account, "accepted", place=source, message=message, body=body, cause=why.cause, actor=why.actor
    )
    failed = retried.attempt(_job(account, source, target, message, parcel, accepted).delivery, 1)
    if failed is not None:
        raise NotAConfiguration(rules.NOT_VALID, target, rules.out_of_reach(target, failed.code))


def put(bucket: str, parcel: ObjectParcel, why: Context, account: str) -> None:
    """Keep an object in a bucket, known by its ARN. Raises `TargetRefused`."""
    with using(why), acting_for(account):
        client = connect_to(aws_access_key_id=account).s3
        try:
            client.put_object(Bucket=bucket.rpartition(":")[2], Key=parcel.key, Body=parcel.body.encode())
        except ClientError as problem:
            told = problem.response["Error"]
            raise TargetRefused(told["Code"], told.get("Message") or "", retryable=False) from None
    if why.reached is not None:
        why.reached([parcel.key])


def _notify(
    original: Callable[..., Any],
    provider: Any,
    context: Any,
    s3_bucket: Any,
    s3_object: Any = None,
    s3_notif_ctx: Any = None,
) -> Any:
    """Something has happened to an object."""
    account = s3_bucket.bucket_account_id
    if accounts.get(account) is None:
        return original(provider, context, s3_bucket, s3_object, s3_notif_ctx)
    from localstack.services.s3.notifications import S3EventNotificationContext

    found = _of(s3_bucket)
    if not found.given:
        return None
    told = s3_notif_ctx or S3EventNotificationContext.from_request_context(context, s3_bucket, s3_object)
    event = _event(told, s3_bucket, found, rules.reason(context.operation.name))
    trace, why = context.request.headers.get(_TRACE) or "", current()
    tell = partial(_send, event, found, account, trace, why)
    if event.name != _COMPLETED:
        tell()
        return None

    def later(work: under_way.Work) -> None:
        work.wait(rules.SECONDS_TO_RESTORE, f"restore in {s3_bucket.name}")
        tell()

    under_way.start(account, hops.DELIVERY, event.bucket, later)
    return None


def _delete(
    original: Callable[..., Any], provider: Any, context: Any, bucket: str, key: str, **kwargs: Any
) -> Any:
    """To delete what isn't there is an event, too (recorded on AWS, 2023)."""
    _, kept = provider._get_cross_account_bucket(context, bucket)
    is_there = kept.versioning_status is not None or key in kept.objects
    answer = original(provider, context, bucket, key, **kwargs)
    if not is_there and accounts.get(kept.bucket_account_id) is not None:
        from localstack.services.s3.models import S3Object

        provider._notify(context, kept, S3Object(key=key, etag=""))
    return answer


def _event(told: Any, bucket: Any, found: BucketNotifications, reason: str) -> ObjectEvent:
    """An event of LocalStack's in our words."""
    name, key = str(told.event_type).removeprefix("s3:"), unquote(told.key_name)
    removed = name.startswith("ObjectRemoved")
    version = told.key_version_id or ""
    at = clock.now(bucket.bucket_account_id) + (rules.SECONDS_TO_RESTORE if name == _COMPLETED else 0.0)
    return ObjectEvent(
        name=name,
        bucket=bucket.name,
        key=key,
        at=at,
        region=bucket.bucket_region,
        reason=reason,
        request_id=told.request_id,
        sequencer=found.next_sequencer(at),
        size=None if removed else told.key_size,
        etag="" if name == "ObjectRemoved:Delete" else told.key_etag,
        version="" if version == "null" else version,
        archived_in=(told.key_storage_class or "") if name.startswith("ObjectRestore") else "",
        restored_until=_restored_until(bucket, key, version) if name == _COMPLETED else None,
    )


def _restored_until(bucket: Any, key: str, version: str) -> float:
    """The end of the copy: LocalStack keeps it in the header that tells of it."""
    header = str(bucket.get_object(key=key, version_id=version or None).restore)
    return parsedate_to_datetime(header.partition('expiry-date="')[2].rstrip('"')).timestamp()


def _send(event: ObjectEvent, found: BucketNotifications, account: str, trace: str, why: Context) -> None:
    """Tell everyone who is to be told of an event."""
    chosen = [each for each in found.notifications if each.wants(event.name)]
    for_bus = event_for_bus(event, account) if found.to_event_bridge else None
    if not chosen and for_bus is None:
        return
    source, message = f"arn:aws:s3:::{event.bucket}", str(uuid4())
    body = records(event, "", account) if chosen else for_bus
    accepted = doors.note(
        account, "accepted", place=source, message=message, body=body, cause=why.cause, actor=why.actor
    )
    for each in chosen:
        if not each.lets_pass(event.key):
            doors.note(
                account,
                "filtered",
                source=source,
                target=each.target,
                messages=[message],
                cause=accepted,
                actor=_ACTOR,
            )
            continue
        text = Text(text=json.dumps(records(event, each.id, account)), subject=SUBJECT, trace=trace)
        parcel = aws.parcel(each.target, text)
        assert parcel is not None, "a configuration names only targets that take something"
        retried.send(_job(account, source, each.target, message, parcel, accepted))
    if for_bus is not None:
        bus = f"arn:aws:events:{event.region}:{account}:event-bus/default"
        retried.send(_job(account, source, bus, message, EventParcel(event=for_bus), accepted))


def _job(
    account: str, source: str, target: str, message: str, parcel: Parcel, cause: int | None
) -> RetriedJob:
    """S3 delivers at least once, and has no dead-letter queue."""
    return RetriedJob(
        account=account,
        source=source,
        target=target,
        messages=(message,),
        parcel=parcel,
        actor=_ACTOR,
        next_delay=retried.by_policy(RetryPolicy()),
        cause=cause,
    )
