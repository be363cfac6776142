"""X-Ray headers: each invocation belongs to a trace, that of its caller or a new one.

https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
"""

from __future__ import annotations

from random import Random

from harness.aws.rules.recursion import fields_of, lineage_of


def header_for(caller: str, function: str, chance: Random, now: float) -> str:
    """The header of an invocation. `caller`: that of the request, empty if it has none."""
    given = fields_of(caller)
    root = given.get("Root") or f"1-{int(now):08x}-{chance.getrandbits(96):024x}"
    lineage = lineage_of(caller, function)
    sampled = "1" if given.get("Sampled") == "1" else "0"
    return f"Root={root};Parent={chance.getrandbits(64):016x};Sampled={sampled};Lineage={lineage}"
