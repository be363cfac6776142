"""Collect counts the parts of a job as they come in, and sums up when it has counted them all. It counts
deliveries: a part that comes twice stands for one that is still missing.

A lost acknowledgement shows it.
https://docs.aws.amazon.com/prescriptive-guidance/latest/cloud-design-patterns/scatter-gather.html
"""

from harness import expect, faults

SHOWN_BY = [faults.ack_lost("PartsQueue", "Collect")]
BREAKS = "a summary without all parts"


def scenario(app):
    for number in range(3):
        app.queue("PartsQueue").send({"part": f"j-1/{number}", "job": "j-1", "of": 3})
        app.advance(seconds=100)
    app.settle()
    expect(app).nothing_lost()
    expect(app).effects_once("Parts", key="part")
    assert all(row["parts"] == 3 for row in app.table("Summaries").rows()), "a summary without all parts"
