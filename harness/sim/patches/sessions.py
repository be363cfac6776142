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

from harness.sim.patches.patching import Attributes

_VARIABLES: dict[str, Any] = configprovider.BOTOCORE_DEFAUT_SESSION_VARIABLES
_all: Callable[[Any], dict[str, Any]] = configprovider.create_botocore_default_config_mapping
_chains: Callable[..., dict[str, Any]] = configprovider._create_config_chain_mapping

_NAMES = dict.fromkeys(_all(None))
"""All settings, in botocore's order; those that aren't variables consist of others."""


class _Providers(dict[str, Any]):
    """The providers of a session's settings, each made when it is needed."""

    def __init__(self, session: Any, environ: Any) -> None:
        super().__init__()
        self._session = session
        self._environ = environ

    def __missing__(self, name: str) -> Any:
        if name in _VARIABLES:
            factory = ConfigChainFactory(self._session, self._environ)
            made = _chains(factory, {name: _VARIABLES[name]})[name]
        else:
            made = _all(self._session)[name]
        self[name] = made
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


def replace(attributes: Attributes) -> None:
    """Register what new sessions keep their settings in."""
    attributes.add(Session, "_register_config_store", _register_config_store)
