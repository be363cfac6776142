"""The smallest scenario with a topic, a queue and a function: for benchmarks of exploration."""

from __future__ import annotations

from harness import expect, scenario


@scenario("template.yaml")
def test_relay(app):
    """One message."""
    app.topic("Inbox").publish({"number": 1})
    app.settle()
    expect(app).nothing_lost()
