"""Finding what a call names, and pages of lists."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from harness.sim.services import pages
from harness.sim.services.service import Params, ServiceError
from harness.sim.services.states.api import errors
from harness.sim.services.states.engine import StatesEngine
from harness.sim.services.states.model.document import BYTES_MAX, Document
from harness.sim.services.states.model.executions import Execution
from harness.sim.services.states.model.machines import Machine, MachineAlias, MachineVersion
from harness.sim.services.states.model.naming import base_of, parse, qualifier_of

PAGE = 100
_BAD_NAME = re.compile(r"[\s<>{}\[\]?*\"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f]")
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/.+")
NAME_MAX, TAGS_MAX = 80, 50


def check_name(name: str) -> None:
    """Raises `ServiceError` for a name that AWS refuses."""
    if not name or len(name) > NAME_MAX or _BAD_NAME.search(name):
        raise errors.invalid_name(name)


def check_arn(arn: str) -> None:
    """Raises `ServiceError` for a text that is no ARN of the service."""
    if parse(arn) is None:
        raise errors.invalid_arn(arn)


def check_role(arn: str) -> None:
    """Raises `ServiceError` for a text that is no ARN of a role."""
    if not _ROLE.fullmatch(arn):
        raise ServiceError("InvalidArn", f"Invalid Role Arn: '{arn}'")


def tags_given(params: Params, before: Mapping[str, str] | None = None) -> dict[str, str]:
    """The tags of a call, after those that are there. Raises `ServiceError`.

    https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
    """
    asked = params.get("tags") or ()
    for number, each in enumerate(asked, 1):
        if not each.get("key"):
            raise errors.invalid(
                f"1 validation error detected: Value null at 'tags.{number}.member.key' failed to satisfy "
                "constraint: Member must not be null"
            )
    given = {each["key"]: each.get("value", "") for each in asked}
    found = {**(before or {}), **given}
    if len(found) > TAGS_MAX:
        raise ServiceError("TooManyTags", f"A resource has {TAGS_MAX} tags at most")
    return found


def machine(engine: StatesEngine, arn: str) -> Machine:
    """The state machine of an ARN, with or without version or alias. Raises `ServiceError`."""
    check_arn(arn)
    found = engine.machines.get(base_of(arn))
    if found is None:
        raise errors.no_such_machine(arn)
    return found


def qualified(engine: StatesEngine, arn: str) -> tuple[Machine, MachineVersion | None, MachineAlias | None]:
    """A state machine, and the version and the alias that an ARN names. Raises `ServiceError`."""
    found, qualifier = machine(engine, arn), qualifier_of(arn)
    if not qualifier:
        return found, None, None
    if qualifier.isdigit():
        version = found.versions.get(int(qualifier))
        if version is None:
            raise errors.no_such_machine(arn)
        return found, version, None
    alias = found.aliases.get(qualifier)
    if alias is None:
        raise errors.no_such_machine(arn)
    return found, _routed(engine, found, alias), alias


def _routed(engine: StatesEngine, found: Machine, alias: MachineAlias) -> MachineVersion:
    """The version that an alias leads to this time, by its weights."""
    choice = engine.world.kernel.chance(f"versions of {alias.arn}").uniform(0, 100)
    for arn, weight in alias.routing:
        choice -= weight
        if choice < 0 or arn == alias.routing[-1][0]:
            return found.versions[int(qualifier_of(arn))]
    raise AssertionError("an alias has a route")


def execution(engine: StatesEngine, arn: str) -> Execution:
    """An execution. Raises `ServiceError`."""
    parsed = parse(arn)
    if parsed is None:
        raise errors.invalid_arn(arn)
    if parsed.kind == "express":
        raise errors.invalid_arn(arn, "Resource type not valid in this context: express")
    found = engine.executions.get(arn)
    if found is None:
        raise errors.no_such_execution(arn)
    return found


def given_input(text: str | None) -> Document:
    """The input of an execution. Raises `ServiceError`."""
    text = "{}" if text is None else text
    if len(text.encode()) > BYTES_MAX:
        raise errors.invalid(
            "1 validation error detected: Value at 'input' failed to satisfy constraint: Member must have "
            f"length less than or equal to {BYTES_MAX}"
        )
    if not text.strip():
        raise _bad_input("Invalid execution input.")
    try:
        return Document(json.loads(text), text)
    except (ValueError, RecursionError) as problem:
        raise _bad_input(_why(text, problem)) from None


def _bad_input(why: str) -> ServiceError:
    return ServiceError("InvalidExecutionInput", f"Invalid State Machine Execution Input: '{why}'")


_A_VALUE = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
_TOKEN = re.compile(r"[A-Za-z_$][\w$]*")


def _why(text: str, problem: Exception) -> str:
    """The problem in the words of the parser that Step Functions uses."""
    position = getattr(problem, "pos", 0)
    token = _TOKEN.match(text, position)
    if token is not None:
        return f"Unrecognized token '{token[0]}': was expecting {_A_VALUE}"
    if "property name" in str(problem) and position < len(text):
        character = text[position]
        return (
            f"Unexpected character ('{character}' (code {ord(character)})): was expecting double-quote to "
            "start field name"
        )
    if position < len(text):
        character = text[position]
        return (
            f"Unexpected character ('{character}' (code {ord(character)})): expected a valid value {_A_VALUE}"
        )
    return "Unexpected end-of-input"


def page(member: str, items: list[Any], params: Params) -> Params:
    """One page of a list, in the service's own spelling."""
    limit = params.get("maxResults") or PAGE
    made = pages.page(member, items, params.get("nextToken"), limit, errors.invalid_token)
    if "NextToken" in made:
        made["nextToken"] = made.pop("NextToken")
    return made
