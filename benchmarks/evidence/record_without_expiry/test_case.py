from harness import expect, scenario


@scenario("template.yaml")
def test_every_order_is_paid_once(app):
    app.function("Pay").invoke_async({"order": "o-1", "total": 42})
    app.settle()
    expect(app).effects_once("Payments", key="order")
