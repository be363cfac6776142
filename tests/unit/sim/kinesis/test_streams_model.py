"""A stream as a state machine: its shards always cover all hash keys, and children come after parents."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from harness.aws.rules.kinesis.limits import MIB, Throughput
from harness.aws.rules.kinesis.model import StreamState
from harness.aws.rules.kinesis.shards import HASH_KEY_MAX, hash_key

CHANGES = st.lists(st.tuples(st.sampled_from(["split", "merge", "scale"]), st.integers(1, 7)), max_size=6)


def stream(shards: int = 1) -> StreamState:
    made = StreamState("s", "arn:aws:kinesis:us-east-1:123456789012:stream/s", "123456789012", 0.0)
    made.create(shards, 0.0)
    return made


def change(made: StreamState, what: str, number: int, now: float) -> None:
    opened = made.open_shards()
    shard = opened[number % len(opened)]
    if what == "split" and shard.last - shard.first > 7:
        made.split(shard, shard.first + (shard.last - shard.first) // 2, now)
    elif what == "merge" and len(opened) > 1:
        at = number % (len(opened) - 1)
        made.merge(opened[at], opened[at + 1], now)
    elif what == "scale":
        made.scale(number, now)


@given(CHANGES)
def test_open_shards_cover_every_hash_key_once(changes):
    made = stream(2)
    for now, (what, number) in enumerate(changes, 1):
        change(made, what, number, float(now))
    opened = made.open_shards()
    assert (opened[0].first, opened[-1].last) == (0, HASH_KEY_MAX)
    assert all(one.last + 1 == other.first for one, other in pairwise(opened))


@given(CHANGES, st.text(min_size=1, max_size=5))
def test_sequence_numbers_of_one_key_grow_through_every_resharding(changes, key):
    made, numbers = stream(2), []
    for now, (what, number) in enumerate(changes, 1):
        for _ in range(2):
            shard = made.shard_for(key)
            assert shard.first <= hash_key(key) <= shard.last
            numbers.append(made.put(shard, key, b"x", float(now)).number)
        change(made, what, number, float(now))
    assert numbers == sorted(set(numbers))
    assert {len(str(number)) for number in numbers} <= {56}


def test_a_shard_has_two_parents_at_most():
    made = stream(5)
    made.scale(3, 1.0)
    made.scale(4, 2.0)
    assert all(len(shard.parents) <= 2 for shard in made.shards)
    assert [len(made.children(shard)) > 0 for shard in made.shards] == [not s.is_open for s in made.shards]


def test_each_second_has_a_throughput_of_its_own():
    used = Throughput()
    assert [used.write(MIB // 2, at) for at in (0.0, 0.5, 0.9, 1.0)] == [True, True, False, True]


def test_a_second_read_of_two_mebibytes_makes_the_next_wait():
    used = Throughput()
    for _ in range(2):
        assert used.begin_read(0.1)
        used.end_read(MIB * 3 // 2, 0.1)
    assert [used.begin_read(at) for at in (0.2, 1.4, 1.5)] == [False, False, True]
