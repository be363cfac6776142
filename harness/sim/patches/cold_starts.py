"""Clients and resources like those that were made before: a cold start makes nearly always the same ones.

The first client of its settings is made by botocore. Those that follow take from it what depends on nothing
but these; event handlers, signer, configuration, endpoint and the state of their retries are their own.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from boto3.resources.factory import ResourceFactory
from botocore import retryhandler, translate
from botocore.client import BaseClient, ClientCreator
from botocore.context import get_context
from botocore.credentials import Credentials
from botocore.discovery import block_endpoint_discovery_required_operations
from botocore.endpoint import EndpointCreator
from botocore.hooks import EventAliaser
from botocore.session import Session
from botocore.signers import RequestSigner

from harness.sim.patches import current
from harness.sim.patches.clients import NO_CREDENTIALS
from harness.sim.patches.patching import Attributes
from harness.sim.patches.sdk import copied, hears_only_boto3, twin
from harness.sim.patches.sessions import tells_by_variables

_REMEMBERED = 256
_VARIABLES = (b"AWS_", b"BOTO")
"""Beginnings of the variables that the SDK reads."""
_OF_FUNCTIONS = b"AWS_LAMBDA_"
"""And of those that it doesn't."""
_PLUGINS = b"BOTOCORE_EXPERIMENTAL__PLUGINS"
_KEYS = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token", "aws_account_id")
_MAKING = ("choose-service-name", "creating-client-class", "creating-serializer")
"""Events of the making of a client."""
_OF_TYPE = ("__dict__", "__weakref__")
"""Attributes that Python gives to each class."""

_real_create_client = Session.create_client
_real_get_proxies = EndpointCreator._get_proxies
_real_load_resource = ResourceFactory.load_from_definition

_prepared: dict[Any, tuple[Any, _Prepared | None]] = {}
"""By settings: objects of which the key holds no more than the id, and the first client's parts."""

_resources: dict[Any, tuple[Any, Callable[[], Any]]] = {}
"""By definition: what keeps its id, and what makes the class of a resource."""


class _Prepared:
    """The parts of a client, as it was made. `more`: botocore has handlers for this very service."""

    more = False

    def __init__(self, client: Any, settings: dict[str, Any]) -> None:
        made = type(client)
        self._class = _like(made)
        signer, config = client._request_signer, twin(client.meta.config)
        self._region = client.meta.region_name
        self._of_signer = (
            signer._service_id,
            signer._region_name,
            signer._signing_name,
            signer._signature_version,
        )
        self._shared = {
            "serializer": client._serializer,
            "response_parser": client._response_parser,
            "service_model": client.meta.service_model,
            "partition": client.meta.partition,
        }
        self._config, self._client_config = config, settings.get("config")
        self._in_config = [
            (name, held.copy()) for name, held in vars(config).items() if isinstance(held, dict)
        ]
        self._endpoint, self._resolver = twin(client._endpoint), twin(client._ruleset_resolver)
        self._endpoint.http_session = twin(client._endpoint.http_session)
        self._agent = twin(client._user_agent_creator)
        self._features = frozenset(self._agent._client_features or ())
        self._blocks = block_endpoint_discovery_required_operations in (
            client.meta.events._emitter._handlers.prefix_search("before-parameter-build")
        )

    def another(self, session: Any, credentials: Any) -> Any:
        """A client like it, of a session like that of the first."""
        emitter = EventAliaser(copied(session._events._emitter), dict(session._events._event_aliases))
        config, agent, endpoint = twin(self._config), twin(self._agent), twin(self._endpoint)
        for name, held in self._in_config:
            config.__dict__[name] = held.copy()
        agent._client_config, agent._client_features = config, set(self._features)
        endpoint._event_emitter = emitter
        endpoint._response_parser_factory = session.get_component("response_parser_factory")
        endpoint.http_session = twin(endpoint.http_session)
        resolver = twin(self._resolver)
        if resolver is not None:
            resolver._event_emitter = emitter
        client = self._class()(
            **self._shared,
            event_emitter=emitter,
            request_signer=RequestSigner(*self._of_signer, credentials, emitter),
            client_config=config,
            endpoint=endpoint,
            endpoint_ruleset_resolver=resolver,
            loader=session.get_component("data_loader"),
            exceptions_factory=session._get_internal_component("exceptions_factory"),
            user_agent_creator=agent,
        )
        session._last_client_region_used = self._region
        self._register(session, client)
        return client

    def _register(self, session: Any, client: Any) -> None:
        """Register what `ClientCreator.create_client` does."""
        creator = ClientCreator(client._loader, None, None, client.meta.events, retryhandler, translate)
        creator._register_retries(client)
        if self.more:
            creator._endpoint_resolver = session._get_internal_component("endpoint_resolver")
            config = self._client_config
            creator._register_s3_events(client, None, None, client_config=config, scoped_config={})
            creator._register_s3express_events(client)
            creator._register_s3_control_events(client)
        if self._blocks:
            client.meta.events.register(
                "before-parameter-build", block_endpoint_discovery_required_operations
            )


