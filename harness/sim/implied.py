"""The facts that follow from the parameters of a call, for calls that are made in each run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.aws.rules.wiring import Links


@dataclass(frozen=True, slots=True)
class Implied:
    """`about`: the resources that they name, None where the service has to be asked. `short`: the form that
    the history keeps. `links`: the places that they link."""

    about: tuple[str, ...] | None
    short: Mapping[str, Any]
    links: Links
