"""The process state that code sees, put in place while it runs: variables, streams, paths, logging."""

from __future__ import annotations

import asyncio.events
import logging
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3

from harness.sim.clock import set_zone
from harness.sim.sandbox.interpreter import OF_LOGGING, OF_PROCESS, Bound, filters_changed

if TYPE_CHECKING:
    from harness.sim.sandbox.logs import LambdaLoggerHandler

_events: dict[str, Any] = asyncio.events.__dict__
_logging: dict[str, Any] = logging.__dict__
UTC = "UTC"
_getcwd, _chdir = os.getcwd, os.chdir
_environ: Any = os.environ
_environb: Any = os.environb


@dataclass(slots=True)
class Surroundings:
    """All but the logging."""

    bound: Bound
    variables: Any
    stdout: Any
    stderr: Any
    path: list[str]
    folder: str | None
    session: Any = None
    loop_policy: Any = None
    zone: str = UTC

    @classmethod
    def present(cls) -> Surroundings:
        """What is in place."""
        found = cls(Bound(OF_PROCESS), None, None, None, [], None)
        found.keep()
        return found

    def keep(self) -> None:
        """Remember what is in place."""
        self.bound.keep()
        self.variables = _environ._data
        self.stdout, self.stderr, self.path = sys.stdout, sys.stderr, sys.path
        self.session = boto3.DEFAULT_SESSION
        self.loop_policy = _events.get("_event_loop_policy")
        try:
            self.folder = _getcwd()
        except OSError:
            self.folder = None

    def put(self, left: Surroundings) -> None:
        """Put in place what was remembered, where `left` was until now."""
        if self.bound.put():
            filters_changed()
        _environ._data = _environb._data = self.variables
        sys.stdout, sys.stderr, sys.path = self.stdout, self.stderr, self.path
        boto3.DEFAULT_SESSION = self.session
        _events["_event_loop_policy"] = self.loop_policy
        if self.zone != left.zone:
            set_zone(self.zone)
        if self.folder is not None and self.folder != left.folder:
            try:  # noqa: SIM105 - a manager of contexts costs more than the change of folder
                _chdir(self.folder)
            except OSError:
                pass


@dataclass(slots=True)
class Logging:
    """The root logger's settings, and which loggers there are.

    Loggers of installed packages exist once, and report to whatever root is in place.
    """

    bound: Bound
    handlers: list[logging.Handler]
    filters: list[Any]
    level: int
    loggers: dict[str, Any]
    named: Any
    handler_list: list[Any]

    @classmethod
    def present(cls) -> Logging:
        """What is in place."""
        found = cls(Bound(OF_LOGGING), [], [], 0, {}, None, [])
        found.keep()
        return found

    def keep(self) -> None:
        """Remember what is in place."""
        self.bound.keep()
        root = logging.root
        self.handlers, self.level, self.filters = root.handlers, root.level, root.filters
        self.loggers = root.manager.loggerDict
        self.named, self.handler_list = _logging["_handlers"], _logging["_handlerList"]

    def put(self) -> None:
        """Put in place what was remembered."""
        root = logging.root
        root.handlers, root.filters = self.handlers, self.filters
        root.manager.loggerDict = self.loggers
        _logging["_handlers"], _logging["_handlerList"] = self.named, self.handler_list
        before = root.level, root.manager._disable  # type: ignore[attr-defined]
        root.level = self.level
        self.bound.put()
        if before != (root.level, root.manager._disable):  # type: ignore[attr-defined]
            forget_what_passes()

    @classmethod
    def of_runtime(cls, handler: LambdaLoggerHandler, test: Logging) -> Logging:
        """As a new environment finds it: Lambda's handler on the root, and the level that goes with it."""
        bound = Bound(OF_LOGGING, test.bound)
        return cls(bound, [handler], [], handler.root_level, dict(test.loggers), type(test.named)(), [])


def forget_what_passes(manager: Any = logging.root.manager) -> None:
    """Loggers remember which levels they let pass, by the root's; most have been asked nothing since."""
    loggers = [manager.root, *manager.loggerDict.values()]
    key = id(manager.loggerDict)
    if key not in _remembering or _remembering[key][0] != loggers:
        if len(_remembering) >= _PROCESSES:
            _remembering.clear()
        caches = [logger._cache for logger in loggers if type(logger) is not logging.PlaceHolder]
        _remembering[key] = loggers, caches
    for known in filter(None, _remembering[key][1]):
        known.clear()


_PROCESSES = 64
_remembering: dict[int, tuple[list[Any], list[dict[int, bool]]]] = {}
"""By the loggers of a process: what each of them remembers."""


class SharedLoggers:
    """Levels, handlers and the rest of the loggers of installed packages, which functions may change."""

    def __init__(self) -> None:
        self._kept = [
            (logger, logger.level, logger.propagate, logger.disabled, (*logger.handlers,), (*logger.filters,))
            for logger in list(logging.root.manager.loggerDict.values())
            if isinstance(logger, logging.Logger)
        ]

    def restore(self) -> None:
        """As they were when this was made. Nothing of a run is held any more."""
        changed = False
        for logger, level, propagate, disabled, handlers, filters in self._kept:
            changed = changed or logger.level != level
            logger.level, logger.propagate, logger.disabled = level, propagate, disabled
            if (*logger.handlers,) != handlers:
                logger.handlers[:] = handlers
            if (*logger.filters,) != filters:
                logger.filters[:] = filters
        if changed:
            forget_what_passes()
        _remembering.clear()
