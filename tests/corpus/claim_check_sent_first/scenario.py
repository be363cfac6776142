"""Store sends word of a document and then stores it; Index waits a little to give it time. When that isn't
enough, Index finds nothing and takes the document for withdrawn.

A slow upload shows it.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-s3-messages.html
"""

from harness import expect, faults

SHOWN_BY = [faults.slow("s3:PutObject", 1)]
BREAKS = "effects_once"


def scenario(app):
    for number in range(3):
        app.function("Store").invoke_async({"document": f"d-{number}", "text": "to be or not to be"})
    app.settle()
    expect(app).nothing_lost()
    expect(app).effects_once("Words", key="document")
