"""Each value of a key has left its effect at a place: once, not never, not twice.

Four sets, each by the values of the key:

- *applied*: the effects that are at the place.
- *owed*: without faults, one effect for each value in what anything of the app accepted, unless filters left
  it out on every way there. With faults, what the control run left there.
- *missing*: owed, and not applied. With faults, what a dead letter on the way there accounts for isn't.
- *unexpected*: applied, though no message or call ever had that value, or the control run left none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.aws import Does
from harness.aws.rules.envelopes import contents
from harness.history import History
from harness.history.copies import Accepted, Copy, Fate, Key
from harness.history.ledger import Ledger
from harness.invariants.accounted import Behind, in_dead_letters, led_to
from harness.invariants.feeding import Feeding
from harness.invariants.keys import comparable, deeper, they_have, values_of
from harness.invariants.rest import effects_may_come
from harness.invariants.verdict import Verdict, broken, holds, idle, unknown
from harness.invariants.whereabouts import hint, whereabouts
from harness.near import counted, often

NAME = "effects_once"
DUPLICATED = "duplicated"

Messages = dict[str, list[Accepted]]
"""The messages that have each value of the key."""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A claim about the effects at one place.

    `place` has the effects, `key` tells messages apart; rows have it as `attribute`, or in the elements of
    their list `items`, behind `prefix`. `of` narrows the claim to what this place accepted, `among` to these
    events.
    """

    place: str
    key: str
    attribute: str = ""
    items: str | None = None
    prefix: str = ""
    of: str | None = None
    among: Sequence[int] | None = None

    def bare(self, values: Iterable[str]) -> list[str]:
        """Values of rows without the prefix; those without it are of other things."""
        return [value.removeprefix(self.prefix) for value in values if value.startswith(self.prefix)]

    def covers(self, message: Accepted) -> bool:
        """Is it one of the messages that the claim is about?"""
        return (self.of is None or message.key[0] == self.of) and (
            self.among is None or message.seq in self.among
        )


@dataclass(frozen=True)
class Left:
    """The effects of a run: `effects` counts them by value, `claimed` are the values that the claim is about,
    `given` those of messages from outside, `known` those of any message. `leading` are the places from which
    effects came, as far as functions were seen to leave them, `around` those from which they came by what was
    stored, `behind` the messages that led to values which they lack."""

    effects: Mapping[str, int] = field(default_factory=dict)
    claimed: Sequence[str] = ()
    given: Sequence[str] = ()
    known: Sequence[str] = ()
    leading: Sequence[str] = ()
    around: Sequence[str] = ()
    behind: Behind = field(default_factory=dict)


def effects_once(
    history: History,
    place: str,
    *,
    key: str,
    rows: Sequence[Any],
    attribute: str = "",
    items: str | None = None,
    prefix: str = "",
    of: str | None = None,
    among: Sequence[int] | None = None,
    control: Mapping[str, Any] | None = None,
) -> Verdict:
    """`rows` are the final effects at `place`, of which the four sets are made. `control` is what the control
    run left (`left_by`), for a run with faults. O(n).

    Too many and unexpected effects break it at once; missing ones when the run is at rest.
    """
    claim = Claim(place=place, key=key, attribute=attribute, items=items, prefix=prefix, of=of, among=among)
    if control is None:
        return _literal(history, claim, rows)
    if control.get("problem"):
        return broken(NAME, "control", f"also without faults: {control['problem']}", control["evidence"])
    return _differential(history, claim, rows, Left(**control["left"]))


def left_by(history: History, rows: Sequence[Any], **claim: Any) -> dict[str, Any]:
    """The effects of a run without faults, as JSON-able data, and why the claim fails there, if it does."""
    asked = Claim(**claim)
    verdict = _literal(history, asked, rows)
    problem = verdict.why if verdict.value == "broken" else ""
    left = _left(history, asked, rows)
    ledger = Ledger(history)
    feeding = Feeding(history, ledger, asked.place, asked.key)
    return {
        "left": {"effects": dict(left.effects), "claimed": left.claimed, "given": left.given}
        | {"known": left.known, "leading": sorted(feeding.leading), "around": sorted(feeding.around)}
        | {"behind": led_to(history, ledger, asked.key)},
        "problem": problem,
        "evidence": list(verdict.evidence) if problem else [],
    }


