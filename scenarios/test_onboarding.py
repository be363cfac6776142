"""Days in the life of a member: a durable function with AWS's SDK, a link in a mail, and days of waiting."""

import json
import re

import pytest

from harness import expect, faults, scenario

pytest.importorskip(
    "aws_durable_execution_sdk_python",
    reason="the app's code needs aws-durable-execution-sdk-python, which Lambda's runtimes bring along",
)
pytestmark = pytest.mark.clouds("sim", reason="only the simulator has durable functions")

DAY = 86_400


def join(app, *members):
    """Somebody has confirmed that mails are wanted; then members join."""
    token = re.search(r"Token=(\w+)", app.outbox()[0].body)[1]
    app.client("sns").confirm_subscription(TopicArn=app.physical_id("Mails"), Token=token)
    for member in members:
        app.topic("Joined").publish({"member": member})


def click(app, *, hours=6):
    """Do what members do: look for mails now and then, and click until they are thanked."""
    clicked = set()
    for _ in range(hours):
        app.advance(seconds=3600)
        for mail in [json.loads(sent.body) for sent in app.outbox() if sent.subject == "Welcome"]:
            if mail["callback"] not in clicked:
                answer = app.api("Links").get("/confirm", params={"callback": mail["callback"]})
                if answer.status_code == 200:
                    clicked.add(mail["callback"])
    app.settle(within_seconds=30 * DAY)


@scenario("fixtures/apps/onboarding/template.yaml")
def test_every_member_is_greeted_once(app):
    join(app, "m-1", "m-2")
    click(app)
    expect(app).nothing_lost()
    expect(app).effects_once("Members", key="member")
    expect(app).effects_once("Greetings", key="member")
    accounts = {(row["member"], row["kind"]) for row in app.table("Accounts").rows()}
    greeted = [row["member"] for row in app.table("Greetings").rows()]
    assert accounts >= {(member, kind) for member in greeted for kind in ("badge", "mailbox")}


def test_a_member_who_never_clicks_is_kept_for_somebody_to_see(onboarding):
    join(onboarding, "m-1")
    onboarding.settle(within_seconds=30 * DAY)
    [execution] = onboarding.function("Onboard").durable_executions()
    assert (execution.status, execution.error["ErrorType"].rpartition(".")[2]) == (
        "FAILED",
        "CallbackTimeoutError",
    )
    expect(onboarding).dead_letters(queue="NotOnboarded", at_least=1)


def test_the_greeting_comes_three_days_after_the_click(onboarding):
    join(onboarding, "m-1")
    onboarding.advance(seconds=DAY)
    [execution] = onboarding.function("Onboard").durable_executions()
    execution.callback("confirmed").succeed()
    onboarding.advance(seconds=3 * DAY - 60)
    assert onboarding.table("Greetings").rows() == []
    onboarding.settle(within_seconds=30 * DAY)
    assert onboarding.table("Greetings").rows() == [{"member": "m-1"}]
    expect(onboarding).nothing_lost()


def test_a_branch_that_dies_is_given_out_once(onboarding, chaos):
    chaos.inject(faults.answer_lost("dynamodb:PutItem", resource="Accounts", times=4))
    join(onboarding, "m-1")
    click(onboarding)
    assert len(onboarding.table("Accounts").rows()) == 2
    expect(onboarding).effects_once("Greetings", key="member")


def test_a_greeting_with_a_number_of_its_own_is_sent_twice(twin, chaos):
    careless = twin("onboarding_greets_twice")
    chaos.inject(faults.crash("Onboard", after_call=1))
    careless.topic("Joined").publish({"member": "m-1"})
    careless.settle()
    expect(careless).broken.effects_once("Greetings", key="member")


def test_code_that_rolls_dice_is_told_that_it_isn_t_deterministic(twin):
    careless = twin("onboarding_rolls_dice")
    for number in range(8):
        careless.topic("Joined").publish({"member": f"m-{number}"})
    careless.settle(within_seconds=10 * DAY)
    errors = [each.error for each in careless.function("Onboard").durable_executions()]
    kinds = {error["ErrorType"].rpartition(".")[2] for error in errors if error}
    assert kinds == {"NonDeterministicExecutionError"}
    told = [event.data["reason"] for event in careless.history() if event.kind == "dropped"]
    assert len(told) == len([error for error in errors if error])
    assert all("NonDeterministicExecutionError" in reason for reason in told)
    expect(careless).broken.nothing_lost()
