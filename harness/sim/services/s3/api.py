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
        asked = params.get("NotificationConfiguration") or {}
        try:
            given = completed(asked, known, self._new_id)
        except NotAConfiguration as problem:
            named = {"ArgumentName": problem.name, "ArgumentValue": problem.value} if problem.name else {}
            raise ServiceError("InvalidArgument", problem.message, 400, **named) from None
        if not params.get("SkipDestinationValidation"):
            self._try(bucket, asked)
        found.configure(given)
        return {}

    def _of(self, bucket: str) -> BucketNotifications:
        if not self._exists(bucket):
            raise ServiceError("NoSuchBucket", "The specified bucket does not exist", 404, BucketName=bucket)
        return self._buckets.setdefault(bucket, BucketNotifications())

    def _try(self, bucket: str, asked: Params) -> None:
        """Raise an error that names each target which is out of reach.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html
        """
        reasons = ((target, id_, self._attempt(bucket, target)) for target, id_ in tried(asked))
        refused = [(f"{target}, {id_ or 'null'}", why) for target, id_, why in reasons if why]
        if refused:
            names = {f"ArgumentName{index}": name for index, (name, _) in enumerate(refused, 1)}
            values = {f"ArgumentValue{index}": why for index, (_, why) in enumerate(refused, 1)}
            raise ServiceError("InvalidArgument", NOT_VALID, 400, **names, **values)
