"""Policies of authorizers, limits, keys and quotas."""

from __future__ import annotations

import pytest

from harness.aws.rules.http.guards import RateLimit, TokenBucket, allows
from harness.aws.rules.http.usage import ApiKey, Quota, Usage, UsagePlan

ARN = "arn:aws:execute-api:us-east-1:123456789012:a/prod/GET/rooms/12"
DAY = 86_400.0


def statement(effect="Allow", action="execute-api:Invoke", resource="*"):
    return {"Effect": effect, "Action": action, "Resource": resource}


@pytest.mark.parametrize(
    ("statements", "allowed"),
    [
        ([], None),
        (statement(), True),
        ([statement(resource=["no", ARN[:-2] + "*"])], True),
        ([statement(action="execute-api:*")], True),
        ([statement(action="s3:GetObject")], None),
        ([statement(resource=ARN + "/more")], None),
        ([statement(), statement("Deny")], False),
        (["no statement"], None),
    ],
    ids=[
        "nothing",
        "one",
        "several resources",
        "any action",
        "another",
        "elsewhere",
        "denied",
        "no statement",
    ],
)
def test_a_policy_lets_in_denies_or_says_nothing(statements, allowed):
    assert allows({"Statement": statements}, ARN) is allowed


def test_a_bucket_is_full_at_first_and_fills_again():
    bucket = TokenBucket(RateLimit(rate=2, burst=3), 0.0)
    assert [bucket.take(0.0) for _ in range(4)] == [True, True, True, False]
    assert [bucket.take(0.5) for _ in range(2)] == [True, False]
    assert [bucket.take(100.0) for _ in range(4)] == [True, True, True, False]


def used(**plan):
    usage = Usage()
    usage.add_key(ApiKey("k", "secret"))
    usage.add_plan(UsagePlan("p", frozenset([("a", "prod")]), **plan))
    usage.join("p", "k")
    return usage


def ask(usage, now=0.0, value="secret", stage="prod"):
    return usage.refuses(value, "a", stage, "/work/GET", now)


def test_a_key_is_for_the_stages_of_its_plans():
    usage = used()
    assert [ask(usage), ask(usage, stage="test"), ask(usage, value="no")] == ["", *["INVALID_API_KEY"] * 2]


def test_a_key_that_is_off_is_nobody_s():
    usage = used()
    usage.add_key(ApiKey("k", "secret", enabled=False))
    assert ask(usage) == "INVALID_API_KEY"


@pytest.mark.parametrize(("period", "days"), [("DAY", 1), ("WEEK", 7), ("MONTH", 31)])
def test_a_quota_begins_anew_with_each_period(period, days):
    usage = used(quota=Quota(1, period))
    assert [ask(usage), ask(usage), ask(usage, now=days * DAY)] == ["", "QUOTA_EXCEEDED", ""]


def test_a_week_begins_on_sunday():
    usage, saturday = used(quota=Quota(1, "WEEK")), 2 * DAY  # 1970 began on a Thursday
    assert [ask(usage, saturday), ask(usage, saturday + DAY)] == ["", ""]


def test_a_method_has_a_limit_of_its_own():
    usage = used(methods={("a", "prod", "/work/GET"): RateLimit(1, 1)})
    assert [ask(usage), ask(usage), ask(usage, now=1.0)] == ["", "THROTTLED", ""]


def test_what_is_not_there_can_not_be_joined():
    with pytest.raises(LookupError, match="there is no API key x"):
        used().join("p", "x")
    with pytest.raises(LookupError, match="there is no usage plan x"):
        used().join("x", "k")
