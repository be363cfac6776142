"""The gateway: both doors of a cloud whose services run elsewhere.

`server` is what clouds start; `calls` is the door for API calls, `hops` the one for deliveries and
invocations, which the guest inside of the emulator asks. `observed` reads off calls what became of messages,
`memory` is what both doors know of the run, `upstream` is the way to the emulator.
"""
