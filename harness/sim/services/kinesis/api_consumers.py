"""The operations on registered consumers, for enhanced fan-out.

https://docs.aws.amazon.com/streams/latest/dev/enhanced-consumers.html
"""

from __future__ import annotations

from harness.aws.rules.kinesis.model import DELETING, Consumer
from harness.aws.rules.kinesis.shown import consumer_shown
from harness.sim.services import pages
from harness.sim.services.kinesis.errors import in_use, invalid, no_stream, too_much
from harness.sim.services.kinesis.lookups import Lookups
from harness.sim.services.kinesis.subscribing import Subscribing
from harness.sim.services.service import Caller, Params, ServiceError

CONSUMERS_MAX = 20
PAGE = 100


class ConsumerApi:
    """One method an operation."""

    def __init__(self, find: Lookups, subscribing: Subscribing) -> None:
        self._find = find
        self._subscribing = subscribing

    def register_stream_consumer(self, params: Params, caller: Caller) -> Params:
        stream, name, now = self._find.stream(params, caller), params["ConsumerName"], self._find.now
        if stream.status(now) == DELETING:
            raise no_stream(stream.name, stream.account)
        if name in stream.consumers:
            raise in_use(f"Consumer {name} under stream {stream.arn} already exists.")
        if len(stream.consumers) >= CONSUMERS_MAX:
            raise too_much(f"Stream {stream.name} has {CONSUMERS_MAX} consumers, which is the limit.")
        arn = f"{stream.arn}/consumer/{name}:{int(now)}"
        consumer = Consumer(name, arn, now, dict(params.get("Tags") or {}))
        stream.consumers[name] = consumer
        return {"Consumer": consumer_shown(consumer, now)}

    def describe_stream_consumer(self, params: Params, caller: Caller) -> Params:
        stream, consumer = self._find.consumer(params)
        shown = {**consumer_shown(consumer, self._find.now), "StreamARN": stream.arn}
        return {"ConsumerDescription": shown}

    def list_stream_consumers(self, params: Params, caller: Caller) -> Params:
        stream = self._find.stream(params, caller)
        shown = [consumer_shown(each, self._find.now) for _, each in sorted(stream.consumers.items())]
        limit = params.get("MaxResults") or PAGE
        return pages.page("Consumers", shown, params.get("NextToken"), limit, _bad_token)

    def deregister_stream_consumer(self, params: Params, caller: Caller) -> Params:
        stream, consumer = self._find.consumer(params)
        del stream.consumers[consumer.name]
        self._find.notify(stream)
        return {}

    def subscribe_to_shard(self, params: Params, caller: Caller) -> Params:
        stream, consumer = self._find.consumer(params)
        shard = self._find.shard(self._find.check_works(stream), params["ShardId"])
        return {
            "EventStream": self._subscribing.subscribe(stream, consumer, shard, params["StartingPosition"])
        }


def _bad_token() -> ServiceError:
    return invalid("The NextToken is not valid.")
