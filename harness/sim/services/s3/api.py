"""The operations on notification configurations.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html
"""

from __future__ import annotations

from collections.abc import Callable

from harness.aws.rules.bucket_notifications import (
    NOT_VALID,
    BucketNotifications,
    NotAConfiguration,
    completed,
    tried,
)
from harness.sim.services.service import Caller, Operation, Params, ServiceError
from harness.wire import service_model


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
        known = service_model("s3").shape_for("Event").enum
        try:
            given = completed(params.get("NotificationConfiguration") or {}, known, self._new_id)
            if not params.get("SkipDestinationValidation"):
                for target in tried(given):
                    self._try(bucket, target)
        except NotAConfiguration as problem:
            named = {"ArgumentName": problem.name, "ArgumentValue": problem.value} if problem.name else {}
            raise ServiceError("InvalidArgument", problem.message, 400, **named) from None
        found.configure(given)
        return {}

    def _of(self, bucket: str) -> BucketNotifications:
        if not self._exists(bucket):
            raise ServiceError("NoSuchBucket", "The specified bucket does not exist", 404, BucketName=bucket)
        return self._buckets.setdefault(bucket, BucketNotifications())

    def _try(self, bucket: str, target: str) -> None:
        why = self._attempt(bucket, target)
        if why:
            raise NotAConfiguration(NOT_VALID, target, why)
