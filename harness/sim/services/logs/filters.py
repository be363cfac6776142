"""Filters of log groups: subscription filters send lines on, metric filters count them.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/MonitoringLogData.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from harness.aws import Role, role_of
from harness.aws.parcels import FunctionParcel, Parcel, StreamParcel
from harness.aws.rules.log_patterns import LogPattern, NotALogPattern, at_selector, in_json, read_log_pattern
from harness.cloud import Unsupported
from harness.sim.hops import HopResult
from harness.sim.services import pages
from harness.sim.services.logs.lines import Lines
from harness.sim.services.service import Caller, Delivery, Measures, Operation, Params, ServiceError
from harness.sim.world import World

SUBSCRIPTIONS_MAX = 2
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html"""
PAGE = 50


@dataclass(frozen=True, slots=True)
class _Filter:
    """A filter. `given` are the parameters that it was put with."""

    name: str
    pattern: LogPattern
    given: Mapping[str, Any]
    made_at: float

    def shown(self) -> dict[str, Any]:
        """As answers show it."""
        return {**self.given, "creationTime": round(self.made_at * 1000)}


@dataclass(slots=True)
class _Filters:
    """Those of one log group, by name."""

    subscriptions: dict[str, _Filter] = field(default_factory=dict)
    metrics: dict[str, _Filter] = field(default_factory=dict)


class LogFilters:
    """The filters of all groups."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._of: dict[tuple[str, str], _Filters] = {}

    def operations(self) -> dict[str, Operation]:
        """By their names."""
        return {
            "DeleteMetricFilter": self.delete_metric_filter,
            "DeleteSubscriptionFilter": self.delete_subscription_filter,
            "DescribeMetricFilters": self.describe_metric_filters,
            "DescribeSubscriptionFilters": self.describe_subscription_filters,
            "PutMetricFilter": self.put_metric_filter,
            "PutSubscriptionFilter": self.put_subscription_filter,
        }

    def put_subscription_filter(self, params: Params, caller: Caller) -> Params:
        held = self._filters(params, caller).subscriptions
        name, target = params["filterName"], params["destinationArn"]
        if name not in held and len(held) >= SUBSCRIPTIONS_MAX:
            raise ServiceError("LimitExceededException", "Resource limit exceeded.")
        if role_of(target) is not Role.RUNS and ":kinesis:" not in target:
            raise Unsupported(f"the destination {target}: the simulator has functions and streams")
        held[name] = self._filter(params)
        return {}

    def put_metric_filter(self, params: Params, caller: Caller) -> Params:
        self._filters(params, caller).metrics[params["filterName"]] = self._filter(params)
        return {}

    def describe_subscription_filters(self, params: Params, caller: Caller) -> Params:
        found = self._filters(params, caller).subscriptions.values()
        return _page("subscriptionFilters", found, params)

    def describe_metric_filters(self, params: Params, caller: Caller) -> Params:
        if params.get("logGroupName"):
            found = list(self._filters(params, caller).metrics.values())
        else:
            found = [each for held in self._of.values() for each in held.metrics.values()]
        return _page("metricFilters", found, params)

    def delete_subscription_filter(self, params: Params, caller: Caller) -> Params:
        return _delete(self._filters(params, caller).subscriptions, params["filterName"], "subscription")

    def delete_metric_filter(self, params: Params, caller: Caller) -> Params:
        return _delete(self._filters(params, caller).metrics, params["filterName"], "metric")

    def take(self, lines: Lines) -> None:
        """Lines were written to a group."""
        held = self._of.get((lines.region, lines.group))
        if held is None:
            return
        for each in held.metrics.values():
            self._measure(each, lines.chosen(each.pattern))
        for each in held.subscriptions.values():
            chosen = lines.chosen(each.pattern)
            if chosen.events:
                self._send(each, chosen)

    def _measure(self, which: _Filter, lines: Lines) -> None:
        measuring = [each for each in self._world.services.values() if isinstance(each, Measures)]
        for transformation in which.given["metricTransformations"]:
            for at, text in lines.events:
                value = _value(transformation["metricValue"], text)
                dimensions = {
                    name: str(next(at_selector(selector, in_json(text)), ""))
                    for name, selector in (transformation.get("dimensions") or {}).items()
                }
                for each in measuring if value is not None else ():
                    each.measure(
                        transformation["metricNamespace"],
                        transformation["metricName"],
                        dimensions,
                        float(value or 0),
                        at,
                    )

    def _send(self, which: _Filter, lines: Lines) -> None:
        """To a function or a stream; what fails is lost after a day on AWS, here at once."""
        account, target = self._world.account, which.given["destinationArn"]
        source = f"arn:aws:logs:{lines.region}:{account}:log-group:{lines.group}"
        recorder, place = self._world.recorder, self._world.names.of(source)
        message = self._world.kernel.new_id(f"lines of {source}")
        accepted = recorder.accepted(place, message, body=[text for _, text in lines.events], actor="logs")
        packed = lines.packed(account, which.name)
        is_function = role_of(target) is Role.RUNS
        parcel: Parcel = (
            FunctionParcel(payload={"awslogs": {"data": packed}})
            if is_function
            else StreamParcel(data=packed, key=lines.stream, binary=True)
        )
        delivery = Delivery(source, target, (message,), parcel)
        with recorder.caused_by(accepted, actor="logs"):
            self._world.hops.send(delivery, partial(self._sent, delivery))

    def _sent(self, delivery: Delivery, result: HopResult) -> None:
        recorder, names = self._world.recorder, self._world.names
        place = names.of(delivery.source)
        if result.ok:
            recorder.deleted(place, delivery.messages[0], by_mover=True)
        else:
            reason = f"{result.error}: {result.message}"
            recorder.dropped(place, delivery.messages, reason=reason, target=names.of(delivery.target))

    def _filters(self, params: Params, caller: Caller) -> _Filters:
        group = params["logGroupName"]
        if group not in self._world.held.backend("logs", caller.region).groups:
            raise ServiceError("ResourceNotFoundException", "The specified log group does not exist.")
        return self._of.setdefault((caller.region, group), _Filters())

    def _filter(self, params: Params) -> _Filter:
        try:
            pattern = read_log_pattern(params.get("filterPattern") or "")
        except NotALogPattern as problem:
            raise Unsupported(f"the filter pattern {problem}; the simulator has terms and JSON") from None
        return _Filter(params["filterName"], pattern, params, self._world.kernel.now)


def _value(metric_value: str, line: str) -> float | None:
    """The number that a line counts for; None: it says none."""
    found = (
        next(at_selector(metric_value, in_json(line)), None) if metric_value.startswith("$") else metric_value
    )
    try:
        return None if found is None else float(found)
    except (TypeError, ValueError):
        return None


def _delete(held: dict[str, _Filter], name: str, kind: str) -> Params:
    if held.pop(name, None) is None:
        raise ServiceError("ResourceNotFoundException", f"The specified {kind} filter does not exist.")
    return {}


def _page(member: str, found: Iterable[_Filter], params: Params) -> Params:
    prefix = params.get("filterNamePrefix") or ""
    shown = [each.shown() for each in found if each.name.startswith(prefix)]
    page = pages.page(member, shown, params.get("nextToken"), params.get("limit") or PAGE, _bad_token)
    return {"nextToken" if name == "NextToken" else name: value for name, value in page.items()}


def _bad_token() -> ServiceError:
    return ServiceError("InvalidParameterException", "The specified nextToken is invalid.")
