"""A first scenario for a template: one test for each entry point, with claims to complete."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.app.handles.table import Table
from harness.sim.simulator import Simulator
from harness.smoke import OK, Tried, smoke

_HEAD = '''"""Scenarios of {name}: claims that hold without faults, and under each with `pytest --explore`."""

from harness import expect, scenario
'''
_TEST = """

@scenario({declared})
def test_nothing_is_lost_from_{name}(app):
{stubs}{doubt}{send}
    app.settle()
    expect(app).nothing_lost()
"""
_REQUEST = """\
    for attempt in range(9):  # as a client does: again, while it fails
        answer = {send}
        if answer.status_code < {below}:
            break
        app.advance(seconds=2**attempt)
    assert answer.status_code < {below}, answer.text"""
_CLAIM = '    expect(app).effects_once("{table}", key="{key}")\n'
_PROPOSAL = '    # expect(app).effects_once("{table}", key="{key}"){advice}\n'
_ADVICE = "  # name a key that messages and rows have"
WANTS_EVENT = "# A real event belongs here."
_DOUBT = f"    {WANTS_EVENT} With this one: {{why}}\n"
_TROUBLE = "    # With this event: {why}\n"


def first_scenario(
    template: Path,
    parameters: Mapping[str, str] | None = None,
    show: Callable[[str], object] = lambda text: None,
    stubs: Mapping[str, Any] | None = None,
    ignore: Sequence[str] = (),
) -> str:
    """The text of a test module for the folder of the template. Raises what `smoke` does."""
    tried = smoke(template, parameters, show, stubs, ignore)
    with Simulator() as cloud:
        for host, answer in (stubs or {}).items():
            cloud.stub_http(host, answer)
        app = cloud.deploy(template, parameters=parameters, ignore=ignore)
        tables = {id_: app.table(id_).key() for id_, type_ in app.types.items() if type_ in Table.types}
    names = [re.sub(r"\W+", "_", one.name).strip("_").lower() for one in tried]
    counts = [names[: number + 1].count(name) for number, name in enumerate(names)]
    unique = [name if count == 1 else f"{name}_{count}" for name, count in zip(names, counts, strict=True)]
    settings = {"parameters": dict(parameters or {}), "ignore": list(ignore)}
    more = "".join(f", {setting}={value!r}" for setting, value in settings.items() if value)
    declared = f'"{template.name}"{more}'
    tests = [_test(declared, one, name, tables, stubs or {}) for one, name in zip(tried, unique, strict=True)]
    return _HEAD.format(name=template.resolve().parent.name) + "".join(tests)


def _test(
    declared: str, one: Tried, name: str, tables: Mapping[str, Sequence[str]], stubs: Mapping[str, Any]
) -> str:
    send = one.code.replace("{event}", repr(one.event))
    send = _REQUEST.format(send=send, below=one.below) if one.below else f"    {send}"
    doubt = "" if one.outcome == OK else _DOUBT if one.wants_event else _TROUBLE
    doubt = doubt.format(why=one.short)
    claims = "".join(_claim(table, key, one) for table, key in tables.items() if table != one.place)
    asks = one.asked if one.asked or one.outcome == OK else stubs  # another event may lead further
    given = "".join(f'    app.stub_http("{host}", {stubs[host]!r})\n' for host in asks)
    return _TEST.format(declared=declared, name=name, stubs=given, doubt=doubt, send=send) + claims


def _claim(table: str, key: Sequence[str], one: Tried) -> str:
    """A claim that holds of the event; else one to complete, by an attribute of the table's key, which the
    event has if there is such a one."""
    known = dict(one.effects).get(table)
    if known is not None:
        return _CLAIM.format(table=table, key=known)
    found = [name for name in key if isinstance(one.event, Mapping) and name in one.event]
    return _PROPOSAL.format(table=table, key=(found or key)[0], advice="" if found else _ADVICE)
