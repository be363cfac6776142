"""A function's state: configuration, versions, aliases and what was attached to them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from harness.aws.rules.async_retries import EVENT_AGE_SECONDS_MAX, RETRY_ATTEMPTS_MAX, Limits
from harness.sim.services.lambda_.model.code import Code
from harness.sim.services.lambda_.model.durable import DurableConfig
from harness.sim.services.lambda_.model.naming import LATEST, FunctionId


@dataclass(frozen=True, slots=True)
class Configuration:
    """One version of a function, configured. `others` are settings that are kept and have no effect here.

    `revision` changes with everything about the version, its state included; `build` only with what
    environments are started from.
    """

    code: Code
    role: str
    runtime: str
    handler: str
    revision: str
    build: str
    last_modified: str
    description: str = ""
    timeout_seconds: int = 3
    memory_mb: int = 128
    variables: Mapping[str, str] | None = None
    layers: tuple[str, ...] = ()
    dead_letter_target: str | None = None
    durable: DurableConfig | None = None
    keeps_tenants_apart: bool = False
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
    """The settings for asynchronous events of a function, version or alias."""

    last_modified: float
    retry_attempts_max: int | None = None
    event_age_seconds_max: int | None = None
    on_success: str | None = None
    on_failure: str | None = None

    @property
    def limits(self) -> Limits:
        """The limits of retries, with defaults for absent settings."""
        attempts, age = self.retry_attempts_max, self.event_age_seconds_max
        return Limits(
            RETRY_ATTEMPTS_MAX if attempts is None else attempts,
            EVENT_AGE_SECONDS_MAX if age is None else age,
        )


@dataclass(frozen=True, slots=True)
class Policy:
    """A resource policy: who else may use a function, a version, an alias or a layer."""

    revision: str
    statements: tuple[Mapping[str, Any], ...] = ()

    def statement(self, sid: str) -> Mapping[str, Any] | None:
        """The statement with this id."""
        return next((each for each in self.statements if each["Sid"] == sid), None)

    def with_statement(self, statement: Mapping[str, Any], revision: str) -> Policy:
        """With one statement more."""
        return Policy(revision, (*self.statements, statement))

    def without(self, sid: str, revision: str) -> Policy:
        """With one statement less."""
        return Policy(revision, tuple(each for each in self.statements if each["Sid"] != sid))

    def document(self) -> str:
        """As JSON."""
        policy = {"Version": "2012-10-17", "Id": "default", "Statement": list(self.statements)}
        return json.dumps(policy, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Provisioned:
    """Provisioned concurrency of a version or alias. It is there from `ready_at` on; `before` is what an
    alias has until then, from its last version."""

    amount: int
    last_modified: str
    ready_at: float
    before: int = 0

    def available(self, now: float) -> int:
        """The environments that are there."""
        return self.amount if now >= self.ready_at else self.before


@dataclass(frozen=True, slots=True)
class FunctionUrl:
    """The address of a function or alias."""

    url: str
    auth: str
    created: str
    modified: str
    invoke_mode: str | None = None
    cors: Mapping[str, Any] | None = None


@dataclass(slots=True)
class FunctionState:
    """One function and everything under its name. What is kept by qualifier is kept under `$LATEST` for the
    function itself."""

    id: FunctionId
    latest: Version
    versions: dict[str, Version] = field(default_factory=dict)
    aliases: dict[str, Alias] = field(default_factory=dict)
    event_invoke: dict[str, EventInvokeConfig] = field(default_factory=dict)
    policies: dict[str, Policy] = field(default_factory=dict)
    provisioned: dict[str, Provisioned] = field(default_factory=dict)
    urls: dict[str, FunctionUrl] = field(default_factory=dict)
    runtime_management: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    reserved: int | None = None
    recursive_loop: str = "Terminate"
    code_signing: str | None = None
    published: int = 0
    published_from: Configuration | None = None

    def configure(self, configuration: Configuration) -> None:
        """`$LATEST` runs like this from now on."""
        self.latest = replace(self.latest, configuration=configuration)

    def revise(self, number: str, revision: str) -> None:
        """Something about a version has changed, if only its state."""
        version = self.version_named(number)
        assert version is not None
        version = replace(version, configuration=replace(version.configuration, revision=revision))
        if version.number == LATEST:
            self.latest = version
        else:
            self.versions[version.number] = version

    def publish(self, description: str | None, new_id: Callable[[], str]) -> Version:
        """A new version from `$LATEST`, or the last one if nothing changed since."""
        last = self.versions.get(str(self.published))
        now = self.latest.configuration
        if last is not None and self.published_from is not None and _alike(self.published_from, now):
            return last
        self.published += 1
        configuration = replace(
            now, revision=new_id(), description=now.description if description is None else description
        )
        version = Version(str(self.published), configuration)
        self.versions[version.number] = version
        self.published_from = now
        self.revise(LATEST, new_id())
        return version

    def provisioned_for(self, version: str) -> list[Provisioned]:
        """The provisioned concurrency of a version, its own or that of an alias."""
        names = {version, *(alias.name for alias in self.aliases.values() if alias.version == version)}
        return [each for name, each in self.provisioned.items() if name in names]

    def version_named(self, qualifier: str | None) -> Version | None:
        """The version of that number, or the one that an alias of that name points to."""
        if qualifier is None or qualifier == LATEST:
            return self.latest
        alias = self.aliases.get(qualifier)
        return self.versions.get(qualifier) if alias is None else self.version_named(alias.version)

    def arn_of(self, version: Version) -> str:
        """The ARN of a version; `$LATEST` has none of its own where it isn't asked for."""
        return self.id.arn if version.number == LATEST else f"{self.id.arn}:{version.number}"


def _alike(one: Configuration, other: Configuration) -> bool:
    def essence(configuration: Configuration) -> Configuration:
        return replace(configuration, revision="", last_modified="", build="")

    return essence(one) == essence(other)
