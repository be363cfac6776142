"""Post reports the posting that failed and goes on with those behind it. The queue hands out the failed one
again, after its successors.

A call that is throttled until the SDK gives up shows it.
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

import json

from harness import expect, faults

SHOWN_BY = [faults.throttle("dynamodb:PutItem", resource="Postings", outlasting_retries=True)]
BREAKS = "in_order"


def scenario(app):
    send_together(app, [{"posting": f"p-{number}", "amount": 10} for number in range(4)])
    app.settle()
    expect(app).nothing_lost()
    expect(app).in_order("PostingsQueue")
    expect(app).effects_once("Postings", key="posting")


def send_together(app, postings):
    """In one call, so that they are handed out in one batch."""
    left = [
        {
            "Id": posting["posting"],
            "MessageBody": json.dumps(posting),
            "MessageGroupId": "kim",
            "MessageDeduplicationId": posting["posting"],
        }
        for posting in postings
    ]
    while left:
        answer = app.client("sqs").send_message_batch(QueueUrl=app.physical_id("PostingsQueue"), Entries=left)
        failed = {entry["Id"] for entry in answer.get("Failed", ())}
        left = [entry for entry in left if entry["Id"] in failed]