def _literal(history: History, claim: Claim, rows: Sequence[Any]) -> Verdict:
    """One effect for each value that was accepted; filtered out is the only excuse. Where faults acted, and
    there is no control run, a dead letter is one, too."""
    ledger = Ledger(history)
    every = _every_message(history, ledger, claim)
    wanted = _claimed(every, claim, ledger)
    if not wanted:
        return unknown(NAME, _nothing_accepted(claim, every, ledger))
    applied = Counter(_effects(rows, claim))
    feeding = Feeding(history, ledger, claim.place, claim.key)
    twice = [value for value in wanted if applied[value] > 1]
    if twice:
        told = {value: f"{often(applied[value])} in {claim.place}" for value in twice}
        return _broken(DUPLICATED, "had their effect more than once", told, wanted, feeding)
    known = every.keys() | set(_seeded(history, claim)) | set(_asked(history, claim))
    strange = {
        value: f"{often(count)} in {claim.place}" for value, count in applied.items() if value not in known
    }
    if strange:
        why = f"{counted(len(strange), 'effect')} that no message asked for{_prefixed(strange, wanted)}"
        return broken(NAME, "unexpected", why, _lines(strange), checked=len(wanted))
    missing = [
        value
        for value, messages in wanted.items()
        if not applied[value] and not all(feeding.is_excused(message, value) for message in messages)
    ]
    if missing and history.of("fault"):
        accounted = in_dead_letters(history, ledger, claim.key, (), {})
        missing = [value for value in missing if value not in accounted]
    why = effects_may_come(history, ledger)
    copies = _copies(feeding, wanted, missing)
    if why:
        return unknown(NAME, why, missing, copies)
    if missing:
        told = _told_missing(claim, rows, missing, wanted, every, feeding)
        return _broken("missing", "had no effect", told, wanted, feeding)
    if not any(applied[value] for value in wanted):
        return idle(NAME, f"filters left out every message on the way to {claim.place}")
    return holds(NAME, len(wanted))


def _prefixed(strange: Iterable[str], wanted: Iterable[str]) -> str:
    """Advice where effects have a wanted value behind something else, as the keys of single tables do."""
    fronts = (value.removesuffix(key) for value in strange for key in wanted if key and value.endswith(key))
    prefix = next((front for front in fronts if front and not front[-1].isalnum()), "")
    return f'; is it prefix="{prefix}"?' if prefix else ""


def _differential(history: History, claim: Claim, rows: Sequence[Any], control: Left) -> Verdict:
    """As many effects of each value as the control run left."""
    ledger = Ledger(history)
    every = _every_message(history, ledger, claim)
    now = _left(history, claim, rows)
    feeding = Feeding(history, ledger, claim.place, claim.key)
    claimed = dict.fromkeys((*control.claimed, *now.claimed))
    if not claimed:
        return unknown(NAME, _nothing_accepted(claim, every, ledger))
    wanted = {value: every.get(value, []) for value in claimed}
    made_up = [value for value in now.known if value not in control.known and value not in now.given]
    owed = {value: 1 if value in made_up else control.effects.get(value, 0) for value in claimed}
    twice = [value for value in claimed if owed[value] and now.effects.get(value, 0) > owed[value]]
    if twice:
        told = {value: f"{often(now.effects[value])} in {claim.place}" for value in twice}
        return _broken(DUPLICATED, "had their effect more than once", told, wanted, feeding)
    strange = _strange(history, claim, now, control, made_up) | _too_many(claim, now, control, made_up)
    if strange:
        why = f"{counted(len(strange), 'effect')} that neither a message nor the control run accounts for"
        return broken(NAME, "unexpected", why, _lines(strange), checked=len(claimed))
    short = [value for value in claimed if now.effects.get(value, 0) < owed[value]]
    leading, around = {*control.leading, *feeding.leading}, {*control.around, *feeding.around}
    accounted = in_dead_letters(history, ledger, claim.key, leading, control.behind, around) if short else ()
    missing = [value for value in short if value not in accounted]
    why = effects_may_come(history, ledger)
    gone = [value for value in missing if value not in now.known and value not in control.given]
    if not why and gone and made_up and len(gone) == len(missing):
        why = "functions make up other values of the key than in the control run, so they can't be compared"
    if why:
        return unknown(NAME, why, missing, _copies(feeding, wanted, missing))
    if missing:
        told = _told_missing(claim, rows, missing, wanted, every, feeding)
        return _broken("missing", "had no effect", told, wanted, feeding)
    return holds(NAME, len(claimed))


def _left(history: History, claim: Claim, rows: Sequence[Any]) -> Left:
    ledger = Ledger(history)
    every = _every_message(history, ledger, claim)
    given = [value for value, messages in every.items() if any(message.outside for message in messages)]
    return Left(Counter(_effects(rows, claim)), list(_claimed(every, claim, ledger)), given, list(every))


