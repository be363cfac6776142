"""Handles, by which tests use the resources of an app: one module each.

A new handle is a module in this package, or a class anywhere that is added to `HANDLES`; see
`docs/extend/handle.md`.
"""

from __future__ import annotations

from harness.app.handles.handle import Handle, HoldsEffects
from harness.registry import Registry, classes_in

__all__ = ["HANDLES", "Handle", "HoldsEffects"]

HANDLES: Registry[type[Handle]] = Registry(
    __name__, "handle", lambda module: {handle.kind: handle for handle in classes_in(module, Handle)}
)
