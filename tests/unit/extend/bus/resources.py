"""The bus in templates."""

from harness.app.intrinsics import Created
from harness.app.resources.resource_type import Making, ResourceType, properties


def create_bus(making: Making) -> Created:
    name = making.name("BusName")
    arn = making.call("bus", "create_bus", BusName=name)["BusArn"]
    making.named(arn, name)
    for queue in making.get("Queues") or ():
        making.call("bus", "add_queue", BusName=name, QueueArn=queue)
    return Created(name, {"Arn": arn})


TYPES = {"AWS::Bus::Bus": ResourceType(create_bus, properties("BusName Queues"))}
