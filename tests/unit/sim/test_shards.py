"""The log of one shard."""

from harness.aws.rules.streams import AT_TIMESTAMP, LATEST, TRIM_HORIZON, ShardLog, StreamRecord


def log(*arrivals, retention=100.0):
    made = ShardLog(retention)
    for at in arrivals:
        made.append(StreamRecord(made.end, str(made.end), "k", at, {}))
    return made


def positions(records):
    return [record.position for record in records]


def test_reading_begins_at_a_position_and_gives_no_more_than_asked_for():
    assert positions(log(1, 2, 3, 4).read(1, 2, now=4)) == [1, 2]
    assert positions(log(1).read(1, 2, now=4)) == []


def test_records_are_gone_once_their_retention_has_ended():
    made = log(1, 2, 3)
    assert positions(made.read(0, 10, now=101.5)) == [1, 2]
    assert positions(made.trimmed(0, now=101.5)) == [0]
    assert positions(made.trimmed(1, now=101.5)) == []
    assert made.horizon(now=500) == 3


def test_a_start_is_a_position():
    made = log(1, 2, 3)
    assert made.start(LATEST, now=3) == 3
    assert made.start(TRIM_HORIZON, now=102) == 2
    assert made.start(AT_TIMESTAMP, now=3, timestamp=1.5) == 1
    assert made.start(AT_TIMESTAMP, now=102, timestamp=0) == 2
