"""A function's state: configuration, versions, aliases and what was attached to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from harness.aws.rules.async_retries import EVENT_AGE_SECONDS_MAX, RETRY_ATTEMPTS_MAX, Limits
from harness.sim.services.lambda_.code import Code
from harness.sim.services.lambda_.naming import LATEST, FunctionId


@dataclass(frozen=True, slots=True)
class Configuration:
    """How one version of a function runs. `others` are settings that are kept and have no effect here."""

    code: Code
    role: str
    runtime: str
    handler: str
    revision: str
    last_modified: str
    description: str = ""
    timeout_seconds: int = 3
    memory_mb: int = 128
    variables: Mapping[str, str] | None = None
    layers: tuple[str, ...] = ()
    dead_letter_target: str | None = None
    others: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Version:
    """A version: its number, or `$LATEST`, and its configuration."""

    number: str
    configuration: Configuration


@dataclass(frozen=True, slots=True)
class Alias:
    """A name for a version. `weights`: shares of invocations that go to other versions instead."""

    name: str
    version: str
    revision: str
    description: str = ""
    weights: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EventInvokeConfig:
    """What happens to asynchronous events of a function, version or alias."""

    last_modified: float
    retry_attempts_max: int | None = None
    event_age_seconds_max: int | None = None
    on_success: str | None = None
    on_failure: str | None = None

    @property
    def limits(self) -> Limits:
        """How long events are tried, with the defaults for what isn't set."""
        attempts, age = self.retry_attempts_max, self.event_age_seconds_max
        return Limits(
            RETRY_ATTEMPTS_MAX if attempts is None else attempts,
            EVENT_AGE_SECONDS_MAX if age is None else age,
        )


@dataclass(slots=True)
class Function:
    """One function and everything under its name."""

    id: FunctionId
    latest: Version
    versions: dict[str, Version] = field(default_factory=dict)
    aliases: dict[str, Alias] = field(default_factory=dict)
    event_invoke: dict[str, EventInvokeConfig] = field(default_factory=dict)
    policies: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    policy_revisions: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    reserved: int | None = None
    published: int = 0

    def configure(self, configuration: Configuration) -> None:
        """`$LATEST` runs like this from now on."""
        self.latest = replace(self.latest, configuration=configuration)

    def publish(self, description: str | None, revision: str) -> Version:
        """A new version from `$LATEST`, or the last one if nothing changed since."""
        last = self.versions.get(str(self.published))
        now = self.latest.configuration
        if last is not None and _runs_alike(last.configuration, now):
            return last
        self.published += 1
        configuration = replace(
            now, revision=revision, description=now.description if description is None else description
        )
        version = Version(str(self.published), configuration)
        self.versions[version.number] = version
        return version

    def version_named(self, qualifier: str | None) -> Version | None:
        """The version of that number, or the one that an alias of that name points to."""
        if qualifier is None or qualifier == LATEST:
            return self.latest
        alias = self.aliases.get(qualifier)
        return self.versions.get(qualifier) if alias is None else self.version_named(alias.version)

    def arn_of(self, version: Version) -> str:
        """The ARN of a version; `$LATEST` has none of its own where it isn't asked for."""
        return self.id.arn if version.number == LATEST else f"{self.id.arn}:{version.number}"


def _runs_alike(one: Configuration, other: Configuration) -> bool:
    def essence(configuration: Configuration) -> Configuration:
        return replace(configuration, revision="", last_modified="", description="")

    return essence(one) == essence(other)
