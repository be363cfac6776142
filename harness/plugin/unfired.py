"""Faults that never acted, each with the reason: what came to its place, or the nearest places of the run."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from harness.near import near, often

if TYPE_CHECKING:
    from harness.faults.places import PlacedFault
    from harness.faults.sites import Site
    from harness.history import Event, History
    from harness.plugin.clouds import CloudUnderTest

NEAREST = 3
"""So many places are told."""

_NAMES = ("actor", "operation", "service", "resource", "source", "target", "function", "machine", "state")
"""Settings that say where a fault is, in the order in which places are written."""

_NOT_OF_TEMPLATES = ("operation", "service", "state")


def never_fired(cloud: CloudUnderTest) -> str:
    """A few lines for each fault that had to act and didn't; empty if there is none."""
    told = []
    for index in cloud.active_plan.unfired():
        lines = [
            f"fault never fired: {_shown(cloud.active_plan.as_given(index))}",
            *(f"  {line}" for line in _why(cloud, index)),
            "  if that is expected, pass optional=True",
        ]
        told.append("\n".join(lines))
    return "\n".join(told)


def _why(cloud: CloudUnderTest, index: int) -> list[str]:
    plan = cloud.active_plan
    fault = plan.faults[index]
    if refusals := plan.refusals(index):
        return [f"{between}: {reason}" for between, reason in refusals.items()]
    if times := plan.hits(index):
        return [f"it matched {often(times)} and changed nothing: it acts where {fault.acts_where}"]
    history = cloud.history()
    came = [event for event, sites, _ in _places(history) if any(map(fault.is_at, sites))]
    seen = [event.at for event in came if fault.in_deployment or not history.deploys(event)]
    if seen:
        return [f"its place came {often(len(seen))}, {_missed(fault, seen)}"]
    if came:
        return [
            f"its place came {often(len(came))}, only while the app was deployed: "
            "faults begin after that, unless they have in_deployment=True"
        ]
    return _unknown_name(cloud, fault) or _nearest(cloud, fault)


def _missed(fault: PlacedFault, came: list[float]) -> str:
    """Why none of the sites at its place, at these times, was hit."""
    begins, ends = round(fault.after_seconds, 6), fault.ends_at  # as fine as the times of events
    in_time = [at for at in came if begins <= at and (ends is None or at < ends)]
    if not in_time:
        window = f"from +{begins:.3f}s" + ("" if ends is None else f" to +{ends:.3f}s")
        return f"last at +{came[-1]:.3f}s, and it acts {window}"
    nth = getattr(fault, "nth", 1)
    if len(in_time) < nth:
        inside = "" if len(in_time) == len(came) else f", {len(in_time)} of them in its time"
        return f"and nth={nth}{inside}"
    if getattr(fault, "probability", None) is not None:
        return "and none was hit by chance"
    return f"and nothing there can go wrong so: it acts where {fault.acts_where}"


def _unknown_name(cloud: CloudUnderTest, fault: PlacedFault) -> list[str]:
    """A name in the place of the fault that no template has."""
    for setting, name in _named(fault).items():
        is_name = setting not in _NOT_OF_TEMPLATES and not {"*", "?"} & set(name)
        if is_name and cloud.logical_ids and name not in {"test", *cloud.logical_ids}:
            return [f"the template has no {name!r}{near(name, cloud.logical_ids)}"]
    return []


def _nearest(cloud: CloudUnderTest, fault: PlacedFault) -> list[str]:
    from harness.faults.sites import Call, Hop, Invocation, MachineRun, StateEntry

    words = {
        Call: "call",
        Hop: "delivery",
        Invocation: "invocation",
        MachineRun: "execution",
        StateEntry: "state of an execution",
    }
    what = " or ".join(words[site] for site in fault.sites)
    history = cloud.history()
    there = Counter(
        label
        for event, sites, label in _places(history)
        if isinstance(sites[0], fault.sites) and (fault.in_deployment or not history.deploys(event))
    )
    if not there:
        return [f"there was no {what} in this run"]
    asked = " ".join(_named(fault).values())
    ranked = sorted(there, key=lambda label: -SequenceMatcher(None, asked, label).ratio())[:NEAREST]
    return [
        f"there was no such {what}; the nearest:",
        *(f"  {label} ({often(there[label])})" for label in ranked),
    ]


def _places(history: History) -> Iterator[tuple[Event, list[Site], str]]:
    """Each call, delivery and invocation, as the faults there can be see it, and its name."""
    from harness.faults.sites import Call, Hop, Invocation, MachineRun, StateEntry

    for event in history.of("call", "hop", "invocation", "execution", "entered"):
        data = event.data
        if event.kind == "call":
            operation, resource = f"{data['service']}:{data['operation']}", data["resource"]
            others = tuple(data.get("others", ()))
            inside = history.place(event.actor).calls_inside
            call = Call(operation, resource, event.actor, str(data["region"]), others, unexposed=inside)
            yield event, [call], f"{event.actor} → {event.subject}"
        elif event.kind == "hop":
            source, target = str(data["source"]), str(data["target"])
            ends = [(history.place(name).service, name) for name in (source, target)]
            services = [Call(f"{service}:", name, "", "") for service, name in ends]
            yield event, [Hop(source, target, event.messages), *services], f"{source} ⇒ {target}"
        elif event.kind == "execution":
            yield event, [MachineRun(event.subject, "")], f"{event.subject} (execution)"
        elif event.kind == "entered":
            state = str(data["state"])
            yield event, [StateEntry(event.subject, state)], f"{event.subject} (state {state})"
        else:
            yield event, [Invocation(event.subject, "")], f"{event.subject} (invocation)"


def _named(fault: PlacedFault) -> Mapping[str, str]:
    """The names that say where a fault is."""
    given = {name: getattr(fault, name, None) for name in _NAMES}
    return {name: value for name, value in given.items() if isinstance(value, str)}


def _shown(fault: PlacedFault) -> str:
    """A fault as plans have it."""
    from harness.plan import fault_to_data

    return json.dumps(fault_to_data(fault), ensure_ascii=False)
