"""A saga: an order is booked, charged and shipped, or what was done of it is undone."""

import pytest

from harness import expect, faults, scenario

has_pipes = pytest.mark.clouds("sim", reason="LocalStack has no pipes")

EFFECTS = ("Bookings", "Payments", "Shipments")


def order(app, name, goods="tea"):
    app.queue("Orders").send({"order": name, "goods": goods})


def orders_in(app, table):
    return {row["order"] for row in app.table(table).rows()}


def nothing_half_done(app):
    """Who paid has the goods or the money back, and only what was shipped keeps its slot."""
    paid, shipped = orders_in(app, "Payments"), orders_in(app, "Shipments")
    assert paid == shipped | orders_in(app, "Refunds")
    assert orders_in(app, "Bookings") == shipped


@has_pipes
@scenario("fixtures/apps/saga/template.yaml")
def test_every_order_is_booked_charged_and_shipped_once(app):
    order(app, "o-1")
    order(app, "o-2")
    app.settle()
    expect(app).nothing_lost()
    for table in EFFECTS:
        expect(app).effects_once(table, key="order")
    nothing_half_done(app)


@has_pipes
@scenario("fixtures/apps/saga/template.yaml")
def test_an_order_that_cannot_be_shipped_leaves_nothing_behind(app):
    order(app, "o-1", goods="nothing")
    app.settle()
    expect(app).nothing_lost()
    expect(app).effects_once("Refunds", key="order")
    assert app.table("Shipments").rows() == []
    nothing_half_done(app)


@has_pipes
def test_a_step_whose_answer_is_lost_is_done_again(saga, chaos):
    chaos.inject(faults.answer_lost("lambda:Invoke", resource="Charge"))
    order(saga, "o-1")
    saga.settle()
    expect(saga).nothing_lost()
    [execution] = saga.state_machine("Saga").executions("SUCCEEDED")
    kinds = [event["type"] for event in saga.state_machine("Saga").events(execution.arn)]
    assert kinds.count("LambdaFunctionFailed") == 1
    expect(saga).effects_once("Payments", key="order")


@has_pipes
def test_an_order_that_starts_two_executions_is_charged_once(saga, chaos):
    chaos.inject(faults.redeliver("Orders", "Saga"))
    order(saga, "o-1")
    saga.settle()
    assert len(saga.state_machine("Saga").executions()) == 2
    expect(saga).effects_once("Payments", key="order")


@has_pipes
def test_a_step_that_fails_for_good_is_undone(saga, chaos):
    chaos.inject(faults.crash("Ship", times=None))
    order(saga, "o-1")
    saga.settle()
    expect(saga).nothing_lost()
    assert orders_in(saga, "Refunds") == {"o-1"}
    nothing_half_done(saga)


@has_pipes
def test_an_execution_that_somebody_stops_goes_on(saga, chaos):
    chaos.inject(faults.stop_execution("Saga", "Charge", when="after"))
    order(saga, "o-1")
    saga.settle()
    [execution] = saga.state_machine("Saga").executions("SUCCEEDED")
    assert "ExecutionRedriven" in [
        event["type"] for event in saga.state_machine("Saga").events(execution.arn)
    ]
    expect(saga).nothing_lost()
    expect(saga).effects_once("Payments", key="order")
    nothing_half_done(saga)


@has_pipes
def test_an_execution_that_stays_stopped_is_caught(twin, chaos):
    abandoned = twin("saga_stays_stopped")
    chaos.inject(faults.stop_execution("Saga", "Charge", when="after"))
    order(abandoned, "o-1")
    abandoned.settle()
    expect(abandoned).nothing_lost()  # it is a dead letter, which somebody can redrive
    with pytest.raises(AssertionError):
        nothing_half_done(abandoned)


def test_a_refund_that_is_made_again_is_caught(twin, chaos):
    careless = twin("saga_refunds_again")
    chaos.inject(faults.answer_lost("lambda:Invoke", resource="Refund"))
    careless.state_machine("Saga").start({"order": "o-1", "goods": "nothing"})
    careless.settle()
    expect(careless).broken.effects_once("Refunds", key="order")


def test_a_slot_that_stays_booked_is_caught(twin):
    forgetful = twin("saga_forgets_a_booking")
    forgetful.state_machine("Saga").start({"order": "o-1", "goods": "nothing"})
    forgetful.settle()
    expect(forgetful).nothing_lost()
    with pytest.raises(AssertionError):
        nothing_half_done(forgetful)
