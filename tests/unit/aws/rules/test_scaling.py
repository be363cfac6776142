"""How many batches of a mapping run at once."""

from __future__ import annotations

from harness.aws.rules.scaling import Pace, Scale


def test_a_mapping_scales_by_300_batches_a_minute():
    scale = Scale(None, 100.0)
    assert scale.at(100.0) == 5
    assert scale.at(160.0) == 305
    assert scale.at(10_000.0) == 1250
    scale.back_off(160.0)
    assert scale.at(160.0) == 152


def test_a_mapping_never_exceeds_its_maximum_concurrency():
    scale = Scale(2, 0.0)
    assert scale.at(0.0) == scale.at(1000.0) == 2
    for _ in range(9):
        scale.back_off(1000.0)
    assert scale.at(1000.0) == 1


def test_a_slower_pace_begins_with_fewer_and_has_its_own_most():
    scale = Scale(None, 100.0, Pace(at_start=2.0, per_second=1.0, most=5.0))
    assert [scale.at(100.0 + seconds) for seconds in (0, 0.9, 1, 3, 60)] == [2, 2, 3, 5, 5]
    scale.back_off(160.0)
    assert [scale.at(160.0 + seconds) for seconds in (0, 1, 60)] == [2, 3, 5]


def test_it_begins_anew_after_a_pause():
    scale = Scale(None, 0.0)
    assert scale.at(60.0) == 305
    scale.begin(600.0)
    assert scale.at(600.0) == 5
    assert scale.grows_after(600.0)
    assert not scale.grows_after(10_000.0)
