"""Sessions and clients of the SDK at the price of a cold start that can be afforded.

botocore reads its service models anew for each session and derives the same things from them for each
client. While a simulator is active the sessions of the process share one loader, and what depends on
nothing but a model is derived once.
"""

from __future__ import annotations

import copy
import functools
import weakref
from collections import deque
from collections.abc import Callable
from inspect import CO_VARKEYWORDS
from types import SimpleNamespace
from typing import Any

import boto3
import botocore.configloader
import botocore.handlers
import botocore.hooks
import botocore.regions
import botocore.session
from botocore.client import ClientCreator
from botocore.exceptions import ConfigNotFound
from botocore.hooks import (
    _LAST,
    _MIDDLE,
    EVENT_ALIASES,
    EventAliaser,
    HierarchicalEmitter,
    NodeList,
    _PrefixTrie,
)
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.retries.quota import RetryQuota

from harness.sim.patches import current
from harness.sim.patches.current import state
from harness.sim.patches.patching import Attributes


class _SearchPaths(list[str]):
    """boto3 adds its own folder to the loader in each session."""

    def append(self, path: str) -> None:
        if path not in self:
            super().append(path)


_real_create_loader = botocore.session.create_loader
_real_register_boto3s = boto3.Session._register_default_handlers
_real_register_handlers = botocore.session.Session._register_builtin_handlers
_real_create_methods = ClientCreator._create_methods
_real_create_name_mapping = ClientCreator._create_name_mapping
_real_register = EventAliaser.register
_real_register_last = EventAliaser.register_last
_real_alias = EventAliaser._alias_event_name
_real_endpoint_provider = botocore.regions.EndpointProvider
_real_load_model = ClientCreator._load_service_model
_real_parse_config = botocore.configloader.raw_config_parse
_real_acquire = RetryQuota.acquire


@functools.cache
def create_loader(search_path_string: str | None = None) -> Loader:
    """One loader for all sessions that look in the same folders."""
    loader = _real_create_loader(search_path_string)
    loader._search_paths = _SearchPaths(loader._search_paths)
    return loader


class _SharedHandlers(_PrefixTrie):  # type: ignore[misc]
    """Registered handlers of which a copy costs nothing: nodes are shared, and copied when they change.

    A node has the `_mark` of who may change it. Its lists of handlers are never changed, but others take
    their place.
    """

    _root: dict[str, Any]

    def __init__(self) -> None:
        super().__init__()
        self._mark = object()

    def append_item(self, key: str, value: Any, section: int = _MIDDLE) -> None:
        mark, node = self._mark, self._owned(self._root)
        self._root = node
        for part in key.split("."):
            children = node["children"]
            if part not in children:
                node = children[part] = {"chunk": part, "children": {}, "values": None, "mark": mark}
                continue
            node = children[part]
            if "mark" not in node or node["mark"] is not mark:
                node = children[part] = self._owned(node)
        sections = list(node["values"] or _EMPTY)
        sections[section] = [*sections[section], value]
        node["values"] = NodeList(*sections)

    def remove_item(self, key: str, value: Any) -> None:
        node = self._root = self._owned(self._root)
        for part in key.split("."):
            children = node["children"]
            if part not in children:
                break
            node = children[part] = self._owned(children[part])
            if node["values"] is not None:
                node["values"] = NodeList(*map(list, node["values"]))
        super().remove_item(key, value)

    def prefix_search(self, key: str) -> deque[Any]:
        """The handlers for an event. Most events have only those of each session, and are looked up once."""
        root = self._root
        node = root["children"].get(key.partition(".")[0])
        if node is None or "mark" in node or "*" in root["children"] or root["values"]:
            found: deque[Any] = super().prefix_search(key)
            return found
        known = id(node), key
        if known not in _found:
            _found[known] = node, super().prefix_search(key)
        return _found[known][1].copy()

    def __copy__(self) -> _SharedHandlers:
        copied = _SharedHandlers()
        copied._root = self._root
        self._mark = object()
        return copied

    @property
    def nodes(self) -> dict[str, Any]:
        """By the first part of the name of an event."""
        nodes: dict[str, Any] = self._root["children"]
        return nodes

    def graft(self, nodes: dict[str, Any]) -> None:
        """Take these nodes, which nobody may change."""
        self._root = self._owned(self._root)
        self._root["children"].update(nodes)

    def _owned(self, node: dict[str, Any]) -> dict[str, Any]:
        """The node, if it is nobody else's, or a copy of it."""
        if "mark" in node and node["mark"] is self._mark:
            return node
        return {**node, "children": {**node["children"]}, "mark": self._mark}


