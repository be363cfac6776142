"""The operations on connections and API destinations.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateConnection.html
https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateApiDestination.html
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from harness.sim.services.events.destinations import (
    RATE_PER_SECOND,
    ConnectionState,
    DestinationState,
    DestinationStore,
)
from harness.sim.services.events.errors import exists, invalid, not_found
from harness.sim.services.events.lookup import here
from harness.sim.services.events.pages import page
from harness.sim.services.events.secrets import ConnectionSecrets
from harness.sim.services.service import Caller, Operation, Params, ServiceError

S = TypeVar("S", ConnectionState, DestinationState)


class DestinationsApi:
    """One method an operation."""

    def __init__(
        self,
        store: DestinationStore,
        secrets: ConnectionSecrets,
        now: Callable[[], float],
        new_id: Callable[[], str],
    ) -> None:
        self._store = store
        self._secrets = secrets
        self._now = now
        self._new_id = new_id

    def operations(self) -> dict[str, Operation]:
        """By their names."""
        return {
            "CreateApiDestination": self.create_api_destination,
            "CreateConnection": self.create_connection,
            "DeauthorizeConnection": self.deauthorize_connection,
            "DeleteApiDestination": self.delete_api_destination,
            "DeleteConnection": self.delete_connection,
            "DescribeApiDestination": self.describe_api_destination,
            "DescribeConnection": self.describe_connection,
            "ListApiDestinations": self.list_api_destinations,
            "ListConnections": self.list_connections,
            "UpdateApiDestination": self.update_api_destination,
            "UpdateConnection": self.update_connection,
        }

    def create_connection(self, params: Params, caller: Caller) -> Params:
        name, now = params["Name"], self._now()
        if _named(self._store.connections, here(caller, f"connection/{name}/")) is not None:
            raise exists(f"Connection {name}")
        secret = f"events!connection/{name}/{self._new_id()}"
        connection = ConnectionState(
            name,
            here(caller, f"connection/{name}/{self._new_id()}"),
            self._secrets.create(secret, params["AuthParameters"], caller.region),
            params["AuthorizationType"],
            params["AuthParameters"],
            now,
            now,
            params.get("Description") or "",
        )
        self._store.connections[connection.arn] = connection
        return _of_connection(connection)

    def update_connection(self, params: Params, caller: Caller) -> Params:
        connection = self._connection(params["Name"], caller, "update")
        connection.kind = params.get("AuthorizationType") or connection.kind
        connection.parameters = params.get("AuthParameters") or connection.parameters
        connection.description = params.get("Description") or connection.description
        connection.changed_at = self._now()
        connection.__post_init__()
        return {**_of_connection(connection), "LastAuthorizedTime": _time(connection.changed_at)}

    def deauthorize_connection(self, params: Params, caller: Caller) -> Params:
        connection = self._connection(params["Name"], caller, "deauthorize")
        connection.state = "DEAUTHORIZED"
        connection.changed_at = self._now()
        return {**_of_connection(connection), "LastAuthorizedTime": _time(connection.created_at)}

    def delete_connection(self, params: Params, caller: Caller) -> Params:
        connection = self._connection(params["Name"], caller, "delete")
        del self._store.connections[connection.arn]
        self._secrets.delete(connection.secret)
        connection.state = "DELETING"
        return {**_of_connection(connection), "LastAuthorizedTime": _time(connection.changed_at)}

    def describe_connection(self, params: Params, caller: Caller) -> Params:
        connection = self._connection(params["Name"], caller, "describe")
        return {
            **_in_list(connection),
            "SecretArn": connection.secret,
            "AuthParameters": connection.shown,
        } | ({"Description": connection.description} if connection.description else {})

    def list_connections(self, params: Params, caller: Caller) -> Params:
        wanted = params.get("ConnectionState")
        found = [
            _in_list(connection)
            for connection in _sorted(self._store.connections, here(caller, "connection/"))
            if connection.name.startswith(params.get("NamePrefix") or "")
            and wanted in (None, connection.state)
        ]
        return page("Connections", found, params)

    def create_api_destination(self, params: Params, caller: Caller) -> Params:
        name, now = params["Name"], self._now()
        if _named(self._store.destinations, here(caller, f"api-destination/{name}/")) is not None:
            raise exists(f"An api-destination '{name}'")
        destination = DestinationState(
            name,
            here(caller, f"api-destination/{name}/{self._new_id()}"),
            self._connection_of(params["ConnectionArn"]),
            params["InvocationEndpoint"],
            params["HttpMethod"],
            now,
            now,
            params.get("InvocationRateLimitPerSecond") or RATE_PER_SECOND,
            params.get("Description") or "",
        )
        self._store.destinations[destination.arn] = destination
        return _of_destination(destination)

    def update_api_destination(self, params: Params, caller: Caller) -> Params:
        destination = self._destination(params["Name"], caller)
        if params.get("ConnectionArn"):
            destination.connection = self._connection_of(params["ConnectionArn"])
        destination.endpoint = params.get("InvocationEndpoint") or destination.endpoint
        destination.method = params.get("HttpMethod") or destination.method
        rate = params.get("InvocationRateLimitPerSecond")
        destination.rate_per_second = rate or destination.rate_per_second
        destination.description = params.get("Description") or destination.description
        destination.changed_at = self._now()
        return _of_destination(destination)

    def delete_api_destination(self, params: Params, caller: Caller) -> Params:
        del self._store.destinations[self._destination(params["Name"], caller).arn]
        return {}

    def describe_api_destination(self, params: Params, caller: Caller) -> Params:
        destination = self._destination(params["Name"], caller)
        described = {"Description": destination.description} if destination.description else {}
        return _listed(destination) | described

    def list_api_destinations(self, params: Params, caller: Caller) -> Params:
        of = params.get("ConnectionArn")
        found = [
            _listed(destination)
            for destination in _sorted(self._store.destinations, here(caller, "api-destination/"))
            if destination.name.startswith(params.get("NamePrefix") or "")
            and of in (None, destination.connection.arn)
        ]
        return page("ApiDestinations", found, params)

    def _connection(self, name: str, caller: Caller, what: str) -> ConnectionState:
        found = _named(self._store.connections, here(caller, f"connection/{name}/"))
        if found is None:
            raise ServiceError(
                "ResourceNotFoundException",
                f"Failed to {what} the connection(s). Connection '{name}' does not exist.",
            )
        return found

    def _connection_of(self, arn: str) -> ConnectionState:
        if ":connection/" not in arn:
            raise invalid(f"Parameter(s) ConnectionArn not valid: {arn}")
        found = self._store.connections.get(arn)
        if found is None:
            raise not_found(f"Connection '{arn.split('/')[1]}'")
        return found

    def _destination(self, name: str, caller: Caller) -> DestinationState:
        found = _named(self._store.destinations, here(caller, f"api-destination/{name}/"))
        if found is None:
            raise ServiceError(
                "ResourceNotFoundException",
                f"Failed to describe the api-destination(s). An api-destination '{name}' does not exist.",
            )
        return found


def _named(states: dict[str, S], prefix: str) -> S | None:
    return next((state for arn, state in states.items() if arn.startswith(prefix)), None)


def _sorted(states: dict[str, S], prefix: str) -> list[S]:
    return [state for arn, state in sorted(states.items()) if arn.startswith(prefix)]


def _of_connection(connection: ConnectionState) -> Params:
    return {
        "ConnectionArn": connection.arn,
        "ConnectionState": connection.state,
        "CreationTime": _time(connection.created_at),
        "LastModifiedTime": _time(connection.changed_at),
    }


def _in_list(connection: ConnectionState) -> Params:
    return {
        **_of_connection(connection),
        "Name": connection.name,
        "AuthorizationType": connection.kind,
        "LastAuthorizedTime": _time(connection.changed_at),
    }


def _of_destination(destination: DestinationState) -> Params:
    active = destination.connection.state == "AUTHORIZED"
    return {
        "ApiDestinationArn": destination.arn,
        "ApiDestinationState": "ACTIVE" if active else "INACTIVE",
        "CreationTime": _time(destination.created_at),
        "LastModifiedTime": _time(destination.changed_at),
    }


def _listed(destination: DestinationState) -> Params:
    return {
        **_of_destination(destination),
        "Name": destination.name,
        "ConnectionArn": destination.connection.arn,
        "InvocationEndpoint": destination.endpoint,
        "HttpMethod": destination.method,
        "InvocationRateLimitPerSecond": destination.rate_per_second,
    }


def _time(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
