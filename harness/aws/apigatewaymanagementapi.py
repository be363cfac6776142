"""The side of API Gateway that clients talk to: APIs as places, and the connections of those over WebSocket.

https://docs.aws.amazon.com/apigateway/latest/developerguide/arn-format-reference.html
"""

from __future__ import annotations

from .facts import Errors, Role, Service, Signing, Words

SERVICE = Service(
    name="apigatewaymanagementapi",
    word="API",
    arn_name="execute-api",
    roles={"*": Role.HOLDS},
    keeps_failures=False,
    errors=Errors(throttled=Words("LimitExceededException", 429, "Too Many Requests")),
    about=("ConnectionId",),
    signing=Signing(name="execute-api"),
    requests="execute-api:Invoke",
)
