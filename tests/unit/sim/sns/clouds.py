"""A world with SNS in it, and targets that fail on demand."""

from __future__ import annotations

from typing import Any

from harness import aws
from harness.faults.active import ActivePlan
from harness.history import Recorder
from harness.history.places import Names
from harness.sim.hops import Hops
from harness.sim.kernel import Kernel
from harness.sim.services.outside import Outside
from harness.sim.services.service import Caller, Delivered, Delivery, DeliveryFailed, Params
from harness.sim.services.sns import Sns
from harness.sim.world import World

CALLER = Caller("test", "us-east-1", "123456789012")
QUEUE = "arn:aws:sqs:us-east-1:123456789012:work"
OTHER_QUEUE = "arn:aws:sqs:us-east-1:123456789012:other"
FIFO_QUEUE = "arn:aws:sqs:us-east-1:123456789012:work.fifo"
DEAD_QUEUE = "arn:aws:sqs:us-east-1:123456789012:dead"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:work"


class Targets:
    """Queues and functions. By ARN: `failures` are what the next deliveries run into, `lasting` what all
    later ones do."""

    def __init__(self, kernel: Kernel) -> None:
        self.facts = aws.service("sqs")
        self.operations: dict[str, Any] = {}
        self._kernel = kernel
        self.failures: dict[str, list[DeliveryFailed]] = {}
        self.lasting: dict[str, DeliveryFailed] = {}
        self.delivered: list[Delivery] = []
        self.tried_at: list[float] = []

    def deliver(self, delivery: Delivery) -> Delivered:
        self.tried_at.append(self._kernel.elapsed)
        waiting = self.failures.get(delivery.target)
        if waiting:
            raise waiting.pop(0)
        if delivery.target in self.lasting:
            raise self.lasting[delivery.target]
        self.delivered.append(delivery)
        return Delivered((f"copy-{len(self.delivered)}",))

    def at(self, arn: str) -> list[Delivery]:
        """What arrived at one of them, in order."""
        return [delivery for delivery in self.delivered if delivery.target == arn]


class Cloud:
    """SNS on a kernel of its own."""

    def __init__(self, seed: int = 1) -> None:
        self.kernel = Kernel(seed)
        self.recorder = Recorder(lambda: self.kernel.elapsed)
        self.plan = ActivePlan(seed)
        hops = Hops(self.plan)
        self.world = World(self.kernel, self.recorder, Names(), hops)
        hops.join(self.world)
        self.targets = Targets(self.kernel)
        self.service = Sns(self.world)
        self.outside = Outside(self.world)
        self.world.services = {
            "sns": self.service,
            "sqs": self.targets,
            "lambda": self.targets,
            "outside": self.outside,
        }

    def call(self, operation: str, **params: Any) -> Params:
        """Call an operation of SNS."""
        return self.service.operations[operation](params, CALLER)

    def topic(self, name: str = "orders", **attributes: str) -> str:
        """Create a topic; returns its ARN."""
        if name.endswith(".fifo"):
            attributes["FifoTopic"] = "true"
        arn: str = self.call("CreateTopic", Name=name, Attributes=attributes)["TopicArn"]
        return arn

    def subscribe(self, topic: str, endpoint: str, protocol: str = "sqs", **attributes: str) -> str:
        """Subscribe to a topic; returns the subscription's ARN."""
        params = {"TopicArn": topic, "Protocol": protocol, "Endpoint": endpoint, "Attributes": attributes}
        arn: str = self.call("Subscribe", ReturnSubscriptionArn=True, **params)["SubscriptionArn"]
        return arn

    def settle(self, within_seconds: float = 86_400) -> bool:
        """Let everything happen that is going to."""
        return self.kernel.settle(within_seconds)

    def events(self, kind: str) -> list[Any]:
        """What the history has of a kind."""
        return list(self.recorder.history().of(kind))
