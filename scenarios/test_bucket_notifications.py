"""An object in a bucket starts a function. S3 tells of it at least once, and in any order."""

import pytest

from harness import expect, faults, scenario


@scenario("fixtures/apps/scans/template.yaml")
def test_every_scan_is_read(app):
    for n in range(3):
        app.bucket("Scans").put(f"letter-{n}.scan", f"hello {n}")
    app.settle()
    texts = [row["text"] for row in app.table("Documents").rows()]
    assert sorted(texts) == ["HELLO 0", "HELLO 1", "HELLO 2"]
    expect(app).nothing_lost()


def test_a_notification_that_comes_twice_changes_nothing(scans, chaos):
    chaos.inject(faults.redeliver("Scans", "Index"))
    scans.bucket("Scans").put("letter.scan", "hello")
    scans.settle()
    assert [row["text"] for row in scans.table("Documents").rows()] == ["HELLO"]
    expect(scans).nothing_lost()


def test_the_older_of_two_versions_does_not_win_by_coming_late(scans, chaos):
    chaos.inject(faults.delay_hop("Scans", "Index", seconds=60))
    scans.bucket("Scans").put("letter.scan", "first")
    scans.bucket("Scans").put("letter.scan", "second")
    scans.settle()
    assert [row["text"] for row in scans.table("Documents").rows()] == ["SECOND"]
    expect(scans).nothing_lost()


@pytest.mark.clouds("sim", reason="LocalStack lets recursive loops go on")
def test_a_function_that_writes_where_it_is_started_from_is_stopped(twin):
    careless = twin("scans_reads_where_it_writes")
    careless.bucket("Scans").put("letter.scan", "hello")
    careless.settle()
    expect(careless).broken.nothing_lost()
    assert len(careless.table("Documents").rows()) == 16
