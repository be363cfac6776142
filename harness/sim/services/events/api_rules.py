"""The operations on rules and their targets.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from harness.aws.rules.event_forms import NotJson, read_json
from harness.aws.rules.event_input import is_path, undefined
from harness.aws.rules.event_targets import RuleTarget
from harness.aws.rules.patterns import Pattern, PatternError
from harness.aws.rules.schedules import BadExpression, Schedule, read
from harness.cloud import Unsupported
from harness.sim.services.events.errors import NOT_AN_ARN, invalid, not_a_pattern, not_valid, too_many
from harness.sim.services.events.lookup import bus_named, rule_named, tags_of
from harness.sim.services.events.model import (
    DEFAULT,
    DISABLED,
    ENABLED,
    BusState,
    EventStore,
    RuleState,
    read_pattern,
)
from harness.sim.services.events.pages import page
from harness.sim.services.service import Caller, Operation, Params

TARGETS_MAX = 5
_FIELDS = ("id", "account", "source", "time", "region", "detail-type")
"""Those that an event must have for TestEventPattern."""
_INPUTS = ("Input", "InputPath", "InputTransformer")


class RulesApi:
    """One method an operation."""

    def __init__(
        self,
        store: EventStore,
        scheduled: Callable[[RuleState], None],
        takes: Callable[[str], bool],
    ) -> None:
        """`scheduled` is called with each rule that has changed; `takes` says which targets there are."""
        self._store = store
        self._scheduled = scheduled
        self._takes = takes

    def operations(self) -> dict[str, Operation]:
        """By their names."""
        return {
            "DeleteRule": self.delete_rule,
            "DescribeRule": self.describe_rule,
            "DisableRule": self.disable_rule,
            "EnableRule": self.enable_rule,
            "ListRuleNamesByTarget": self.list_rule_names_by_target,
            "ListRules": self.list_rules,
            "ListTargetsByRule": self.list_targets_by_rule,
            "PutRule": self.put_rule,
            "PutTargets": self.put_targets,
            "RemoveTargets": self.remove_targets,
            "TestEventPattern": self.test_event_pattern,
        }

    def put_rule(self, params: Params, caller: Caller) -> Params:
        bus = bus_named(self._store, params.get("EventBusName"), caller)
        pattern_text, expression = params.get("EventPattern") or "", params.get("ScheduleExpression") or ""
        if not pattern_text and not expression:
            raise invalid("Parameter(s) EventPattern or ScheduleExpression must be specified.")
        schedule = _schedule(expression, bus)
        pattern = checked_pattern(pattern_text)
        name, tags = params["Name"], tags_of(params)
        rule = bus.rules.get(name)
        if rule is None:
            rule = bus.rules[name] = RuleState(name, _rule_arn(bus, name), bus.name, caller.account)
            rule.tags = tags
        rule.pattern_text, rule.pattern = pattern_text, pattern
        rule.expression, rule.schedule = expression, schedule
        rule.state = params.get("State") or ENABLED
        rule.description, rule.role = params.get("Description") or "", params.get("RoleArn") or ""
        self._scheduled(rule)
        return {"RuleArn": rule.arn}

    def delete_rule(self, params: Params, caller: Caller) -> Params:
        bus = bus_named(self._store, params.get("EventBusName"), caller)
        rule = bus.rules.get(params["Name"])
        if rule is None:
            return {}
        if rule.targets:
            raise invalid("Rule can't be deleted since it has targets.")
        del bus.rules[rule.name]
        rule.state = DISABLED
        self._scheduled(rule)
        return {}

    def enable_rule(self, params: Params, caller: Caller) -> Params:
        return self._switch(params, caller, ENABLED)

    def disable_rule(self, params: Params, caller: Caller) -> Params:
        return self._switch(params, caller, DISABLED)

    def describe_rule(self, params: Params, caller: Caller) -> Params:
        rule = self._rule(params, caller, "Name")
        return {**_shown(rule), "CreatedBy": rule.created_by}

    def list_rules(self, params: Params, caller: Caller) -> Params:
        bus = bus_named(self._store, params.get("EventBusName"), caller)
        prefix = params.get("NamePrefix") or ""
        rules = [_shown(rule) for name, rule in sorted(bus.rules.items()) if name.startswith(prefix)]
        return page("Rules", rules, params)

    def list_rule_names_by_target(self, params: Params, caller: Caller) -> Params:
        bus = bus_named(self._store, params.get("EventBusName"), caller)
        names = [name for name, rule in sorted(bus.rules.items()) if params["TargetArn"] in rule.target_arns]
        return page("RuleNames", names, params)

    def put_targets(self, params: Params, caller: Caller) -> Params:
        rule = self._rule(params, caller, "Rule")
        given = params["Targets"]
        for each in given:
            self._check_target(each)
        targets = {**rule.targets, **{each["Id"]: RuleTarget.of(each) for each in given}}
        if len(targets) > TARGETS_MAX:
            raise too_many()
        rule.targets = targets
        return {"FailedEntryCount": 0, "FailedEntries": []}

    def remove_targets(self, params: Params, caller: Caller) -> Params:
        rule = self._rule(params, caller, "Rule")
        failed = []
        for id_ in params["Ids"]:
            if rule.targets.pop(id_, None) is None:
                message = f"Rule {rule.name} does not have target {id_}."
                failed.append(
                    {"TargetId": id_, "ErrorCode": "ResourceNotFoundException", "ErrorMessage": message}
                )
        return {"FailedEntryCount": len(failed), "FailedEntries": failed}

    def list_targets_by_rule(self, params: Params, caller: Caller) -> Params:
        rule = self._rule(params, caller, "Rule")
        return page("Targets", [dict(target.given) for target in rule.targets.values()], params)

    def test_event_pattern(self, params: Params, caller: Caller) -> Params:
        event = read_json(params["Event"]) if _is_json(params["Event"]) else None
        if not isinstance(event, Mapping) or any(name not in event for name in _FIELDS):
            raise not_valid("Event")
        pattern = checked_pattern(params["EventPattern"])
        return {"Result": pattern is not None and pattern.wants(event)}

    def _rule(self, params: Params, caller: Caller, member: str) -> RuleState:
        return rule_named(self._store, params[member], params.get("EventBusName"), caller)

    def _switch(self, params: Params, caller: Caller, state: str) -> Params:
        rule = self._rule(params, caller, "Name")
        rule.state = state
        self._scheduled(rule)
        return {}

    def _check_target(self, given: Params) -> None:
        """Raise ValidationException for what is no target, `Unsupported` for one that isn't simulated."""
        arn, id_ = given["Arn"], given["Id"]
        if arn.count(":") < 5:
            raise not_valid(arn, NOT_AN_ARN)
        if sum(1 for name in _INPUTS if given.get(name) is not None) > 1:
            raise invalid(
                f"Only one of Input, InputPath, or InputTransformer must be provided for target {id_}."
            )
        if "Input" in given and not _is_json(given["Input"]):
            raise invalid(f"JSON syntax error in input for target {id_}.")
        _check_paths(given)
        if arn.endswith(".fifo") and arn.split(":")[2] == "sqs" and not given.get("SqsParameters"):
            raise invalid(f"Parameter(s) SqsParameters must be specified for target: {id_}.")
        if not self._takes(arn):
            raise Unsupported(
                f"the target {arn}: the simulator's EventBridge has queues, topics, functions, buses, "
                f"streams of Kinesis, REST APIs, API destinations and log groups; events for Firehose, ECS, "
                f"Batch, CodeBuild, CodePipeline, Glue, Redshift, SageMaker and SSM go to app.outbox()"
            )


