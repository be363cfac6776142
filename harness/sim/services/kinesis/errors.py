"""The errors of Kinesis in AWS's words.

https://docs.aws.amazon.com/kinesis/latest/APIReference/CommonErrors.html
"""

from __future__ import annotations

from harness.aws.rules.kinesis.model import StreamState
from harness.aws.rules.kinesis.shards import Shard
from harness.sim.services.service import ServiceError


def invalid(message: str) -> ServiceError:
    """InvalidArgumentException."""
    return ServiceError("InvalidArgumentException", message)


def not_valid(message: str) -> ServiceError:
    """ValidationException."""
    return ServiceError("ValidationException", message)


def not_found(message: str) -> ServiceError:
    """ResourceNotFoundException."""
    return ServiceError("ResourceNotFoundException", message)


def in_use(message: str) -> ServiceError:
    """ResourceInUseException."""
    return ServiceError("ResourceInUseException", message)


def too_much(message: str) -> ServiceError:
    """LimitExceededException."""
    return ServiceError("LimitExceededException", message)


def no_stream(name: str, account: str) -> ServiceError:
    """There is no such stream."""
    return not_found(f"Stream {name} under account {account} not found.")


def no_shard(shard_id: str, stream: StreamState) -> ServiceError:
    """There is no such shard."""
    return not_found(
        f"Shard {shard_id} in stream {stream.name} under account {stream.account} does not exist"
    )


def no_consumer(name: str, stream_arn: str) -> ServiceError:
    """There is no such consumer."""
    return not_found(f"Consumer {name}, stream {stream_arn} not found.")


def rate_exceeded(shard: Shard, stream: StreamState) -> ServiceError:
    """ProvisionedThroughputExceededException: the shard has no throughput left."""
    return ServiceError(
        "ProvisionedThroughputExceededException",
        f"Rate exceeded for shard {shard.id} in stream {stream.name} under account {stream.account}.",
    )