_EMPTY = NodeList([], [], [])

_found: dict[tuple[int, str], tuple[Any, deque[Any]]] = {}
"""By a node that nobody may change, and the name of an event."""

_builtin: list[Any] = []
_pristine: list[Any] = []
_boto3s: list[Any] = []


def twin(thing: Any) -> Any:
    """`copy.copy` of a plain object."""
    if thing is None:
        return None
    made = object.__new__(type(thing))
    made.__dict__ = {**thing.__dict__}
    return made


def copied(emitter: Any) -> Any:
    """`copy.copy` of an emitter whose handlers are shared."""
    made = twin(emitter)
    made._handlers = emitter._handlers.__copy__()
    made._unique_id_handlers = emitter._unique_id_handlers.copy()
    return made


def hears_only_boto3(events: Any, event: str) -> bool:
    """Is nobody else called at an event of this kind?"""
    handlers = _shared_handlers(events)
    if handlers is None:
        return False
    return "*" not in handlers.nodes and "mark" not in handlers.nodes.get(event, ())


def _shared_handlers(events: Any) -> _SharedHandlers | None:
    if type(events) is not EventAliaser or type(events._emitter) is not HierarchicalEmitter:
        return None
    handlers = events._emitter._handlers
    return handlers if type(handlers) is _SharedHandlers else None


def _register_builtin_handlers(session: Any, events: Any) -> None:
    """The same handlers are registered in each session: copy them from the first, while they are the same."""
    wanted = botocore.handlers.BUILTIN_HANDLERS
    if wanted != _builtin:
        _builtin[:] = wanted
        _pristine.clear()
        _boto3s.clear()
    if not _pristine:
        _real_register_handlers(session, events)
        emitter = copy.copy(events._emitter)
        shared = _SharedHandlers()
        shared._root, emitter._handlers = emitter._handlers._root, shared
        _pristine.append(emitter)
    vars(events._emitter).update(vars(copied(_pristine[0])))


def _register_boto3s_handlers(session: Any) -> None:
    """So are those that boto3 adds."""
    handlers = _shared_handlers(session.events)
    if handlers is None or not _pristine:
        _real_register_boto3s(session)
        return
    if not _boto3s:
        events = EventAliaser(copied(_pristine[0]))
        _real_register_boto3s(SimpleNamespace(_session=events, events=events))
        _give_to_all(events._emitter._handlers._root)
        _boto3s.append(events._emitter)
    emitter, first, boto3s = session.events._emitter, _pristine[0], _boto3s[0]
    before = first._handlers
    if handlers._root is before._root:
        vars(emitter).update(vars(copied(boto3s)))
        return
    added = {
        name: node for name, node in boto3s._handlers.nodes.items() if before.nodes.get(name) is not node
    }
    if any(handlers.nodes.get(name) is not before.nodes.get(name) for name in added):
        _real_register_boto3s(session)
        return
    handlers.graft(added)
    for name in boto3s._unique_id_handlers.keys() - first._unique_id_handlers.keys():
        emitter._unique_id_handlers[name] = boto3s._unique_id_handlers[name]
    emitter._lookup_cache = {}


def _give_to_all(node: dict[str, Any]) -> None:
    """Nobody may change this node any more."""
    node.pop("mark", None)
    for child in node["children"].values():
        _give_to_all(child)


_ALIASES = len(EVENT_ALIASES)
_event_names: dict[str, str] = {}


def _alias_event_name(aliaser: Any, event_name: str) -> str:
    """Names of events are translated alike for each client."""
    if len(aliaser._event_aliases) != _ALIASES:
        return str(_real_alias(aliaser, event_name))
    try:
        return _event_names[event_name]
    except KeyError:
        return _event_names.setdefault(event_name, str(_real_alias(aliaser, event_name)))


