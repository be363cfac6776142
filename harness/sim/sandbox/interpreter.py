"""State of the interpreter and its libraries that code can change.

`OF_PROCESS` and `OF_LOGGING` are what each simulated process has for itself, swapped when another one acts:
names, as these are cheap to read. `OF_RUN` is what all share, put back when the run is over.
docs/guide/sandbox.md lists what can't be put back.
"""

from __future__ import annotations

import builtins
import copy
import copyreg
import csv
import decimal
import gc
import http.client
import json
import json.decoder
import json.encoder
import locale
import logging
import mimetypes
import multiprocessing
import os
import platform
import socket
import ssl
import sys
import tempfile
import threading
import time
import tracemalloc
import urllib.request
import uuid
import warnings
import zoneinfo
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import attrgetter, getitem, is_
from typing import Any

import botocore.auth
import botocore.client
import botocore.config
import botocore.endpoint
import botocore.handlers
from boto3.dynamodb.types import DYNAMODB_CONTEXT

from harness.sim.sandbox import namespaces
from harness.sim.sandbox.modules import FunctionLoader


class Places:
    """Names that are bound in modules, classes and objects. `owner`: whose bindings are in place."""

    def __init__(self, *groups: tuple[Any, tuple[str, ...]]) -> None:
        self.names = [(owner, name) for owner, names in groups for name in names if name in vars(owner)]
        self.owner: Bound | None = None
        self.namespaces = [vars(owner) for owner, _ in self.names]
        self._words = [name for _, name in self.names]

    def read(self) -> list[Any]:
        """What they are bound to."""
        try:
            return list(map(getitem, self.namespaces, self._words))
        except KeyError:  # somebody has deleted one
            return [namespace.get(name) for namespace, name in zip(self.namespaces, self._words, strict=True)]


_MANAGER = logging.root.manager

OF_PROCESS = Places(
    (sys, ("argv", "breakpointhook", "displayhook", "excepthook", "unraisablehook", "stdin")),
    (sys, ("dont_write_bytecode", "warnoptions", "__stdin__", "__stdout__", "__stderr__")),
    (os, ("environ",)),
    (time, ("sleep", "time")),
    (uuid, ("uuid4",)),
    (socket, ("create_connection", "getaddrinfo", "socket")),
    (platform, ("_uname_cache",)),
    (builtins, ("__import__", "input", "print")),
    (threading, ("excepthook",)),
    (warnings, ("_showwarnmsg_impl", "defaultaction", "filters", "formatwarning", "showwarning")),
    (tempfile, ("_name_sequence", "tempdir", "template")),
    (ssl, ("_create_default_https_context",)),
    (urllib.request, ("_opener",)),
    (json, ("_default_decoder", "_default_encoder", "dumps", "loads")),
    (botocore.client.BaseClient, ("_make_api_call",)),
    (botocore.endpoint.Endpoint, ("prepare_request",)),
    (http.client.HTTPConnection, ("_send_request", "debuglevel", "getresponse")),
)
"""What each simulated process has for itself."""

OF_LOGGING = Places(
    (logging, ("_levelToName", "_logRecordFactory", "_loggerClass", "_nameToLevel", "lastResort")),
    (logging, ("_warnings_showwarning", "logProcesses", "logThreads", "raiseExceptions")),
    (_MANAGER, ("_disable", "logRecordFactory", "loggerClass")),
)

_CHANGED_IN_PLACE = frozenset({"argv", "warnoptions", "filters", "_levelToName", "_nameToLevel"})