def _is_json(text: str) -> bool:
    try:
        read_json(text)
    except NotJson:
        return False
    return True


def checked_pattern(text: str) -> Pattern | None:
    """The pattern of a text, None of an empty one. Raises InvalidEventPatternException."""
    try:
        return read_pattern(text) if text else None
    except PatternError as problem:
        raise not_a_pattern(str(problem)) from None


def _check_paths(given: Params) -> None:
    transformer = given.get("InputTransformer") or {}
    paths = [*(transformer.get("InputPathsMap") or {}).values(), given.get("InputPath") or "$"]
    key = (given.get("KinesisParameters") or {}).get("PartitionKeyPath")
    for path in (*paths, key or "$"):
        if not is_path(path):
            raise invalid(f"Invalid InputPath for target {given['Id']}.")
    template = transformer.get("InputTemplate") or ""
    for name in undefined(template, transformer.get("InputPathsMap") or {}):
        raise invalid(f"InputTemplate for target {given['Id']} contains invalid placeholder {name}.")


def _schedule(expression: str, bus: BusState) -> Schedule | None:
    if not expression:
        return None
    if bus.name != DEFAULT:
        raise invalid("ScheduleExpression is supported only on the default event bus.")
    try:
        return read(expression)
    except BadExpression:
        raise not_valid("ScheduleExpression") from None


def _rule_arn(bus: BusState, name: str) -> str:
    within = "" if bus.name == DEFAULT else f"{bus.name}/"
    return f"{bus.arn.partition(':event-bus/')[0]}:rule/{within}{name}"


def _shown(rule: RuleState) -> Params:
    told = {
        "Name": rule.name,
        "Arn": rule.arn,
        "EventPattern": rule.pattern_text,
        "ScheduleExpression": rule.expression,
        "State": rule.state,
        "Description": rule.description,
        "RoleArn": rule.role,
        "EventBusName": rule.bus,
    }
    return {name: value for name, value in told.items() if value}
