"""Modules of the function's own code and layers: each environment has its own, installed packages are
shared by all but the few that keep an environment's state in globals.

A finder in front of all others looks into the function's folders while one of its environments runs,
and the modules found there leave `sys.modules` whenever something else runs.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import metadata
from importlib.machinery import (
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    ModuleSpec,
    SourceFileLoader,
)
from os import stat as _stat
from os.path import isfile
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

SDK = frozenset({"boto3", "botocore", "s3transfer", "jmespath", "urllib3", "harness"})
"""Never taken from a function's folder: the simulator answers for the installed ones."""

OWN_THOUGH_INSTALLED = ("aws_lambda_powertools", "aws_xray_sdk")
"""Their globals are meant for one execution environment: what parameters were read, whether this is a cold
start, the metrics not yet written. Shared, they would carry it to other functions and to later runs."""

LOADED_BY_RUNTIME = frozenset(sys.builtin_module_names) | {
    *("abc", "ast", "base64", "codecs", "collections", "contextlib", "copy", "datetime", "decimal", "email"),
    *("encodings", "enum", "functools", "http", "importlib", "inspect", "io", "itertools", "json", "keyword"),
    *("linecache", "logging", "math", "numbers", "operator", "os", "random", "re", "reprlib", "select"),
    *("selectors", "signal", "site", "socket", "ssl", "stat", "string", "struct", "subprocess", "sys"),
    *("tempfile", "threading", "time", "token", "tokenize", "traceback", "types", "typing", "urllib", "uuid"),
    *("warnings", "weakref", "zipfile"),
}
"""Names of the standard library that Lambda's runtime has imported before a handler's module could take
them. Others can be shadowed by a function's own module, as on Lambda."""

_code: dict[str, tuple[tuple[int, int], CodeType]] = {}


class FunctionLoader(SourceFileLoader):
    """Compiles each version of a file once in a process, and writes nothing into the user's folders."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        state = _stat(path)
        version = state.st_mtime_ns, state.st_size
        known = _code.get(path)
        if known is not None and known[0] == version:
            return known[1]
        if fullname.partition(".")[0] in OWN_THOUGH_INSTALLED:
            code = super().get_code(fullname)
        else:
            code = self.source_to_code(self.get_data(path), path)
        assert isinstance(code, CodeType)
        _code[path] = version, code
        return code

    def set_data(self, path: str, data: Any, *, _mode: int = 0o666) -> None:
        """Bytecode isn't kept."""


_LOADERS: Any = ((ExtensionFileLoader, EXTENSION_SUFFIXES), (FunctionLoader, SOURCE_SUFFIXES))


@cache
def _finder(folder: str) -> FileFinder:
    return FileFinder(folder, *_LOADERS)


def _find_in(folder: str, name: str) -> ModuleSpec | None:
    """As the folder's finder does, which looks anew when something in the folder has come or gone."""
    try:
        changed = _stat(folder).st_mtime_ns
    except OSError:
        return None
    known = _specs.get((folder, name))
    if known is not None and known[0] == changed and isfile(known[1].origin or ""):
        return _like(known[1])
    spec = _finder(folder).find_spec(name)
    if spec is not None and spec.loader is not None:
        spec.cached = spec.cached  # it is put together when somebody asks
        _specs[folder, name] = changed, spec
        return _like(spec)
    return spec


def _like(spec: ModuleSpec) -> ModuleSpec:
    """Another such spec, as each module has one of its own."""
    made, places = ModuleSpec.__new__(ModuleSpec), spec.submodule_search_locations
    loader: Any = type(spec.loader)
    vars(made).update(
        vars(spec),
        loader=loader(spec.name, spec.origin),
        submodule_search_locations=None if places is None else [*places],
        _uninitialized_submodules=[],
    )
    return made


_specs: dict[tuple[str, str], tuple[int, ModuleSpec]] = {}
"""By folder and the name of a module: when the folder was changed, and the file that was found then."""


def search_path(roots: Sequence[Path]) -> list[str]:
    """Lambda's additions to the front of `sys.path`: the code, then each layer with its site-packages."""
    found: list[str] = []
    for index, root in enumerate(roots):
        if index:
            found += [str(folder) for folder in sorted(root.glob("lib/python3.*/site-packages"))]
        found.append(str(root))
    return found


def _vendored(folder: Path) -> set[str]:
    """Top-level names of distributions that were installed into a function's folder in the very version that
    the environment of the tests has. Another version is the function's own."""
    names: set[str] = set()
    for info in folder.glob("*.dist-info"):
        record = info / "RECORD"
        name, _, version = info.name.removesuffix(".dist-info").partition("-")
        if record.exists() and _installed_version(name) == version:
            paths = (line.split(",")[0] for line in record.read_text(encoding="utf-8").splitlines())
            names.update(path.split("/")[0].removesuffix(".py") for path in paths)
    return names


