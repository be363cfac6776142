"""Settings of the SDK's sessions: each is looked up when somebody asks for it.

A new session makes a chain of providers for each of 40 settings, and copies them for each client. A cold
start asks for a third of them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

from botocore import configprovider
from botocore.configprovider import ConfigChainFactory, ConfigValueStore
from botocore.session import Session

from harness.sim.patches import current, sdk
from harness.sim.patches.patching import Attributes

_VARIABLES: dict[str, Any] = configprovider.BOTOCORE_DEFAUT_SESSION_VARIABLES
_all: Callable[[Any], dict[str, Any]] = configprovider.create_botocore_default_config_mapping
_chains: Callable[..., dict[str, Any]] = configprovider._create_config_chain_mapping

_NAMES = dict.fromkeys(_all(None))
"""All settings, in botocore's order; those that aren't variables consist of others."""


_FILES = frozenset({"profile", "config_file", "credentials_file", "data_path"})
"""Settings of a session that lead to a file."""
_PATHS = frozenset({b"AWS_CONFIG_FILE", b"AWS_SHARED_CREDENTIALS_FILE"})
_PROFILES = frozenset({b"AWS_PROFILE", b"AWS_DEFAULT_PROFILE"})

_real_full_config = Session.full_config
_real_get_scoped_config = Session.get_scoped_config


class _Providers(dict[str, Any]):
    """The providers of a session's settings, each made when it is needed."""

    def __init__(self, session: Any, environ: Any) -> None:
        super().__init__()
        self._session = session
        self._environ = environ
        self.are_usual = True

    def __setitem__(self, name: str, provider: Any) -> None:
        self.are_usual = False
        super().__setitem__(name, provider)

    def __missing__(self, name: str) -> Any:
        if name in _VARIABLES:
            factory = ConfigChainFactory(self._session, self._environ)
            made = _chains(factory, {name: _VARIABLES[name]})[name]
        else:
            made = _all(self._session)[name]
        super().__setitem__(name, made)
        return made

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or name in _NAMES

    def get(self, name: str, default: Any = None) -> Any:
        return self[name] if name in self else default  # noqa: SIM401

    def __iter__(self) -> Iterator[str]:
        return iter(self._whole())

    def __len__(self) -> int:
        return len(self._whole())

    def keys(self) -> Any:
        return self._whole().keys()

    def values(self) -> Any:
        return self._whole().values()

    def items(self) -> Any:
        return self._whole().items()

    def like(self) -> _Providers:
        """Another such dictionary, with the same providers as far as there are any."""
        made = _Providers(self._session, self._environ)
        dict.update(made, dict.items(self))
        made.are_usual = self.are_usual
        return made

    def _whole(self) -> dict[str, Any]:
        names = dict.fromkeys((*_NAMES, *dict.keys(self)))
        return {name: self[name] for name in names}


class _Store(ConfigValueStore):  # type: ignore[misc]
    """A session's settings. A copy, as each client has one, copies no provider."""

    _mapping: _Providers
    _overrides: dict[str, Any]

    @classmethod
    def of(cls, providers: _Providers, overrides: dict[str, Any]) -> _Store:
        """The settings that these providers tell."""
        store = cls()
        store._mapping, store._overrides = providers, overrides
        return store

    def __copy__(self) -> _Store:
        return _Store.of(self._mapping.like(), dict(self._overrides))


def _register_config_store(session: Any) -> None:
    store = _Store.of(_Providers(session, os.environ), {})
    session._components.register_component("config_store", store)


def tells_by_variables(session: Any) -> bool:
    """Do its settings come from variables and from itself alone, and from no file?"""
    store = session.get_component("config_store")
    if type(store) is not _Store or store._overrides or not store._mapping.are_usual:
        return False
    if session._session_instance_vars.keys() & _FILES or session.full_config.get("profiles"):
        return False
    data: dict[bytes, bytes] = os.environ._data  # type: ignore[attr-defined]
    return data.keys().isdisjoint(_PROFILES)


def _full_config(session: Any) -> Any:
    """A function has no file with settings, unless it names one."""
    if session._config is None and current.process() is not None:
        names_none = os.environ._data.keys().isdisjoint(_PATHS)  # type: ignore[attr-defined]
        if names_none and not session._session_instance_vars.keys() & _FILES:
            session._config = {"profiles": {}}
    return _real_full_config.fget(session)


def _get_scoped_config(session: Any) -> Any:
    """Where there is no file with settings and no profile is asked for, nothing has to be looked up."""
    return {} if tells_by_variables(session) else _real_get_scoped_config(session)


def _register_data_loader(session: Any) -> None:
    def make() -> Any:
        is_shared = tells_by_variables(session) and b"AWS_DATA_PATH" not in os.environ._data  # type: ignore[attr-defined]
        return sdk.create_loader(None if is_shared else session.get_config_variable("data_path"))

    session._components.lazy_register_component("data_loader", make)


def replace(attributes: Attributes) -> None:
    """Register what new sessions keep their settings in, and how they look for them."""
    attributes.add(Session, "_register_config_store", _register_config_store)
    attributes.add(Session, "_register_data_loader", _register_data_loader)
    attributes.add(Session, "full_config", property(_full_config))
    attributes.add(Session, "get_scoped_config", _get_scoped_config)
