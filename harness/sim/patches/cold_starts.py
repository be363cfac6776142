"""Parts of a new client that only depend on its settings: they are put together for the first such client.

A cold start makes a session and clients anew, and nearly always with the settings of the one before. What may
change in a client is its own: event handlers, signer, configuration, endpoint and the state of its retries.
"""

from __future__ import annotations

import copy
import os
from typing import Any

from boto3.resources.factory import ResourceFactory
from botocore.args import ClientArgsCreator
from botocore.endpoint import EndpointCreator
from botocore.hooks import EventAliaser
from botocore.session import Session
from botocore.signers import RequestSigner

from harness.sim.patches import current
from harness.sim.patches.clients import NO_CREDENTIALS
from harness.sim.patches.patching import Attributes

_REMEMBERED = 256
_VARIABLES = (b"AWS_", b"BOTO")
"""Beginnings of the variables that the SDK reads."""
_USER_AGENT = tuple(f"_session_user_agent_{part}" for part in ("name", "version", "extra"))

Made = tuple[tuple[Any, ...], dict[str, Any]]
"""Objects of which the key holds no more than the id, and the parts."""

_real_get_client_args = ClientArgsCreator.get_client_args
_real_get_scoped_config = Session.get_scoped_config
_real_get_proxies = EndpointCreator._get_proxies

_real_load_resource = ResourceFactory.load_from_definition

_made: dict[Any, Made] = {}
_resources: dict[Any, tuple[Any, type]] = {}


def _get_client_args(
    creator: Any,
    service_model: Any,
    region_name: Any,
    is_secure: Any,
    endpoint_url: Any,
    verify: Any,
    credentials: Any,
    scoped_config: Any,
    client_config: Any,
    endpoint_bridge: Any,
    auth_token: Any = None,
    endpoints_ruleset_data: Any = None,
    partition_data: Any = None,
) -> dict[str, Any]:
    settings = service_model, region_name, is_secure, endpoint_url, verify
    held = service_model, endpoints_ruleset_data, partition_data
    of_session = _settings_of(creator)
    usual = (credentials is None or credentials is NO_CREDENTIALS) and not scoped_config and not auth_token
    if of_session is not None and usual:
        key = (
            *map(id, held),
            *settings[1:],
            service_model.resolved_protocol,
            credentials is None,
            None if client_config is None else repr(sorted(vars(client_config).items())),
            of_session,
        )
        if key in _made:
            return _for_another(creator, _made[key][1], credentials)
    parts = _real_get_client_args(
        creator,
        *settings,
        credentials,
        scoped_config,
        client_config,
        endpoint_bridge,
        auth_token,
        endpoints_ruleset_data,
        partition_data,
    )
    if of_session is not None and usual:
        if len(_made) >= _REMEMBERED:
            _made.clear()
        _made[key] = held, _for_another(creator, parts, credentials)
    return dict(parts)


def _settings_of(creator: Any) -> tuple[Any, ...] | None:
    """All that a session's settings come from; None if some can't be told."""
    store = creator._config_store
    session = _session_of(store)
    if session is None or store._overrides or session.full_config.get("profiles"):
        return None
    if creator._event_emitter._emitter._handlers.prefix_search("creating-serializer.any"):
        return None
    agent = tuple(getattr(creator._session_ua_creator, name) for name in _USER_AGENT)
    return repr(sorted(session._session_instance_vars.items())), agent, _variables()


def _session_of(store: Any) -> Any:
    """The session whose configuration a store holds."""
    providers = getattr(store._mapping.get("region"), "_providers", ())
    return next((provider._session for provider in providers if hasattr(provider, "_session")), None)


def _variables() -> tuple[tuple[bytes, bytes], ...]:
    data: dict[bytes, bytes] = os.environ._data  # type: ignore[attr-defined]
    return tuple(
        sorted(
            (name, value)
            for name, value in data.items()
            if name.startswith(_VARIABLES) and not name.startswith(b"AWS_LAMBDA_")
        )
    )