def _every_message(history: History, ledger: Ledger, claim: Claim) -> Messages:
    """Everything that was accepted anywhere, by its values; what lies at the place itself are the effects.

    Where nothing else has a value, functions give it to the effects, such as the lines of an order: then
    these are all there is to claim.
    """
    found: Messages = {}
    effects: Messages = {}
    for message in (*ledger.accepted.values(), *_called(history)):
        is_effect = message.key[0] == claim.place and not message.outside
        for value in values_of(message.body, claim.key):
            (effects if is_effect else found).setdefault(value, []).append(message)
    return found or effects


def _called(history: History) -> Iterable[Accepted]:
    """The payloads of functions that the test invoked and waited for, and that succeeded."""
    for one in history.fold.invocations.values():
        event = one.event
        if event.data.get("payload") is not None and event.actor == "test" and one.outcome == "ok":
            key = (event.subject, str(event.data["request_id"]))
            yield Accepted(key, event.seq, event.at, event.data["payload"], {}, None, True)


def _claimed(every: Messages, claim: Claim, ledger: Ledger) -> Messages:
    others = _of_other_apps(ledger, claim)
    found = {
        value: [m for m in messages if claim.covers(m) and m.key not in others]
        for value, messages in every.items()
    }
    return {value: messages for value, messages in found.items() if messages}


def _of_other_apps(ledger: Ledger, claim: Claim) -> set[Key]:
    """The messages that never were in the app of the effects: another one's, deployed beside it."""
    place, apps_there = ledger.history.place, {each.app for each in ledger.history.places.values()}
    app = place(claim.place).app
    if len(apps_there - {""}) < 2:
        return set()
    messages = (*ledger.accepted.values(), *_called(ledger.history))
    apps = {message.key: {place(message.key[0]).app} for message in messages}
    for path in ledger.paths():
        apps[path.message.key].add(place(path.place).app)
    return {key for key, found in apps.items() if app and not found & {app, ""}}


def _effects(rows: Sequence[Any], claim: Claim) -> list[str]:
    """The value of each effect; rows and elements without one are no effects."""
    name = claim.attribute or claim.key
    elements = rows if claim.items is None else [each for row in rows for each in _list(row, claim.items)]
    values: list[str] = []
    for element in elements:
        found = values_of(element, name)
        if not found and not any(isinstance(each, Mapping) for each in contents(element)):
            found = [text for text in (comparable(element),) if text is not None]
        values += found
    return claim.bare(values)


def _list(row: Any, items: str) -> Sequence[Any]:
    found = row.get(items) if isinstance(row, Mapping) else None
    return found if isinstance(found, list | tuple) else ()


def _seeded(history: History, claim: Claim) -> Iterable[str]:
    """The values that the test wrote there itself."""
    name = (claim.attribute or claim.key).rpartition(".")[2]
    for event in history.of("call"):
        seeds = event.data.get("does") == Does.WRITES and event.actor not in history.fold.functions
        if seeds and claim.place in (event.data.get("resource"), *event.data.get("others", ())):
            yield from claim.bare(_values_in(event.data["params"], name))


def _asked(history: History, claim: Claim) -> Iterable[str]:
    """The values in the payloads of functions that somebody invoked and waited for, whatever came of it: such
    a call owes nothing, and its effect is no surprise."""
    for one in history.fold.invocations.values():
        yield from values_of(one.event.data.get("payload"), claim.key)


def _values_in(value: Any, name: str) -> Iterable[str]:
    """The values of an attribute anywhere in parameters; DynamoDB writes each with its type: {"S": "o-1"}."""
    if isinstance(value, list | tuple):
        for each in value:
            yield from _values_in(each, name)
    elif isinstance(value, Mapping):
        for key, found in value.items():
            if key == name:
                typed = isinstance(found, Mapping) and len(found) == 1
                text = comparable(next(iter(found.values())) if typed else found)
                if text is not None:
                    yield text
            else:
                yield from _values_in(found, name)


def _strange(
    history: History, claim: Claim, now: Left, control: Left, made_up: Sequence[str]
) -> dict[str, str]:
    """Effects that no message asked for, and those of which the control run left none."""
    known = {*_seeded(history, claim), *_asked(history, claim), *made_up}
    found = {}
    for value, count in now.effects.items():
        if control.effects.get(value) or value in known:
            continue
        if value not in now.known:
            found[value] = f"{often(count)} in {claim.place}; no message ever had it"
        elif value in now.claimed:
            found[value] = f"{often(count)} in {claim.place}, none in the control run"
    return found


