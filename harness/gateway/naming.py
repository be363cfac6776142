"""ARNs as the guest has them: the roles that they play."""

from __future__ import annotations

from harness import aws
from harness.aws import Role


def is_function(arn: str) -> bool:
    """Is it the ARN of something that runs, as a function does?"""
    return aws.role_of(arn) is Role.RUNS


def is_topic(arn: str) -> bool:
    """Is it the ARN of something that fans out, as a topic does, or of one of its subscriptions?"""
    return aws.role_of(arn) is Role.FANS_OUT
