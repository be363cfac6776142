"""Accounts are the sum of their events: the stream of these builds the view, and replaying rebuilds it."""

from harness import expect, faults, scenario

COMMANDS = [
    {"command": f"{account}-{number}", "account": account, "amount": number * 10}
    for account in ("alice", "bob")
    for number in range(1, 4)
]
TOTALS = {"alice": 60, "bob": 60}
STREAM = "Events (stream)"


def command(app, *commands):
    for each in commands:
        app.queue("Commands").send(each)
    app.settle()


def append(app, *amounts, account="alice"):
    """Events as Decide writes them; the broken twins have nothing before their stream."""
    for number, amount in enumerate(amounts, 1):
        app.table("Events").put(
            {"account": account, "number": number, "command": f"c-{number}", "amount": amount}
        )
    app.settle()


def totals(app):
    return {row["account"]: row["balance"] for row in app.table("Balances").rows()}


def stopped(app):
    """Commands and events that somebody must look at."""
    return app.queue("RefusedCommands").messages() + app.queue("UnprojectedEvents").messages()


@scenario("fixtures/apps/accounts/template.yaml")
def test_the_view_is_the_sum_of_the_events(app):
    command(app, *COMMANDS)
    expect(app).nothing_lost()
    expect(app).effects_once("Events", key="command")
    expect(app).in_order("Project")
    assert totals(app) == TOTALS or stopped(app)


def test_replaying_the_events_rebuilds_the_state(accounts):
    command(accounts, *COMMANDS)
    before = accounts.table("Balances").rows()
    accounts.table("Balances").put({"account": "alice", "number": 3, "balance": -1})
    assert accounts.function("Rebuild").invoke() == len(COMMANDS)
    assert accounts.table("Balances").rows() == before
    accounts.settle()
    expect(accounts).effects_once("Events", key="command")


def test_a_batch_that_is_delivered_again_counts_once(accounts, chaos):
    chaos.inject(faults.redeliver(STREAM, "Project"))
    command(accounts, *COMMANDS)
    assert totals(accounts) == TOTALS
    expect(accounts).nothing_lost()


def test_events_stay_in_order_when_the_view_can_not_be_written(accounts, chaos):
    chaos.inject(faults.outage("dynamodb", resource="Balances", for_seconds=90))
    command(accounts, *COMMANDS)
    expect(accounts).in_order("Project")
    expect(accounts).recovered_within(seconds=240)
    assert totals(accounts) == TOTALS


def test_an_event_that_nobody_can_read_ends_in_the_failure_destination(accounts, chaos):
    """Those of the same account that come behind it are too early for ever, and follow it there."""
    chaos.inject(faults.poison("Project", STREAM, nth=2))
    command(accounts, *COMMANDS)
    expect(accounts).nothing_lost()
    expect(accounts).dead_letters(at_least=1)
    assert 60 in totals(accounts).values()


def test_adding_twice_is_caught(twin, chaos):
    careless = twin("accounts_adds_twice")
    chaos.inject(faults.redeliver(STREAM, "Project"))
    append(careless, 10, 20)
    assert totals(careless) != {"alice": 30}
    expect(careless).nothing_lost()


def test_giving_up_is_caught(twin, chaos):
    careless = twin("accounts_gives_up")
    chaos.inject(faults.throttle("dynamodb:PutItem", resource="Balances", outlasting_retries=True))
    append(careless, 10, 20)
    expect(careless).broken.nothing_lost()
