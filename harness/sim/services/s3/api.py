"""The operations on notification configurations.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

from harness.aws import arns
from harness.sim.services.s3.model import KINDS, BucketNotifications, Notification, entries, notification
from harness.sim.services.service import Caller, Operation, Params, ServiceError
from harness.wire import service_model

TRIED = ("TopicConfigurations", "QueueConfigurations")
"""The targets that S3 tries with a test event."""
_NOT_VALID = "Unable to validate the following destination configurations"


class NotificationsApi:
    """One method an operation."""

    def __init__(
        self,
        buckets: dict[str, BucketNotifications],
        exists: Callable[[str], bool],
        attempt: Callable[[str, str], str],
        new_id: Callable[[], str],
    ) -> None:
        """`exists` says whether there is a bucket; `attempt` sends a test event from a bucket to a target,
        and gives the reason why it can't."""
        self._buckets = buckets
        self._exists = exists
        self._attempt = attempt
        self._new_id = new_id

    def operations(self) -> dict[str, Operation]:
        """By their names."""
        return {
            "GetBucketNotificationConfiguration": self.get_configuration,
            "PutBucketNotificationConfiguration": self.put_configuration,
        }

    def get_configuration(self, params: Params, caller: Caller) -> Params:
        return dict(self._of(params["Bucket"]).given)

    def put_configuration(self, params: Params, caller: Caller) -> Params:
        bucket = params["Bucket"]
        found = self._of(bucket)
        asked = params.get("NotificationConfiguration") or {}
        for kind, entry in entries(asked):
            _check(kind, entry)
        given = self._completed(asked)
        notifications = tuple(notification(kind, entry) for kind, entry in entries(given))
        _check_overlaps(notifications)
        if not params.get("SkipDestinationValidation"):
            for kind, entry in entries(given):
                if kind in TRIED:
                    self._try(bucket, entry[KINDS[kind][0]])
        found.given, found.notifications = given, notifications
        return {}

    def _of(self, bucket: str) -> BucketNotifications:
        if not self._exists(bucket):
            raise ServiceError("NoSuchBucket", "The specified bucket does not exist", 404, BucketName=bucket)
        return self._buckets.setdefault(bucket, BucketNotifications())

    def _completed(self, given: Params) -> dict[str, Any]:
        """A configuration as S3 shows it: each entry has an id, and names of filters a capital letter."""
        found: dict[str, Any] = {}
        for kind, entry in entries(given):
            shown = {**entry, "Id": entry.get("Id") or self._new_id()}
            rules = ((entry.get("Filter") or {}).get("Key") or {}).get("FilterRules")
            if rules is not None:
                named = [{**rule, "Name": rule["Name"].capitalize()} for rule in rules]
                shown["Filter"] = {"Key": {"FilterRules": named}}
            found.setdefault(kind, []).append(shown)
        if given.get("EventBridgeConfiguration") is not None:
            found["EventBridgeConfiguration"] = {}
        return found

    def _try(self, bucket: str, target: str) -> None:
        why = self._attempt(bucket, target)
        if why:
            raise _invalid(_NOT_VALID, target, why)


def _check(kind: str, entry: Params) -> None:
    member, called = KINDS[kind]
    if arns.parse(entry[member]) is None:
        raise _invalid("The ARN could not be parsed", called, entry[member])
    if entry[member].endswith(".fifo"):
        raise _invalid("FIFO SQS queues and topics are not supported", called, entry[member])
    known = service_model("s3").shape_for("Event").enum
    if not entry.get("Events") or any(event not in known for event in entry["Events"]):
        raise ServiceError("InvalidArgument", "A specified event is not supported for notifications")
    for rule in ((entry.get("Filter") or {}).get("Key") or {}).get("FilterRules") or ():
        if rule.get("Name", "").lower() not in ("prefix", "suffix"):
            message = "filter rule name must be either prefix or suffix"
            raise _invalid(message, "FilterRule.Name", rule.get("Name", ""))


def _check_overlaps(notifications: tuple[Notification, ...]) -> None:
    if any(one.overlaps(other) for one, other in combinations(notifications, 2)):
        raise ServiceError(
            "InvalidArgument",
            "Configurations overlap. Configurations on the same bucket cannot share a common event type.",
        )


def _invalid(message: str, name: str, value: str) -> ServiceError:
    return ServiceError("InvalidArgument", message, 400, ArgumentName=name, ArgumentValue=value)
