"""LocalStack's service providers, as they are loaded: patches are applied right before, each in its time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from localstack.services.plugins import Service

from . import patching

_loaded: dict[str, Any] = {}


def get(service: str) -> Any:
    """The provider of a service. Raises `LookupError` as long as nothing has used the service."""
    found = _loaded.get(service)
    if found is None:
        raise LookupError(f"LocalStack hasn't loaded {service} yet")
    return found


def is_loaded(service: str) -> bool:
    """Has anything used the service?"""
    return service in _loaded


def watch(patches: dict[str, Callable[[], None]]) -> None:
    """Apply the patches of a service when its provider is made, and remember the provider."""
    waiting = dict(patches)

    def made(original: Callable[..., Any], provider: Any, *args: Any, **kwargs: Any) -> Any:
        apply = waiting.pop(provider.service, None)
        if apply is not None:
            apply()
        _loaded[provider.service] = provider
        return original(provider, *args, **kwargs)

    patching.wrap(Service, "for_provider", made, "provider")