def _too_many(claim: Claim, now: Left, control: Left, made_up: Sequence[str]) -> dict[str, str]:
    """Effects of values that functions made up, if there are more of them than they can stand for: those of
    the control run's own values that have none now."""
    claimed = set(now.claimed)
    fresh = [value for value in made_up if value in claimed and now.effects.get(value)]
    theirs = (value for value in control.claimed if value not in control.given)
    gone = [value for value in theirs if control.effects.get(value) and not now.effects.get(value)]
    if len(fresh) <= len(gone):
        return {}
    more = f"{len(fresh) - len(gone)} more than in the control run"
    return dict.fromkeys(fresh, f"in {claim.place}; functions made it up, {more}")


def _told_missing(
    claim: Claim,
    rows: Sequence[Any],
    missing: Sequence[str],
    wanted: Messages,
    every: Messages,
    feeding: Feeding,
) -> dict[str, str]:
    nothing = _nothing_there(claim, rows)
    told = {}
    for value in missing:
        messages = wanted.get(value) or every.get(value, [])
        parts = [nothing, *whereabouts(feeding, messages)]
        narrower = hint(feeding, every.get(value, [])) if claim.of is None and claim.among is None else ""
        told[value] = "; ".join(part for part in (*parts, narrower) if part)
    return told


def _nothing_there(claim: Claim, rows: Sequence[Any]) -> str:
    name = claim.attribute or claim.key
    lists = [] if claim.items is None else [_list(row, claim.items) for row in rows]
    elements = [element for each in lists for element in each]
    if _effects(rows, claim):
        return f"nothing in {claim.place}"
    if any(lists):
        return f"no element of {claim.items!r} in {claim.place} has {name!r}{they_have(elements)}"
    if claim.prefix and any(isinstance(row, Mapping) and name in row for row in rows):
        return f"no row's {name!r} in {claim.place} begins with {claim.prefix!r}"
    if claim.items is None and they_have(rows):
        return f"no row of {claim.place} has the attribute {name!r}{they_have(rows)}"
    if rows and claim.items is not None:
        is_there = any(isinstance(row, Mapping) and claim.items in row for row in rows)
        lacking = " with anything in it" if is_there else they_have(rows)
        return f"no row of {claim.place} has a list {claim.items!r}{lacking}"
    return f"nothing in {claim.place}"


def _nothing_accepted(claim: Claim, every: Messages, ledger: Ledger) -> str:
    if every and claim.of is not None:
        known = {message.key for messages in every.values() for message in messages}
        paths = [path for path in ledger.paths() if path.place == claim.of and path.message.key in known]
        senders = dict.fromkeys(path.message.key[0] for path in paths)
        hint = (
            f"; what came there was accepted by {', '.join(senders)}: of={next(iter(senders))!r}"
            if senders
            else ""
        )
        return f"{claim.of} accepted no message with {claim.key!r} in its body{hint}"
    if every:
        return f"no message with {claim.key!r} in its body is meant by `where`"
    said = [message.body for message in ledger.accepted.values()]
    path = deeper(said, claim.key)
    bodies = f'; is it key="{path}", attribute="{claim.attribute or claim.key}"?' if path else they_have(said)
    return f"no message that was accepted has {claim.key!r} in its body{bodies}"


def _broken(kind: str, why: str, told: Mapping[str, str], wanted: Messages, feeding: Feeding) -> Verdict:
    shown = list(told)[:1] if kind == DUPLICATED else list(told)
    copies = _copies(feeding, wanted, shown, applied_last=kind != DUPLICATED)
    return broken(NAME, kind, f"{len(told)} of {len(wanted)} {why}", _lines(told), copies, len(wanted))


def _lines(told: Mapping[str, str]) -> list[str]:
    return [f"{value}: {text}" for value, text in told.items()]


def _copies(
    feeding: Feeding, wanted: Messages, values: Iterable[str], applied_last: bool = True
) -> list[Copy]:
    """The copies concerned: those at the places that feed the effects first, then those on the way there; of
    these first the ones that were not applied, if an effect is missing."""
    paths = [path for value in values for message in wanted.get(value, ()) for path in feeding.paths(message)]
    near = (feeding.direct, feeding.leading)
    paths.sort(
        key=lambda path: [
            *(path.place not in places for places in near),
            applied_last and path.fate is Fate.APPLIED,
        ]
    )
    return [path.best for path in paths]
