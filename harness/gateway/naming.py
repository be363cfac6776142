"""ARNs as the guest has them, and what they are called in the history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness import aws
from harness.aws import Role

if TYPE_CHECKING:
    from harness.gateway.memory import Memory

ASYNC = "#async"
"""What follows a function's ARN where its queue of asynchronous events is meant."""


def display_name(memory: Memory, arn: str) -> str:
    """A display name; a function's queue of asynchronous events has one of its own."""
    return memory.name_of(arn)


def actor_name(memory: Memory, actor: str) -> str:
    """Who acts, as the history has it: functions and their mappings by display name."""
    if actor.startswith("mapping:"):
        return f"mapping:{memory.name_of(actor.removeprefix('mapping:'))}"
    return memory.name_of(actor) if actor.startswith("arn:") else actor


def is_function(arn: str) -> bool:
    """Is it the ARN of something that runs, as a function does?"""
    return aws.role_of(arn) is Role.RUNS


def is_queue(arn: str) -> bool:
    """Is it the ARN of something that holds messages, as a queue does?"""
    return aws.role_of(arn) is Role.HOLDS


def is_topic(arn: str) -> bool:
    """Is it the ARN of something that fans out, as a topic does, or of one of its subscriptions?"""
    return aws.role_of(arn) is Role.FANS_OUT