class Bound:
    """What the test, or a simulated process, has bound some names to.

    A process sees what the test has bound, but for what it has bound itself and what is changed in place: its
    `_own`, by number. All others are those of `_base`, the values of the test.
    """

    __slots__ = ("_base", "_first", "_own", "_places", "_test", "_values")

    _values: list[Any]

    def __init__(self, places: Places, test: Bound | None = None, **own: Any) -> None:
        self._places = places
        self._test = test
        self._own: dict[int, Any] = {}
        self._base = self._values = places.read() if test is None else test._values
        if test is not None:
            for n, (_, name) in enumerate(places.names):
                if name in own or name in _CHANGED_IN_PLACE:
                    self._own[n] = own[name] if name in own else copy.copy(self._values[n])
            self._take_base(test._values)
        self._first = len(self._own)

    def keep(self) -> None:
        """Remember what is bound now."""
        values = self._places.read()
        self._places.owner = self
        if all(map(is_, values, self._values)):
            return
        if self._test is None:
            self._base = self._values = values
            return
        self._own.update((n, value) for n, value in enumerate(values) if value is not self._values[n])
        self._values = values

    def value(self, name: str) -> Any:
        """What was remembered of a name."""
        names = [each for _, each in self._places.names]
        return self._values[names.index(name)]

    @property
    def is_usual(self) -> bool:
        """Is bound, while this is in place, what a new process finds?"""
        return len(self._own) == self._first and all(map(is_, self._places.read(), self._values))

    def put(self) -> bool:
        """Bind what was remembered, after another one's has been kept. Does Python warn of others?"""
        places, left = self._places, self._places.owner
        if self._test is not None and self._base is not self._test._values:
            self._take_base(self._test._values)
        places.owner = self
        if left is None or left._base is not self._base:
            return self._bind(range(len(self._values)), places.read())
        return self._bind(left._own | self._own, left._values)

    def _bind(self, numbers: Iterable[int], bound: list[Any]) -> bool:
        places, values, warns = self._places, self._values, False
        for n in numbers:
            if (value := values[n]) is not bound[n]:
                owner, name = places.names[n]
                if type(namespace := places.namespaces[n]) is dict:
                    namespace[name] = value
                else:
                    setattr(owner, name, value)
                warns = warns or (owner is warnings and value != bound[n])
        return warns

    def _take_base(self, base: list[Any]) -> None:
        self._base, self._values = base, base.copy()
        for n, value in self._own.items():
            self._values[n] = value


def filters_changed() -> None:
    """Python remembers which warnings it has shown under which filters."""
    if hasattr(warnings, "_filters_mutated"):
        warnings._filters_mutated()
    else:
        with warnings._lock:  # type: ignore[attr-defined]
            warnings._filters_mutated_lock_held()  # type: ignore[attr-defined]


@dataclass(frozen=True)
class _Setting:
    """Something that can be read and written. `copied`: it is changed in place, so what is kept is a copy."""

    name: str
    read: Callable[[], Any]
    write: Callable[[Any], Any]
    copied: Callable[[Any], Any] = lambda value: value


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _switch(on: Callable[[], Any], off: Callable[[], Any]) -> Callable[[bool], Any]:
    return lambda wanted: (on if wanted else off)()


def _contents(name: str, container: Any) -> _Setting:
    def write(kept: Any) -> None:
        container.clear()
        (container.extend if isinstance(container, list) else container.update)(kept)

    return _Setting(name, lambda: container, write, copy.copy)


_CONTEXTS = (decimal.DefaultContext, decimal.BasicContext, decimal.ExtendedContext, DYNAMODB_CONTEXT)
_OF_CONTEXT = ("prec", "rounding", "Emin", "Emax", "capitals", "clamp")
_of_context = attrgetter(*_OF_CONTEXT)


def _decimal_templates() -> list[Any]:
    return [(*_of_context(context), dict(context.traps)) for context in _CONTEXTS]


def _put_decimal_templates(kept: list[Any]) -> None:
    for context, values in zip(_CONTEXTS, kept, strict=True):
        for name, value in zip((*_OF_CONTEXT, "traps"), values, strict=True):
            setattr(context, name, value)


def _forget_types(_: object) -> None:
    """They are read anew when somebody asks for one."""
    mimetypes.inited, mimetypes._db = False, None  # type: ignore[attr-defined]


def _put_importers(present: list[Any], kept: list[Any]) -> None:
    """Those of installed packages stay, as the packages do."""
    present[:] = [each for each in present if each in kept or _module_of(each) in sys.modules]


def _module_of(importer: Any) -> str:
    kind = importer if hasattr(importer, "__module__") else type(importer)
    return str(kind.__module__)


