"""The gateway: both doors of a cloud whose services run elsewhere.

`server` is what clouds start; `calls` is the door for API calls, `hops` the one for deliveries and
invocations, which the guest inside of the emulator asks. `reported` is what the guest tells of messages,
`memory` what both doors know of the run, `http` carries requests and answers.
"""
