"""Amazon API Gateway: HTTP and WebSocket APIs.

https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/api-reference.html
"""

from __future__ import annotations

from . import apigateway
from .facts import Service, Signing

SERVICE = Service(
    name="apigatewayv2",
    word="API",
    errors=apigateway.SERVICE.errors,
    about=("ApiId", "Name", "ResourceArn"),
    arn_name="apigateway",
    signing=Signing(name="apigateway", path="/v2/"),
)