def _trace_function() -> Any:
    """That of a run: the debugger of an editor looks after its own."""
    return None if "pydevd" in sys.modules else sys.gettrace()


def _put_modules(_: int) -> None:
    """Handlers' own modules leave by themselves, but not under names that somebody has given to them."""
    for name, module in list(sys.modules.items()):
        spec = getattr(module, "__spec__", None)
        if isinstance(getattr(spec, "loader", None), FunctionLoader):
            del sys.modules[name]


_names = namespaces.Namespaces([*OF_PROCESS.names, *OF_LOGGING.names])

OF_RUN = (
    _Setting("recursion limit", sys.getrecursionlimit, sys.setrecursionlimit),
    _Setting("switch interval", sys.getswitchinterval, sys.setswitchinterval),
    _Setting("digits of whole numbers", sys.get_int_max_str_digits, sys.set_int_max_str_digits),
    _Setting("trace function", _trace_function, sys.settrace),
    _Setting("profile function", sys.getprofile, sys.setprofile),
    _Setting("hooks of generators", sys.get_asyncgen_hooks, lambda kept: sys.set_asyncgen_hooks(*kept)),
    _Setting("garbage collector", gc.isenabled, _switch(gc.enable, gc.disable)),
    _Setting("its thresholds", gc.get_threshold, lambda kept: gc.set_threshold(*kept)),
    _Setting("its debugging", gc.get_debug, gc.set_debug),
    _contents("its callbacks", gc.callbacks),
    _Setting("default timeout of sockets", socket.getdefaulttimeout, socket.setdefaulttimeout),
    _Setting(
        "locale", lambda: locale.setlocale(locale.LC_ALL), lambda it: locale.setlocale(locale.LC_ALL, it)
    ),
    _Setting("umask", _umask, os.umask),
    _Setting("stack of threads", threading.stack_size, threading.stack_size),
    _Setting("tracemalloc", tracemalloc.is_tracing, _switch(tracemalloc.start, tracemalloc.stop)),
    _Setting("decimal contexts", _decimal_templates, _put_decimal_templates),
    _Setting("size of CSV fields", csv.field_size_limit, csv.field_size_limit),
    _Setting(
        "start of processes",
        lambda: multiprocessing.get_start_method(allow_none=True),
        lambda kept: multiprocessing.set_start_method(kept, force=True),
    ),
    _contents("pickle functions", copyreg.dispatch_table),
    _Setting("types of files", lambda: len(mimetypes.types_map), _forget_types),
    _Setting("importers", lambda: sys.meta_path, lambda kept: _put_importers(sys.meta_path, kept), list),
    _Setting("path hooks", lambda: sys.path_hooks, lambda kept: _put_importers(sys.path_hooks, kept), list),
    _Setting("modules", lambda: len(sys.modules), _put_modules),
    _Setting("names", _names.read, _names.write, _names.copied),
    _Setting("names of sys", namespaces.of_sys, namespaces.put_sys),
    _Setting("libraries", namespaces.libraries, namespaces.put_libraries),
    _Setting(
        "origins of coroutines",
        sys.get_coroutine_origin_tracking_depth,
        sys.set_coroutine_origin_tracking_depth,
    ),
    _Setting("time zones", lambda: zoneinfo.TZPATH, zoneinfo.reset_tzpath),
    _contents("handlers of the SDK", botocore.handlers.BUILTIN_HANDLERS),
    _contents("signers of the SDK", botocore.auth.AUTH_TYPE_MAPS),
    _contents("options of the SDK", botocore.config.Config.OPTION_DEFAULTS),
)
"""What all share, and what a run puts back."""


class CommonState:
    """As it was when this was made."""

    def __init__(self) -> None:
        self._kept = [setting.copied(setting.read()) for setting in OF_RUN]

    def restore(self) -> None:
        """Put back what has changed, and hold nothing of the run."""
        OF_PROCESS.owner = OF_LOGGING.owner = None
        for setting, kept in zip(OF_RUN, self._kept, strict=True):
            if setting.read() != kept:
                setting.write(kept)
