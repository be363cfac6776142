"""Load waits for a manifest by sending the parcel to its own queue again, every five seconds. That is a
recursive loop: after sixteen rounds Lambda stops it, and the parcel ends in the dead-letter queue.

A crash while the manifest is written shows it.
https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
"""

from harness import expect, faults

SHOWN_BY = [faults.crash("Manifest", "before")]
BREAKS = "dead_letters"


def scenario(app):
    app.queue("ManifestsQueue").send({"manifest": "m-1", "van": "v-1"})
    for number in range(3):
        app.queue("ParcelsQueue").send({"parcel": f"p-{number}", "manifest": "m-1"})
    app.settle()
    expect(app).nothing_lost()
    expect(app).effects_once("Loaded", key="parcel")
    if app.table("Manifests").rows():
        expect(app).dead_letters(queue="ParcelsDeadLetters", at_most=1)