@cache
def _installed_version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def _installed(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False


@cache
def _installed_in(name: str) -> str | None:
    """The folder of an installed package; None if it isn't there."""
    spec = importlib.machinery.PathFinder.find_spec(name)
    return str(Path(spec.origin).parents[1]) if spec is not None and spec.origin is not None else None


_listings: dict[str, tuple[int, frozenset[str]]] = {}


def _own_names(folder: str) -> frozenset[str]:
    """Top-level modules and packages that a folder offers to its function."""
    try:
        changed = _stat(folder).st_mtime_ns
    except OSError:
        return frozenset()
    known = _listings.get(folder)
    if known is not None and known[0] == changed:
        return known[1]
    path, names = Path(folder), set()
    for entry in path.iterdir():
        name = entry.name.partition(".")[0]
        if name.isidentifier() and (entry.suffix in {".py", ".so"} or "." not in entry.name):
            names.add(name)
    names -= SDK | LOADED_BY_RUNTIME | {"__pycache__"}
    shared = {name for name in names & _vendored(path) if _installed(name)}
    _listings[folder] = changed, frozenset(names - shared)
    return _listings[folder][1]


class Modules:
    """The modules of one environment."""

    def __init__(self, folders: Sequence[str]) -> None:
        self._folders = list(folders)
        self._loaded: dict[str, ModuleType | None] = {}
        self._displaced: dict[str, ModuleType] = {}
        self._hidden: list[str] = []
        self._searched = -1
        own = frozenset[str]().union(*map(_own_names, folders))
        wanted = [name for name in OWN_THOUGH_INSTALLED if name not in own]
        self._installed = {name: found for name in wanted if (found := _installed_in(name))}
        self.names = own.union(self._installed)

    def has(self, name: str) -> bool:
        """Is this a module of this environment's own?"""
        return name in self._loaded

    def module(self, name: str) -> ModuleType | None:
        """A module of this environment's own, if it is loaded."""
        if name not in self._loaded:
            return None
        return self._loaded[name] or sys.modules.get(name)

    def find(self, name: str, path: Sequence[str] | None, extra: Sequence[str]) -> ModuleSpec | None:
        """The file of a module; None if it isn't the function's own.

        `extra`: folders that the function put into `sys.path`.
        """
        top = name.partition(".")[0]
        if path is None:
            if top not in self.names and not (extra and self._offered_by(extra, top)):
                return None
            installed = self._installed.get(top)
            folders: Sequence[str] = [*self._folders, *extra] if installed is None else [installed]
        elif top in self._loaded:
            folders = path
        else:
            return None
        spec = self._search(name, folders)
        if spec is not None:
            self._loaded.setdefault(name, None)
        return spec

    def enter(self) -> None:
        """Put these modules into `sys.modules`."""
        modules = sys.modules
        if len(modules) != self._searched:
            self._hidden = list(self._of_others(modules))
        self._displaced = {name: modules.pop(name) for name in self._hidden if name in modules}
        for name, module in self._loaded.items():
            if module is not None:
                modules[name] = module

    def leave(self) -> None:
        """Take them out again."""
        modules = sys.modules
        for name in self._loaded:
            self._loaded[name] = modules.pop(name, None)
        if self._displaced:
            modules.update(self._displaced)
        self._searched = len(modules)

    def _of_others(self, modules: dict[str, ModuleType]) -> Iterator[str]:
        own = {name for name in self.names if name in modules}
        own |= {name for name in self._loaded if name in modules}
        for name in modules if own else ():
            if name.partition(".")[0] in own:
                yield name

    def _offered_by(self, folders: Sequence[str], top: str) -> bool:
        return any(top in _own_names(folder) for folder in folders)

    def _search(self, name: str, folders: Sequence[str]) -> ModuleSpec | None:
        portions: list[str] = []
        for folder in folders:
            spec = _find_in(folder, name)
            if spec is None:
                continue
            if spec.loader is not None:
                return spec
            portions.extend(spec.submodule_search_locations or ())
        if not portions or ("." not in name and _installed_regular(name)):
            return None
        spec = ModuleSpec(name, None, is_package=True)
        spec.submodule_search_locations = portions
        return spec


def _installed_regular(name: str) -> bool:
    """A folder without `__init__.py` gives way to an installed package of its name."""
    spec = importlib.machinery.PathFinder.find_spec(name)
    return spec is not None and spec.loader is not None and spec.origin is not None