def _create_client(session: Any, service_name: str, *rest: Any, **settings: Any) -> Any:
    keys = [settings.get(name) for name in _KEYS]
    key = None if rest or get_context() is not None else _key(session, service_name, settings, keys)
    if key is None:
        return _real_create_client(session, service_name, *rest, **settings)
    if key in _prepared:
        prepared = _prepared[key][1]
        if prepared is not None:
            return prepared.another(session, _credentials(keys))
    client = _real_create_client(session, service_name, **settings)
    if key not in _prepared:
        if len(_prepared) >= _REMEMBERED:
            _prepared.clear()
        held = _node_of_classes(session), session.get_component("data_loader")
        _prepared[key] = held, _prepare(session, client, settings)
    return client


def _key(session: Any, service_name: str, settings: dict[str, Any], keys: list[Any]) -> Any:
    """All that a client depends on; None if some can't be told."""
    data: dict[bytes, bytes] = os.environ._data  # type: ignore[attr-defined]
    if _PLUGINS in data or not all(hears_only_boto3(session._events, event) for event in _MAKING):
        return None
    if keys[2:] != [None, None] or (keys[0] is None) is not (keys[1] is None):
        return None
    if not tells_by_variables(session):
        return None
    config = settings.get("config")
    default = session._client_config
    return (
        service_name,
        *[settings.get(name) for name in ("region_name", "api_version", "verify", "endpoint_url")],
        settings.get("use_ssl", True),
        keys[0] is None,
        None if config is None else repr(sorted(vars(config).items())),
        None if default is None else repr(sorted(vars(default).items())),
        repr(sorted(session._session_instance_vars.items())),
        session.user_agent_name,
        session.user_agent_version,
        session.user_agent_extra,
        id(_node_of_classes(session)),
        id(session.get_component("data_loader")),
        _variables(data),
    )


def _node_of_classes(session: Any) -> Any:
    """The handlers that change the classes of clients: boto3's sessions have some, botocore's none."""
    return session._events._emitter._handlers.nodes.get("creating-client-class")


def _variables(data: dict[bytes, bytes]) -> tuple[tuple[bytes, bytes], ...]:
    given = [one for one in data.items() if one[0][:4] in _VARIABLES and one[0][:11] != _OF_FUNCTIONS]
    return tuple(sorted(given))


def _credentials(keys: list[Any]) -> Credentials:
    return NO_CREDENTIALS if keys[0] is None else Credentials(keys[0], keys[1])


def _prepare(session: Any, client: Any, settings: dict[str, Any]) -> _Prepared | None:
    """None: clients like this one wouldn't have all that it has."""
    if client._request_signer._auth_token is not None or not isinstance(client, BaseClient):
        return None
    prepared = _Prepared(client, settings)
    for prepared.more in (False, True):
        like = prepared.another(session, NO_CREDENTIALS)
        if vars(like).keys() == vars(client).keys() and _heard(like) == _heard(client):
            return prepared
    return None


def _heard(client: Any) -> list[Any]:
    """The handlers of a client, each by the code that it runs."""
    return sorted(_listed(client.meta.events._emitter._handlers._root, ""))


def _listed(node: dict[str, Any], path: str) -> Iterator[tuple[str, int, str]]:
    for number, section in enumerate(node["values"] or ()):
        for handler in section:
            code = getattr(handler, "__func__", handler)
            yield path, number, str(getattr(code, "__qualname__", type(code)))
    for part, child in node["children"].items():
        yield from _listed(child, f"{path}.{part}")


def _like(made: type) -> Callable[[], Any]:
    """Makes classes like this one is now."""
    attributes = {name: value for name, value in vars(made).items() if name not in _OF_TYPE}
    return partial(type, made.__name__, made.__bases__, attributes)


def _load_resource(
    factory: Any, resource_name: str, single_resource_json_definition: Any, service_context: Any
) -> Any:
    """The class of a boto3 resource: a copy of the first that was put together from the same definition.

    A session that has handlers of its own for this puts its own together.
    """
    definition, name = single_resource_json_definition, resource_name
    if not hears_only_boto3(factory._emitter, "creating-resource-class"):
        return _real_load_resource(factory, name, definition, service_context)
    held = definition, service_context.service_model, service_context.resource_json_definitions
    key = name, service_context.service_name, *map(id, held)
    if key not in _resources:
        nobodys = ResourceFactory(copy.copy(factory._emitter))  # classes of parts are made by it, later
        first = _real_load_resource(nobodys, name, definition, service_context)
        _resources[key] = held, _like(first)
    return _resources[key][1]()


def _get_proxies(creator: Any, url: str) -> Any:
    """Nothing is sent, through no proxy."""
    return {} if current.acting() is not None else _real_get_proxies(creator, url)


def replace(attributes: Attributes) -> None:
    """Register what makes new clients and resources like those before."""
    attributes.add(Session, "create_client", _create_client)
    attributes.add(ResourceFactory, "load_from_definition", _load_resource)
    attributes.add(EndpointCreator, "_get_proxies", _get_proxies)
