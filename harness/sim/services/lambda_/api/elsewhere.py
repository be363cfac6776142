"""Lambda's reads from services that hold state: code from S3, the network of a subnet from EC2."""

from __future__ import annotations

from harness.sim.services.held import HeldByMoto
from harness.sim.services.lambda_.errors import invalid
from harness.sim.services.service import ServiceError


class Elsewhere:
    """S3 and EC2 as Lambda sees them."""

    def __init__(self, held: HeldByMoto) -> None:
        self._held = held

    def read_object(self, bucket: str, key: str, version: str | None) -> bytes:
        """An object's content. Raises `ServiceError` in the words of S3."""
        from moto.s3.exceptions import MissingBucket

        try:
            found = self._held.backend("s3", "aws").get_object(bucket, key, version)
        except MissingBucket:
            raise ServiceError("NoSuchBucket", "The specified bucket does not exist", 404) from None
        if found is None:
            raise ServiceError("NoSuchKey", "The specified key does not exist.", 404)
        content: bytes = found.value
        return content

    def vpc_of(self, subnet: str, region: str) -> str:
        """The network that a subnet is part of."""
        from moto.ec2.exceptions import InvalidSubnetIdError

        try:
            return str(self._held.backend("ec2", region).get_subnet(subnet).vpc_id)
        except InvalidSubnetIdError:
            raise invalid(
                "Error occurred while DescribeSubnets. EC2 Error Code: InvalidSubnetID.NotFound. "
                f"EC2 Error Message: The subnet ID '{subnet}' does not exist"
            ) from None
