"""Intake has a busy function make each thumbnail. When that one has no concurrency left, Intake logs that it
is busy and drops the image.

A throttled call shows it.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
"""

from harness import expect, faults

SHOWN_BY = [faults.throttle("lambda:Invoke", actor="Intake", outlasting_retries=True)]
BREAKS = "effects_once"


def scenario(app):
    for name in ("beach", "hills", "river"):
        app.queue("ImagesQueue").send({"image": name})
    app.settle()
    expect(app).nothing_lost()
    expect(app).effects_once("Thumbnails", key="image")
