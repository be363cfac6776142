"""A REST API puts answers straight into a queue; visitors ask again as long as it says that this may help."""

import pytest

from harness import expect, faults, scenario

pytestmark = pytest.mark.clouds("sim", reason="only the simulator has HTTP in front of an app")

TRIES = 9


def send(app, answer, points=5):
    """Do what a visitor's browser does: ask again, the same, as long as the answer is 503 or worse."""
    for tried in range(TRIES):
        told = app.api("Survey").post("/answers", json={"answer": answer, "points": points})
        if told.status_code < 500:
            break
        app.advance(seconds=2.0**tried)
    return told


@scenario("fixtures/apps/surveys/template.yaml")
def test_every_answer_is_counted_once(app):
    for number in range(3):
        assert send(app, f"a-{number}").status_code == 202
    app.settle()
    expect(app).nothing_lost()
    expect(app).effects_once("Counted", key="answer")


def test_an_answer_that_is_none_is_refused_at_the_door(surveys):
    assert [send(surveys, "a-1", points=points).status_code for points in (9, 5)] == [400, 202]
    surveys.settle()
    expect(surveys).effects_once("Counted", key="answer")
    assert [row["points"] for row in surveys.table("Counted").rows()] == [5]


def test_a_visitor_asks_again_while_the_queue_is_throttled(surveys, chaos):
    chaos.inject(faults.throttle("sqs:SendMessage", resource="Answers", times=3))
    assert send(surveys, "a-1").status_code == 202
    surveys.settle()
    expect(surveys).effects_once("Counted", key="answer")


def test_an_answer_whose_acknowledgement_is_lost_is_sent_twice_and_counted_once(surveys, chaos):
    chaos.inject(faults.answer_lost("sqs:SendMessage", resource="Answers"))
    assert send(surveys, "a-1").status_code == 202
    surveys.settle()
    expect(surveys).nothing_lost()
    expect(surveys).effects_once("Counted", key="answer")


def test_a_survey_that_always_says_yes_loses_answers(twin, chaos):
    careless = twin("surveys_always_says_yes")
    chaos.inject(faults.throttle("sqs:SendMessage", resource="Answers", times=1))
    assert send(careless, "a-1").status_code == 202
    careless.settle()
    expect(careless).broken.nothing_lost()
