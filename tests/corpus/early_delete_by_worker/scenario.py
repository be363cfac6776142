"""A worker that polls a queue deletes the whole batch in one cheap call and then works through it.
When it dies, the rest of the batch is gone.

A crash right after the deletion shows it.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/step-receive-delete-message.html
"""

from harness import expect, faults

SHOWN_BY = [faults.crash("Worker", after_call=2)]
BREAKS = "effects_once"


def scenario(app):
    for name in ("sales", "stock", "staff"):
        app.queue("ReportsQueue").send({"report": name})
    for _ in range(4):
        app.function("Worker").invoke_async({})
        app.advance(seconds=150)
    app.settle()
    expect(app).effects_once("Reports", key="report")
