"""X-Ray headers: each invocation belongs to a trace, that of its caller or a new one.

https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
"""

from __future__ import annotations

from hashlib import sha256
from random import Random


def header_for(caller: str, function: str, chance: Random, now: float) -> str:
    """The header of an invocation. `caller`: that of the request, empty if it has none."""
    given = dict(part.strip().partition("=")[::2] for part in caller.split(";") if "=" in part)
    root = given.get("Root") or f"1-{int(now):08x}-{chance.getrandbits(96):024x}"
    lineage = given.get("Lineage") or f"1:{sha256(function.encode()).hexdigest()[:8]}:0"
    sampled = "1" if given.get("Sampled") == "1" else "0"
    return f"Root={root};Parent={chance.getrandbits(64):016x};Sampled={sampled};Lineage={lineage}"