def _registering(section: int, usual: Callable[..., None]) -> Callable[..., None]:
    """`EventAliaser.register` and `register_last`, which is `usual`.

    Handlers are often new objects on the same code, of which the flags tell as much as a signature.
    """

    def register(
        aliaser: Any, event_name: str, handler: Any, unique_id: Any = None, unique_id_uses_count: bool = False
    ) -> None:
        emitter, code = aliaser._emitter, getattr(handler, "__code__", None)
        is_usual = type(emitter) is HierarchicalEmitter and type(emitter._handlers) is _SharedHandlers
        if not is_usual or code is None or unique_id_uses_count or not code.co_flags & CO_VARKEYWORDS:
            usual(aliaser, event_name, handler, unique_id, unique_id_uses_count)
            return
        if unique_id is not None:
            known = emitter._unique_id_handlers
            if unique_id in known:
                if "count" in known[unique_id]:
                    usual(aliaser, event_name, handler, unique_id)
                return
            known[unique_id] = {"handler": handler}
        emitter._handlers.append_item(_alias_event_name(aliaser, event_name), handler, section)
        emitter._lookup_cache = {}

    return register


_models: dict[tuple[int, str], tuple[Any, ServiceModel]] = {}


def _load_service_model(creator: Any, service_name: str, api_version: str | None = None) -> ServiceModel:
    """One model object for a service, with the shapes that it has resolved."""
    data = creator._loader.load_service_model(service_name, "service-2", api_version=api_version)
    key = id(data), service_name
    if key not in _models:
        _models[key] = data, _real_load_model(creator, service_name, api_version)
    return _models[key][1]


_methods: dict[int, tuple[ServiceModel, dict[str, Any]]] = {}


def _create_methods(creator: Any, service_model: ServiceModel) -> dict[str, Any]:
    key = id(service_model)
    if key not in _methods:
        _methods[key] = service_model, _real_create_methods(creator, service_model)
    return dict(_methods[key][1])


def _create_name_mapping(creator: Any, service_model: ServiceModel) -> dict[str, str]:
    key = id(service_model)
    if key not in _names:
        _names[key] = service_model, _real_create_name_mapping(creator, service_model)
    return dict(_names[key][1])


_names: dict[int, tuple[ServiceModel, dict[str, str]]] = {}


def _acquire(quota: Any, capacity_amount: int) -> bool:
    """A client has so many retries to spend until its calls succeed again: it has them anew in each run."""
    kernel = state.kernel
    if kernel is not None and getattr(quota, "_run", lambda: None)() is not kernel:
        quota._run = weakref.ref(kernel)
        quota._available_capacity = quota._max_capacity
    granted: bool = _real_acquire(quota, capacity_amount)
    return granted


_providers: dict[tuple[Any, ...], tuple[Any, Any, Any]] = {}


def _endpoint_provider(ruleset_data: Any, partition_data: Any, **options: Any) -> Any:
    """Endpoint rules are parsed once, and what they said is remembered by the provider."""
    key = id(ruleset_data), id(partition_data), repr(sorted(options.items()))
    if key not in _providers:
        made = _real_endpoint_provider(ruleset_data=ruleset_data, partition_data=partition_data, **options)
        _providers[key] = ruleset_data, partition_data, made
    return _providers[key][2]


def _parse_config(config_filename: str, *args: Any) -> Any:
    """A function has no home: what the user of this machine has configured there is not the function's."""
    if current.process() is not None and config_filename.startswith("~"):
        raise ConfigNotFound(path=config_filename)
    return _real_parse_config(config_filename, *args)


def replace(attributes: Attributes) -> None:
    """Register what the sessions share, and what functions don't get to see."""
    attributes.add(botocore.configloader, "raw_config_parse", _parse_config)
    attributes.add(botocore.session, "create_loader", create_loader)
    attributes.add(botocore.session.Session, "_register_builtin_handlers", _register_builtin_handlers)
    attributes.add(boto3.Session, "_register_default_handlers", _register_boto3s_handlers)
    attributes.add(EventAliaser, "register", _registering(_MIDDLE, _real_register))
    attributes.add(EventAliaser, "register_last", _registering(_LAST, _real_register_last))
    attributes.add(EventAliaser, "_alias_event_name", _alias_event_name)
    attributes.add(RetryQuota, "acquire", _acquire)
    attributes.add(botocore.regions, "EndpointProvider", _endpoint_provider)
    attributes.add(ClientCreator, "_load_service_model", _load_service_model)
    attributes.add(ClientCreator, "_create_methods", _create_methods)
    attributes.add(ClientCreator, "_create_name_mapping", _create_name_mapping)
