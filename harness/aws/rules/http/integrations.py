"""Integrations as data: where an API passes a request, and how it maps request and answer.

https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-integration-settings.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Texts = Mapping[str, str]
"""Names and values. In data that can be hashed it isn't."""

DEFAULT_TYPE = "application/json"
WHEN_NO_TEMPLATES, NEVER = "WHEN_NO_TEMPLATES", "NEVER"


class Behind(StrEnum):
    """Where the answer to a request comes from: a function, a service of AWS, an address outside, nothing."""

    FUNCTION = "function"
    SERVICE = "service"
    ADDRESS = "address"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Proxy:
    """A Lambda proxy integration. `function`: its ARN, maybe with `${stageVariables.…}` in it.

    `changes`: see `Passed`. `tenant`: an expression for the tenant that the function is to run for.
    """

    function: str
    payload: str
    timeout: float
    changes: Texts = field(default_factory=dict, hash=False)
    answers: Mapping[str, Texts] = field(default_factory=dict, hash=False)
    tenant: str = ""


@dataclass(frozen=True, slots=True)
class MappedAnswer:
    """An integration response. `pattern`: the statuses or error messages that it is for; "": all others."""

    status: int
    pattern: str = ""
    parameters: Texts = field(default_factory=dict, hash=False)
    templates: Texts = field(default_factory=dict, hash=False)

    def is_for(self, told: str) -> bool:
        """Does the pattern fit? A pattern that is no regular expression fits nothing."""
        try:
            return bool(self.pattern) and re.fullmatch(self.pattern, told, re.DOTALL) is not None
        except re.error:
            return False


@dataclass(frozen=True, slots=True)
class Mapped:
    """A custom integration of a REST API.

    `uri`: a function's ARN, an address, or of a service "sqs:path/…" or "sqs:action/…"; `region`: that of the
    service. `parameters` begin with "integration.request.". `templates`: by media types.
    """

    behind: Behind
    uri: str
    method: str
    timeout: float
    region: str = ""
    parameters: Texts = field(default_factory=dict, hash=False)
    templates: Texts = field(default_factory=dict, hash=False)
    passthrough: str = ""
    answers: tuple[MappedAnswer, ...] = ()

    def answer_for(self, told: str | None) -> MappedAnswer | None:
        """The integration response for a status or an error message: the first that fits, or the default.

        None: that for the answer of a function that did well.
        """
        fitting = [each for each in self.answers if told is not None and each.is_for(told)]
        return next(iter(fitting or [each for each in self.answers if not each.pattern]), None)


@dataclass(frozen=True, slots=True)
class Passed:
    """A request that is passed to an address as it is. An HTTP API may change it on the way.

    `changes`: values by keys like "append:header.x" and "overwrite:path"; `answers`: the same for answers,
    by their statuses. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html
    `keeps_path`: the request's own path follows, with the stage before it.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-private.html
    """

    uri: str
    method: str
    timeout: float
    changes: Texts = field(default_factory=dict, hash=False)
    answers: Mapping[str, Texts] = field(default_factory=dict, hash=False)
    keeps_path: bool = False


@dataclass(frozen=True, slots=True)
class FirstClass:
    """An operation of a service of AWS that an HTTP API carries out.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services-reference.html
    """

    service: str
    operation: str
    timeout: float
    region: str = ""
    parameters: Texts = field(default_factory=dict, hash=False)
    answers: Mapping[str, Texts] = field(default_factory=dict, hash=False)


Integration = Proxy | Mapped | Passed | FirstClass

FIRST_CLASS: Mapping[str, tuple[str, str]] = {
    "EventBridge-PutEvents": ("events", "PutEvents"),
    "SQS-SendMessage": ("sqs", "SendMessage"),
    "SQS-ReceiveMessage": ("sqs", "ReceiveMessage"),
    "SQS-DeleteMessage": ("sqs", "DeleteMessage"),
    "SQS-PurgeQueue": ("sqs", "PurgeQueue"),
    "AppConfig-GetConfiguration": ("appconfig", "GetConfiguration"),
    "Kinesis-PutRecord": ("kinesis", "PutRecord"),
    "StepFunctions-StartExecution": ("stepfunctions", "StartExecution"),
    "StepFunctions-StartSyncExecution": ("stepfunctions", "StartSyncExecution"),
    "StepFunctions-StopExecution": ("stepfunctions", "StopExecution"),
}
"""Service and operation of each subtype."""
