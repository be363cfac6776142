"""A pipeline of Step Functions: uploads start executions, a map reads pages, a reviewer answers by a token.

Uploads become more executions than there are letters, unless something tells that two are of the same letter.
"""

import pytest

from harness import expect, faults, scenario

pytestmark = pytest.mark.clouds("sim", reason="LocalStack downloads what evaluates JSONata")

LETTER = "Dear Ada,\fthank you for\fthe engine"


@scenario("fixtures/apps/documents/template.yaml")
def test_every_letter_is_charged_once(app):
    for n in range(3):
        app.bucket("Letters").put(f"letter-{n}", LETTER)
    app.settle()
    assert [row["words"] for row in app.table("Charges").rows()] == [7, 7, 7]
    expect(app).effects_once("Charges", key="document")
    expect(app).nothing_lost()


def test_an_upload_that_s3_tells_of_twice_is_one_execution(documents, chaos):
    chaos.inject(faults.redeliver("Letters", "Intake"))
    documents.bucket("Letters").put("letter", LETTER)
    documents.settle()
    [execution] = documents.state_machine("Pipeline").executions()
    assert execution.status == "SUCCEEDED"
    expect(documents).effects_once("Charges", key="document")


def test_an_upload_that_got_no_answer_and_is_sent_again_is_one_execution(documents, chaos):
    chaos.inject(faults.answer_lost("s3:PutObject", resource="Letters"))
    documents.bucket("Letters").put("letter", LETTER)
    documents.settle()
    assert len(documents.state_machine("Pipeline").executions()) == 1
    expect(documents).effects_once("Charges", key="document")


def test_a_new_version_of_a_letter_is_another_execution(documents):
    for text in (LETTER, f"{LETTER} again"):
        documents.bucket("Letters").put("letter", text)
        documents.settle()
    assert len(documents.state_machine("Pipeline").executions()) == 2
    expect(documents).nothing_lost()


def test_a_reviewer_who_answers_twice_is_heard_once(documents, chaos):
    chaos.inject(faults.redeliver("Reviews", "Review"))
    documents.bucket("Letters").put("letter", LETTER)
    documents.settle()
    expect(documents).effects_once("Charges", key="document")
    expect(documents).nothing_lost()


def test_a_reviewer_who_never_answers_is_asked_again(documents, chaos):
    chaos.inject(faults.token_lost("Pipeline", "AskReviewer"))
    documents.bucket("Letters").put("letter", LETTER)
    documents.settle()
    expect(documents).effects_once("Charges", key="document")
    expect(documents).nothing_lost()


def test_a_reviewer_who_got_no_answer_and_tells_it_again_is_heard_once(documents, chaos):
    chaos.inject(faults.answer_lost("stepfunctions:SendTaskSuccess"))
    documents.bucket("Letters").put("letter", LETTER)
    documents.settle()
    expect(documents).effects_once("Charges", key="document")
    expect(documents).nothing_lost()


def test_an_execution_that_somebody_stops_goes_on(documents, chaos):
    chaos.inject(faults.stop_execution("Pipeline", "CountPages", when="after"))
    documents.bucket("Letters").put("letter", LETTER)
    documents.settle()
    expect(documents).effects_once("Charges", key="document")
    expect(documents).nothing_lost()


def test_a_page_whose_reader_dies_is_read_again(documents, chaos):
    chaos.inject(faults.crash("Count"))
    documents.bucket("Letters").put("letter", LETTER)
    documents.settle()
    [row] = documents.table("Charges").rows()
    assert row["words"] == 7
    expect(documents).nothing_lost()


def test_a_pipeline_that_is_started_without_a_name_charges_an_upload_twice(twin, chaos):
    careless = twin("documents_starts_again")
    chaos.inject(faults.redeliver("Letters", "Intake"))
    careless.bucket("Letters").put("letter", LETTER)
    careless.settle()
    assert len(careless.state_machine("Pipeline").executions()) == 2
    expect(careless).broken.effects_once("Charges", key="document")


def test_a_letter_that_waits_for_ever_is_caught(twin, chaos):
    patient = twin("documents_waits_for_ever")
    chaos.inject(faults.token_lost("Pipeline", "AskReviewer"))
    patient.bucket("Letters").put("letter", LETTER)
    patient.settle()
    expect(patient).broken.nothing_lost()
    expect(patient).broken.effects_once("Charges", key="document")
