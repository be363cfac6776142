"""Redrive sends dead letters back to their queue. A code that became too old while it waited fails again,
whatever is done. It goes round and round until Lambda stops the loop, and then expires.

A crash shows it.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
"""

from harness import expect, faults

SHOWN_BY = [faults.crash("Mail", "before")]
BREAKS = "nothing_lost"


def scenario(app):
    for number in range(3):
        app.topic("Codes").publish({"code": f"c-{number}", "to": "kim"})
    app.settle()
    expect(app).nothing_lost()
    expect(app).effects_once("Mails", key="code")
