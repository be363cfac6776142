"""One message of a batch can't be read, Catalogue fails, and Lambda retries the whole batch until all of it
is in the dead-letter queue. The good messages only had bad company.

A poison message shows it.
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

from harness import expect, faults

SHOWN_BY = [faults.poison("ImagesQueue")]
BREAKS = "dead_letters"


def scenario(app):
    for name in ("beach", "hills", "river", "woods"):
        app.topic("Uploads").publish({"image": name, "bytes": 1024})
    app.settle()
    expect(app).nothing_lost()
    expect(app).effects_once("Images", key="image")
    expect(app).dead_letters(at_most=1)
