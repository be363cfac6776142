"""A cloud that has only SQS, reached by plain calls."""

from __future__ import annotations

from typing import Any

from harness.aws.parcels import QueueParcel
from harness.faults.active import ActivePlan
from harness.history import Event, Recorder
from harness.history.places import Names
from harness.sim.hops import Hops
from harness.sim.kernel import Kernel
from harness.sim.services.service import Caller, Delivered, Delivery
from harness.sim.services.sqs import Sqs
from harness.sim.world import World

ACCOUNT = "123456789012"
CALLER = Caller("test", "us-east-1", ACCOUNT)
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:Orders"


def arn_of(name: str) -> str:
    return f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"


class Cloud:
    """SQS, its kernel and its history."""

    def __init__(self, seed: int = 1, *, strict_order: bool = True) -> None:
        self.kernel = Kernel(seed)
        self.recorder = Recorder(lambda: self.kernel.elapsed)
        self.hops = Hops(ActivePlan(seed, ()))
        self.world = World(self.kernel, self.recorder, Names(), self.hops, strict_order=strict_order)
        self.hops.join(self.world)
        self.service = Sqs(self.world)
        self.world.services["sqs"] = self.service

    def call(self, operation: str, **params: Any) -> dict[str, Any]:
        return self.service.operations[operation](params, CALLER)

    def create(self, name: str, **attributes: str) -> str:
        if name.endswith(".fifo"):
            attributes = {"FifoQueue": "true", "ContentBasedDeduplication": "true"} | attributes
        return str(self.call("CreateQueue", QueueName=name, Attributes=attributes)["QueueUrl"])

    def send(self, url: str, body: str = "hello", **params: Any) -> str:
        if url.endswith(".fifo"):
            params = {"MessageGroupId": "g"} | params
        return str(self.call("SendMessage", QueueUrl=url, MessageBody=body, **params)["MessageId"])

    def receive(self, url: str, limit: int = 10, **params: Any) -> list[dict[str, Any]]:
        return list(
            self.call("ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=limit, **params).get("Messages", [])
        )

    def bodies(self, url: str, **params: Any) -> list[str]:
        return [message["Body"] for message in self.receive(url, **params)]

    def deliver(self, target: str, source: str = TOPIC, body: str = "hello", **parcel: Any) -> Delivered:
        return self.service.deliver(
            Delivery(source, arn_of(target), ("source-id",), QueueParcel(body=body, **parcel))
        )

    def events(self, *kinds: str) -> list[Event]:
        return [event for event in self.recorder.history() if event.kind in kinds]