def _for_another(creator: Any, parts: dict[str, Any], credentials: Any) -> dict[str, Any]:
    """The parts of a client like this one, which shares nothing with it that could change."""
    emitter = copy.copy(creator._event_emitter)
    signer, config = parts["request_signer"], copy.copy(parts["client_config"])
    endpoint, resolver = copy.copy(parts["endpoint"]), copy.copy(parts["endpoint_ruleset_resolver"])
    endpoint._event_emitter = emitter
    endpoint._response_parser_factory = creator._response_parser_factory
    endpoint.http_session = copy.copy(endpoint.http_session)
    if resolver is not None:
        resolver._event_emitter = emitter
    return {
        **parts,
        "event_emitter": emitter,
        "request_signer": RequestSigner(
            signer._service_id,
            signer._region_name,
            signer._signing_name,
            signer._signature_version,
            credentials,
            emitter,
        ),
        "client_config": config,
        "endpoint": endpoint,
        "endpoint_ruleset_resolver": resolver,
        "loader": creator._loader,
        "exceptions_factory": creator._exceptions_factory,
        "user_agent_creator": creator._session_ua_creator.with_client_config(config),
    }


def _load_resource(
    factory: Any, resource_name: str, single_resource_json_definition: Any, service_context: Any
) -> Any:
    """The class of a boto3 resource: a copy of the first that was put together from the same definition.

    A session that has handlers of its own for this puts its own together.
    """
    definition, name = single_resource_json_definition, resource_name
    if not _hears_only_boto3(factory._emitter):
        return _real_load_resource(factory, name, definition, service_context)
    held = definition, service_context.service_model, service_context.resource_json_definitions
    key = name, service_context.service_name, *map(id, held)
    if key not in _resources:
        nobodys = ResourceFactory(copy.copy(factory._emitter))  # classes of parts are made by it, later
        _resources[key] = held, _real_load_resource(nobodys, name, definition, service_context)
    first = _resources[key][1]
    attributes = {name: value for name, value in vars(first).items() if name not in _OF_TYPE}
    return type(first.__name__, first.__bases__, attributes)


_OF_TYPE = ("__dict__", "__weakref__")
"""Attributes that Python gives to each class."""


def _hears_only_boto3(emitter: Any) -> bool:
    """Is nobody else called when the class of a resource is made?"""
    if type(emitter) is not EventAliaser:
        return False
    children = emitter._emitter._handlers._root["children"]
    node = children.get("creating-resource-class")
    return "*" not in children and (node is None or _is_boto3s(node))


def _is_boto3s(node: dict[str, Any]) -> bool:
    """Are all handlers below a node boto3's own?"""
    nodes = [node]
    for each in nodes:
        nodes += each["children"].values()
        for section in each["values"] or ():
            for handler in section:
                if not str(getattr(handler, "__module__", "")).startswith("boto3."):
                    return False
    return True


def _get_scoped_config(session: Any) -> Any:
    """Where there is no file with settings and no profile is asked for, nothing has to be looked up."""
    if session._profile_map == {} and "profile" not in session._session_instance_vars:
        data: dict[bytes, bytes] = os.environ._data  # type: ignore[attr-defined]
        if b"AWS_PROFILE" not in data and b"AWS_DEFAULT_PROFILE" not in data:
            return {}
    return _real_get_scoped_config(session)


def _get_proxies(creator: Any, url: str) -> Any:
    """Nothing is sent, through no proxy."""
    return {} if current.acting() is not None else _real_get_proxies(creator, url)


def replace(attributes: Attributes) -> None:
    """Register what new clients take from those before."""
    attributes.add(ClientArgsCreator, "get_client_args", _get_client_args)
    attributes.add(ResourceFactory, "load_from_definition", _load_resource)
    attributes.add(Session, "get_scoped_config", _get_scoped_config)
    attributes.add(EndpointCreator, "_get_proxies", _get_proxies)
