"""Event source mappings that Lambda doesn't make."""

from __future__ import annotations

from collections.abc import Iterator

from harness.lint.rule import REFUSED, Problem, Rule
from harness.lint.values import has_unknown
from harness.lint.wiring import Wiring, is_fifo


def mapping_refused(app: Wiring) -> Iterator[Problem]:
    """Lambda refuses an event source mapping, so the stack can't be deployed.

    A mapping from a FIFO queue takes no batching window and at most 10 messages; one from a standard queue
    takes more than 10 only with a window of at least a second; one from a stream needs a starting position,
    which one from a queue doesn't take. Change the property that Lambda's words name.
    """
    from harness.sim.services.lambda_.api.mapping_refusals import refused

    for mapping in app.of("AWS::Lambda::EventSourceMapping"):
        source = mapping.at("EventSourceArn")
        queue = app.queue(source)
        fifo = str(source).endswith(".fifo") if queue is None else is_fifo(queue)
        if fifo is None or has_unknown(mapping.properties):
            continue
        why = refused(mapping.properties, fifo=fifo)
        if why:
            within = next((name for name in mapping.properties if name in why), "")
            told = f"Lambda refuses it: {why.rstrip('.')}"
            yield Problem(mapping, told, REFUSED, (within,) if within else ())


RULE = Rule(
    "mapping-refused",
    "https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html",
    mapping_refused,
)
