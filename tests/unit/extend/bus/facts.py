"""What there is to know of the bus."""

from harness.aws import Does, Errors, Operation, Role, Service, Words

SERVICE = Service(
    name="bus",
    operations={
        "CreateBus": Operation(Does.CONFIGURES, ("BusName",)),
        "AddQueue": Operation(Does.CONFIGURES, ("BusName",)),
        "Publish": Operation(Does.SENDS, ("BusName",)),
    },
    roles={"*": Role.FANS_OUT},
    errors=Errors(throttled=Words("TooMuch", 429, "The bus is full.")),
    about=("BusName",),
)
