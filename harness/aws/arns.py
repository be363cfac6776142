"""Amazon Resource Names: parsed and built.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

AWS = "aws"
FORM = "arn:aws:{service}:{region}:{account}:{name}"
"""The form of most ARNs."""


@dataclass(frozen=True, slots=True)
class Arn:
    """The parts of an ARN. `resource` is everything after the account: "function:Billing", "table/Ledger"."""

    partition: str
    service: str
    region: str
    account: str
    resource: str

    def __str__(self) -> str:
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account}:{self.resource}"

    def of_resource(self, resource: str) -> Arn:
        """The ARN of another resource of the same service, region and account."""
        return Arn(self.partition, self.service, self.region, self.account, resource)


@lru_cache(maxsize=4096)
def parse(text: str) -> Arn | None:
    """The parts of an ARN; None for any other text."""
    parts = text.split(":", 5)
    if len(parts) < 6 or parts[0] != "arn" or not parts[1] or not parts[2]:
        return None
    return Arn(*parts[1:])


def is_arn(text: str) -> bool:
    """Is it an ARN, rather than a name or a URL?"""
    return parse(text) is not None


def build(service: str, region: str, account: str, resource: str, partition: str = AWS) -> str:
    """An ARN of these parts.

    >>> build("sqs", "us-east-1", "123456789012", "Orders")
    'arn:aws:sqs:us-east-1:123456789012:Orders'
    """
    return str(Arn(partition, service, region, account, resource))


def name_of(text: str) -> str:
    """The last part of an ARN, a URL or a name: what people call the resource.

    >>> name_of("arn:aws:dynamodb:us-east-1:123456789012:table/Ledger"), name_of("Ledger")
    ('Ledger', 'Ledger')
    """
    return text.rpartition("/")[2].rpartition(":")[2]
