"""Gallery is invoked without waiting for it. Lambda tries three times in all, then tells the destination."""

import json

import pytest

from harness import FunctionError, expect, faults

SHEET = {"sheet": "holiday", "images": ["beach.pgm"]}


def ask_for_a_sheet(app):
    app.bucket("Thumbnails").put("beach.pgm", "P2\n2 1\n9\n1 3")
    app.function("Gallery").invoke_async(SHEET)
    app.settle()


def test_a_sheet_is_made_at_the_third_try(thumbnails, chaos):
    chaos.inject(faults.crash("Gallery", times=2))
    ask_for_a_sheet(thumbnails)
    expect(thumbnails).nothing_lost()
    assert thumbnails.bucket("Thumbnails").keys() == ["beach.pgm", "sheets/holiday"]


def test_a_sheet_that_failed_three_times_is_reported_to_the_destination(thumbnails, chaos):
    chaos.inject(faults.access_denied("s3:GetObject", times=None))
    ask_for_a_sheet(thumbnails)
    expect(thumbnails).nothing_lost()
    [message] = thumbnails.queue("FailedGalleries").messages()
    report = json.loads(message["Body"])
    assert report["requestPayload"] == SHEET
    assert report["requestContext"]["approximateInvokeCount"] == 3


def test_without_a_destination_the_request_is_lost(twin, chaos):
    careless = twin("thumbnails_no_destination")
    chaos.inject(faults.access_denied("s3:GetObject", times=None))
    ask_for_a_sheet(careless)
    expect(careless).broken.nothing_lost()


def test_a_caller_who_waits_sees_the_error_and_nothing_is_retried(thumbnails, chaos):
    chaos.inject(faults.access_denied("s3:GetObject", times=None))
    with pytest.raises(FunctionError, match="AccessDenied"):
        thumbnails.function("Gallery").invoke(SHEET)
    expect(thumbnails).holds(lambda history: len(history.of("invocation")) == 1, "invoked once")
