"""The folders that a function finds on Lambda, and those of this machine that stand for them.

Its code lies in `/var/task`, its layers in `/opt`, Python in `/var/lang`.
https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime and
https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html
"""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Sequence
from functools import cache

from harness.sim.sandbox.shapes import FunctionCode
from harness.sim.sandbox.temporary import NAME as TEMPORARY
from harness.sim.sandbox.temporary import Temporary

TASK = "/var/task"
LAYERS = "/opt"
_PYTHON = f"/var/lang/lib/python{sys.version_info.major}.{sys.version_info.minor}"


class Folders:
    """Of one function."""

    def __init__(
        self, code: FunctionCode, path: Sequence[str] = (), temporary: Temporary | None = None
    ) -> None:
        self._task = str(code.roots[0])
        self._layers = [str(folder) for folder in code.layers]
        self.temporary = temporary or Temporary([self._task, *self._layers, *path])
        self._shown = [(self._task, TASK), *((folder, _name_of(folder)) for folder in self._layers)]
        self._shown.sort(key=lambda pair: -len(pair[0]))

    def real(self, path: str) -> str:
        """The path on this machine for a path of the function; others stay as they are."""
        if _within(path, TASK):
            return self._task + path[len(TASK) :]
        if _within(path, LAYERS):
            return next((found for found in self._in_layers(path) if _exists(found)), path)
        if _within(path, TEMPORARY):
            return self.temporary.real(path)
        return path

    def shown(self, text: str) -> str:
        """A text with the paths of this machine as they are on Lambda."""
        for folder, name in (*self._shown, *_of_python()):
            text = text.replace(folder + os.sep, name + "/")
        return self.temporary.shown(text)

    def shown_folder(self, folder: str) -> str:
        """The name of a folder of the code, or of a temporary one; another's own."""
        if _within(folder, self._task):
            return TASK + folder[len(self._task) :]
        return self.temporary.shown(folder)

    def _in_layers(self, path: str) -> list[str]:
        rest = path[len(LAYERS) :]
        found = [layer + rest for layer in self._layers]
        if _within(rest, "/python"):  # a layer that was never built has no such folder
            found += [layer + rest[len("/python") :] for layer in self._layers if not _is_built(layer)]
        return found


_exists = os.path.lexists


def _within(path: str, folder: str) -> bool:
    return path.startswith(folder) and path[len(folder) : len(folder) + 1] in ("", "/", os.sep)


def _is_built(layer: str) -> bool:
    return os.path.isdir(os.path.join(layer, "python"))


def _name_of(layer: str) -> str:
    return LAYERS if _is_built(layer) else f"{LAYERS}/python"


@cache
def _of_python() -> tuple[tuple[str, str], ...]:
    paths = sysconfig.get_paths()
    packages = {paths["purelib"], paths["platlib"]}
    return (
        *((folder, f"{_PYTHON}/site-packages") for folder in sorted(packages)),
        (paths["stdlib"], _PYTHON),
    )
