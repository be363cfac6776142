"""The rules: one module a rule, with a check, its manual as docstring, and AWS's page.

A new rule is a module with a `RULE`, its line here, and a test of a bad, a good and an edge template.
"""

from __future__ import annotations

from harness.lint.rule import Rule
from harness.lint.rules import (
    answer_hides_failure,
    async_without_destination,
    concurrency_over_reserved,
    dead_letter_type,
    dead_letters_expire_early,
    definition_refused,
    destination_feeds_back,
    expires_before_dead_letters,
    fifo_mismatch,
    fifo_without_deduplication,
    key_shuts_out_senders,
    mapping_refused,
    one_receive,
    placeholder_unfilled,
    queue_refuses_deliveries,
    queue_without_dead_letters,
    redrive_not_allowed,
    rule_without_dead_letters,
    schedule_without_dead_letters,
    stream_batch_discarded,
    stream_blocked,
    stream_without_destination,
    subscription_without_dead_letters,
    throttled_into_dead_letters,
    unbounded_concurrency,
    unknown_reference,
    unknown_type,
    visibility_of_zero,
    visibility_too_short,
    whole_batch_retried,
)

RULES: dict[str, Rule] = {
    module.RULE.name: module.RULE
    for module in (
        visibility_too_short,
        visibility_of_zero,
        queue_without_dead_letters,
        one_receive,
        throttled_into_dead_letters,
        expires_before_dead_letters,
        dead_letters_expire_early,
        dead_letter_type,
        redrive_not_allowed,
        whole_batch_retried,
        concurrency_over_reserved,
        unbounded_concurrency,
        subscription_without_dead_letters,
        queue_refuses_deliveries,
        key_shuts_out_senders,
        fifo_mismatch,
        fifo_without_deduplication,
        async_without_destination,
        destination_feeds_back,
        rule_without_dead_letters,
        schedule_without_dead_letters,
        stream_without_destination,
        stream_blocked,
        stream_batch_discarded,
        answer_hides_failure,
        unknown_reference,
        unknown_type,
        mapping_refused,
        definition_refused,
        placeholder_unfilled,
    )
}
"""By name, in the order of the manual."""
