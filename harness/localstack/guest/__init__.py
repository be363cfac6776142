"""The part of harness that runs inside LocalStack: there it is `harness_guest.localstack.guest`.

Nothing in here imports from outside of this folder but `harness.aws`, which is copied with it (as
`harness_guest.aws`), the standard library, LocalStack, botocore and requests.
"""

VERSION = "0.2.0"
WATCHED = ("events", "kinesis", "lambda", "s3", "sns", "sqs", "stepfunctions")
"""The services whose deliveries pass its doors."""

NOT_OFFERED = 501
"""The status of an answer to a call that can't be followed; its message says why."""
