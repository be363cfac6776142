"""The scenario of the orders app, as a script."""

from harness import expect


def scenario(app):
    """Ten orders, each of which is billed once."""
    for number in range(10):
        app.topic("Orders").publish({"order": f"o-{number}", "total": 42})
    app.settle()
    expect(app).nothing_lost()
    expect(app).effects_once("Ledger", key="order")
