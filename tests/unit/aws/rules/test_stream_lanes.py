"""The lanes of a stream's shards, and when they can be read."""

from __future__ import annotations

from harness.aws.rules.stream_lanes import Lane, readable
from harness.aws.rules.streams import StreamShard

SHARDS = [StreamShard("parent", closed=True), StreamShard("child", parents=("parent", "forgotten"))]


def read(lanes):
    return [lane.shard for lane in readable(lanes, SHARDS, 2, lambda shard, number: Lane(shard, number, 0))]


def test_a_child_is_read_once_all_lanes_of_its_parents_are_finished():
    lanes = {}
    assert read(lanes) == ["parent", "parent"]
    lanes["parent", 0].finished = True
    assert "child" not in read(lanes)
    lanes["parent", 1].finished = True
    assert read(lanes) == ["parent", "parent", "child", "child"]


def test_a_lane_keeps_its_position():
    lanes = {("parent", 0): Lane("parent", 0, 7)}
    assert readable(lanes, SHARDS, 1, lambda shard, number: Lane(shard, number, 0))[0].position == 7
