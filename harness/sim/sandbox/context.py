"""The context object that a handler gets beside its event."""

from __future__ import annotations

import sys
from typing import Any

from harness.sim.kernel import Kernel
from harness.sim.sandbox.shapes import ContextData, FunctionCode


class CognitoIdentity:
    """The identity of a caller that uses the AWS mobile SDK; None for other callers."""

    __slots__ = ("cognito_identity_id", "cognito_identity_pool_id")

    def __init__(self, identity: Any) -> None:
        identity = identity or {}
        self.cognito_identity_id = identity.get("cognitoIdentityId")
        self.cognito_identity_pool_id = identity.get("cognitoIdentityPoolId")

    def __repr__(self) -> str:
        return (
            f"CognitoIdentity([cognito_identity_id={self.cognito_identity_id},"
            f"cognito_identity_pool_id={self.cognito_identity_pool_id}])"
        )


class Client:
    """The application that called."""

    __slots__ = ("app_package_name", "app_title", "app_version_code", "app_version_name", "installation_id")

    def __init__(self, client: dict[str, Any]) -> None:
        for name in self.__slots__:
            setattr(self, name, client.get(name))


class ClientContext:
    """The client context that the caller sent with the invocation."""

    __slots__ = ("client", "custom", "env")

    def __init__(self, context: Any) -> None:
        self.custom = context.get("custom")
        self.env = context.get("env")
        client = context.get("client")
        self.client = None if client is None else Client(client)


class LambdaContext:
    """As documented in https://docs.aws.amazon.com/lambda/latest/dg/python-context.html"""

    def __init__(self, kernel: Kernel, code: FunctionCode, data: ContextData, stream: str, until: float):
        self._kernel = kernel
        self._until = until
        self.aws_request_id = data.request_id
        self.log_group_name = code.log_group or f"/aws/lambda/{code.name}"
        self.log_stream_name = stream
        self.function_name = code.name
        self.memory_limit_in_mb = str(code.memory_mb)
        self.function_version = code.version
        self.invoked_function_arn = data.function_arn or code.arn
        self.tenant_id = code.tenant or None
        self.client_context = ClientContext(data.client_context) if data.client_context else None
        self.identity = CognitoIdentity(data.identity)

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds of virtual time until the function times out."""
        return max(int(round((self._until - self._kernel.now) * 1000, 3)), 0)

    def log(self, message: object) -> None:
        """Write to the function's log."""
        sys.stdout.write(str(message))

    def __repr__(self) -> str:
        return (
            f"LambdaContext([aws_request_id={self.aws_request_id},log_group_name={self.log_group_name},"
            f"log_stream_name={self.log_stream_name},function_name={self.function_name},"
            f"memory_limit_in_mb={self.memory_limit_in_mb},function_version={self.function_version},"
            f"invoked_function_arn={self.invoked_function_arn},client_context={self.client_context},"
            f"identity={self.identity})"
        )
