"""Answers of functions as answers to requests: whatever they are, a client gets one."""

from hypothesis import given
from hypothesis import strategies as st

from harness.aws.rules.http.answers import answer_of
from harness.aws.rules.http.model import ApiKind, ServedApi

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
ANSWERS = JSON | st.fixed_dictionaries(
    {},
    optional={
        "statusCode": JSON | st.just(200),
        "headers": JSON,
        "multiValueHeaders": JSON,
        "body": JSON,
        "isBase64Encoded": st.booleans(),
        "cookies": JSON,
    },
)


@given(st.sampled_from(ApiKind), st.sampled_from(["1.0", "2.0"]), ANSWERS)
def test_there_is_always_an_answer(kind, payload, given_):
    answer = answer_of(ServedApi(kind, "arn", "id"), payload, given_)
    assert 100 <= answer.status <= 599
    assert all(isinstance(name, str) and isinstance(value, str) for name, value in answer.headers)
