"""The lineage of invocations in X-Ray headers."""

from __future__ import annotations

from urllib.parse import quote

from harness.aws.rules.recursion import FUNCTIONS_MAX, invocations_before, lineage_of

WORK, OTHER = (f"arn:aws:lambda:us-east-1:123456789012:function:{name}" for name in ("work", "other"))


def chain(*functions):
    """The header after these functions have run, one because of the other."""
    header = ""
    for function in functions:
        header = f"Root=1-0-0;Lineage={lineage_of(header, function)}"
    return header


def test_each_function_of_a_chain_is_counted():
    header = chain(WORK, OTHER, WORK, WORK)
    assert [invocations_before(header, one) for one in (WORK, OTHER)] == [3, 1]


def test_a_request_without_a_lineage_begins_a_chain():
    assert invocations_before("Root=1-0-0;Sampled=1", WORK) == 0
    assert lineage_of("Root=1-0-0;Sampled=1", WORK) == lineage_of("", WORK)


def test_a_header_is_read_as_the_sdk_quotes_it():
    header = quote(chain(WORK, OTHER), safe="-=;:+&[]{}\"',")
    assert "%7C" in header
    assert [invocations_before(header, one) for one in (WORK, OTHER)] == [1, 1]


def test_what_is_no_lineage_counts_nothing():
    assert invocations_before("Lineage=nonsense|1:zz:9|;;==", WORK) == 0


def test_a_long_chain_keeps_its_latest_functions():
    others = [f"{OTHER}-{n}" for n in range(FUNCTIONS_MAX)]
    header = chain(WORK, *others)
    assert invocations_before(header, WORK) == 0
    assert all(invocations_before(header, other) == 1 for other in others)
