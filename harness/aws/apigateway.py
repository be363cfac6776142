"""Amazon API Gateway: REST APIs.

https://docs.aws.amazon.com/apigateway/latest/api/API_Operations.html
"""

from __future__ import annotations

from .facts import Errors, Service, Words

SERVICE = Service(
    name="apigateway",
    word="API",
    errors=Errors(throttled=Words("TooManyRequestsException", 429, "Too Many Requests")),
    about=("restApiId", "name", "resourceArn"),
)
