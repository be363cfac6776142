"""`expect(app)`: the claims of a scenario.

expect(app).nothing_lost()
expect(app).broken.nothing_lost()   # this app loses messages, and that is noticed
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from harness import invariants
from harness.cloud import HasControlRun, HasTolerance, lacks
from harness.history.ledger import Ledger
from harness.history.plain import plain
from harness.history.timeline import timeline_of
from harness.invariants import Verdict
from harness.invariants.effects_once import left_by
from harness.invariants.nothing_lost import STUCK
from harness.invariants.own import judge_own
from harness.invariants.retry_amplification import calls_of
from harness.invariants.sums import number, total
from harness.invariants.unaffected import TOLERANCE_SECONDS, latencies_of
from harness.invariants.verdict import IDLE, unknown
from harness.invariants.where import WhereFailed, meant_by
from harness.near import Suggests, near

if TYPE_CHECKING:
    from harness.app.handle import App
    from harness.history import Event, History

TIMELINES_SHOWN = 3


class Broken(AssertionError):
    """An invariant doesn't hold. `verdict` has the evidence."""

    def __init__(self, message: str = "", verdict: Verdict | None = None) -> None:
        super().__init__(message)
        self.verdict = verdict


class Unknown(AssertionError):
    """An invariant can't be judged. `verdict` has the reason."""

    def __init__(self, message: str = "", verdict: Verdict | None = None) -> None:
        super().__init__(message)
        self.verdict = verdict


def expect(app: App, *, control: History | None = None) -> Expect:
    """Make claims about a deployed `app`: each method checks one over its history and final state.

    `control`: the history of a run without faults, for claims that compare with it; under pytest it is made
    when needed. Claims raise `Broken` or `Unknown`, both `AssertionError`s, with the timelines of the
    messages concerned. Raises `TypeError` if `app` isn't a deployed app.

    >>> _ = app.topic("Orders").publish({"order": "o-1", "total": 42})
    >>> app.settle()
    True
    >>> expect(app).effects_once("Ledger", key="order")
    >>> expect(app).broken.dead_letters(at_least=1)
    """
    if not hasattr(app, "cloud"):
        raise TypeError(f"expect takes an app from cloud.deploy(…), not {type(app).__name__}")
    return Expect(app, control)


class Expect(Suggests):
    """The claims about one app. `expect(app)` makes it."""

    called = "expect(app)"

    def __init__(self, app: App, control: History | None = None, *, negated: bool = False) -> None:
        self._app = app
        self._cloud = app.cloud
        self._control = control
        self._negated = negated

    @property
    def broken(self) -> Expect:
        """The negative form: passes only if the invariant is broken. Use it to show that a bug is caught."""
        return Expect(self._app, self._control, negated=True)

    def nothing_lost(self) -> None:
        """Every accepted message was applied, filtered out, dead-lettered, or purged by the test.

        >>> _ = app.topic("Orders").publish({"order": "o-1", "total": 42})
        >>> app.settle()
        True
        >>> expect(app).nothing_lost()
        """
        __tracebackhide__ = True
        self._ask("nothing_lost", {"control_ended": True} if self._is_stuck_by_a_fault else {})

    @property
    def _is_stuck_by_a_fault(self) -> bool:
        """Do executions wait for ever under a fault, while all of them ended in the control run?"""
        if self._inert:
            return False
        history = self._cloud.history()
        if not (history.of("fault") and Ledger(history).hung()):
            return False
        verdict = invariants.evaluate(invariants.nothing_lost, history, {}, "nothing_lost")
        control = self._control_if_any() if verdict.kind == STUCK else None
        return control is not None and not Ledger(control).hung()

    def effects_once(
        self,
        place: str | Callable[[], Sequence[Any]],
        *,
        key: str,
        of: str | None = None,
        where: Callable[[Any], bool] | None = None,
        attribute: str = "",
        items: str | None = None,
        prefix: str = "",
    ) -> None:
        """Each value of `key` in accepted messages has left exactly one effect at `place`.

        `place`: a table or queue by its logical id, the host of a stub, or a function that returns the keys
        or rows of all effects. `key`: the field that identifies messages ("detail.order" for a nested one);
        rows have it under the same name, or as `attribute`, after `prefix` if it is given: "ORDER#o-1". Rows
        without the prefix are no effects. `items`: the effects are the elements of this list attribute of the
        rows.

        The claim is about all messages that the app accepted, from the test and from functions, unless
        filters dropped them on every path. `of` narrows it to messages that this queue, topic or function
        accepted, `where` to bodies (parsed, if they are JSON) for which it is true. A body without the field
        that `where` reads is left out; any other error makes the claim unknown. In a run with faults the
        effects of the control run are owed: each is there once, or a dead letter accounts for it.

        Raises `LookupError` if nothing has the name `of`.

        >>> _ = app.topic("Orders").publish({"order": "o-1", "total": 42})
        >>> app.settle()
        True
        >>> expect(app).effects_once("Ledger", key="order")
        """
        __tracebackhide__ = True
        name = self._name(place) if isinstance(place, str) else getattr(place, "__name__", "effects")
        claim = {"place": name, "key": key, "attribute": attribute, "items": items}
        claim |= {"prefix": prefix} if prefix else {}
        claim["of"] = None if of is None else self._name(self._known(of))
        rows = [plain(row) for row in self._rows(place)]
        state = self._cloud.recorder.state(name, rows)
        if self._inert:
            return
        history = self._cloud.history()
        try:
            given = {**claim, "among": meant_by(history, where)}
            if history.of("fault") and (control := self._control_if_any()) is not None:
                before = len(_states(history, name)) - 1
                given["control"] = _left_by(control, before, {**claim, "among": meant_by(control, where)})
        except WhereFailed as problem:
            self._conclude(unknown("effects_once", str(problem)), "effects_once", claim)
            return
        self._judge("effects_once", given, {"rows": rows}, {"rows_at": state.seq})

    def sums(
        self, table: str, *, attribute: str, equal_to: int | float | str | Decimal | None = None
    ) -> None:
        """The numbers `attribute` of all rows of `table` add up to `equal_to`: nothing was added twice.

        Without `equal_to` the sum must be the control run's. Raises `TypeError` if `equal_to` is no number.

        >>> _ = app.topic("Orders").publish({"order": "o-1", "total": 42})
        >>> app.settle()
        True
        >>> expect(app).sums("Ledger", attribute="total", equal_to=42)
        """
        __tracebackhide__ = True
        if equal_to is not None and number(equal_to) is None:
            raise TypeError(f"sums: equal_to={equal_to!r} is not a number")
        name = self._name(table)
        rows = [plain(row) for row in self._rows(table)]
        state = self._cloud.recorder.state(name, rows)
        if self._inert:
            return
        if equal_to is None:
            equal_to = self._sum_before(name, attribute)
        params = {"place": name, "attribute": attribute, "equal_to": plain(equal_to)}
        self._judge("sums", params, {"rows": rows}, {"rows_at": state.seq})

    def _sum_before(self, name: str, attribute: str) -> str | None:
        """The sum in the control run, at the same claim; None if that left no row to add up."""
        mine = len(_states(self._cloud.history(), name)) - 1
        asked = _states(self._control_history(), name)
        rows = asked[mine].data["rows"] if mine < len(asked) else ()
        return str(total(rows, attribute)) if rows else None

    def in_order(
        self,
        queue: str,
        *,
        by: str | None = None,
        effects: Callable[[], Sequence[Any]] | None = None,
        key: str = "",
    ) -> None:
        """Within a group, messages of `queue` were handled in the order in which they were accepted.

        A group is the message group, or the value of the field `by` in the bodies. If effects have an order,
        let `effects` return them in it, as values of the field `key` of the bodies: this also finds a handler
        that works through a batch in reverse. Raises `LookupError` if nothing has the name `queue`.

        >>> ledger = cloud.deploy("fixtures/apps/ledger/template.yaml")
        >>> for number in range(3):
        ...     posting = {"posting": f"p-{number}", "account": "alice", "amount": number}
        ...     _ = ledger.queue("PostingsQueue").send(posting, group="alice", dedup=f"p-{number}")
        >>> ledger.settle()
        True
        >>> expect(ledger).in_order("PostingsQueue")
        """
        __tracebackhide__ = True
        if self._inert:
            return
        params = {"place": self._name(self._known(queue)), "by": by}
        if effects is None:
            if key:
                raise TypeError("in_order: key= needs effects=; use by= for a field of the bodies")
            self._judge("in_order", params, {}, {})
            return
        if not key:
            raise TypeError("in_order: pass key=, the field of the bodies that identifies effects")
        rows = [plain(row) for row in effects()]
        state = self._cloud.recorder.state(getattr(effects, "__name__", "effects"), rows)
        self._judge("in_order", {**params, "key": key}, {"rows": rows}, {"rows_at": state.seq})

    def dead_letters(
        self,
        *,
        none: bool = False,
        exactly: Sequence[Any] | None = None,
        key: str | None = None,
        at_least: int | None = None,
        at_most: int | None = None,
        queue: str | None = None,
    ) -> None:
        """Exactly these messages are dead letters.

        `none`: no message is. `exactly`: these, by the field `key` of their bodies, or as whole bodies.
        `at_least`, `at_most`: limits of their number. `queue`: count only this dead-letter queue; raises
        `LookupError` if the template lacks it, or nothing sends its dead letters there.

        >>> _ = app.topic("Orders").publish({"order": "o-1", "total": 42})
        >>> app.settle()
        True
        >>> expect(app).dead_letters(none=True)
        """
        __tracebackhide__ = True
        if queue is not None:
            self._app.queue(queue)
            self._gets_dead_letters(queue)
        if not none and exactly is None and at_least is None and at_most is None:
            raise TypeError("dead_letters: pass none=True, exactly=[…], at_least= or at_most=")
        if isinstance(exactly, str):
            raise TypeError(f"dead_letters: exactly= is a list; write exactly=[{exactly!r}]")
        given = {
            "none": none,
            "exactly": None if exactly is None else list(exactly),
            "key": key,
            "at_least": at_least,
            "at_most": at_most,
            "queue": None if queue is None else self._name(queue),
        }
        self._ask("dead_letters", given)

    def recovered_within(self, *, seconds: float) -> None:
        """Everything accepted before the end of the last fault was done within `seconds` of virtual time.

        >>> _ = app.topic("Orders").publish({"order": "o-1", "total": 42})
        >>> app.settle()
        True
        >>> expect(app).recovered_within(seconds=120)
        """
        __tracebackhide__ = True
        if isinstance(seconds, bool) or not isinstance(seconds, int | float):
            raise TypeError(f"recovered_within: seconds={seconds!r} is not a number of seconds")
        if seconds < 0:
            raise ValueError(f"recovered_within: seconds={seconds}: must be 0 or more")
        self._ask("recovered_within", {"seconds": seconds})

    def unaffected(self, *queues: str, tolerance_seconds: float | None = None) -> None:
        """At each of `queues` every message was applied as fast as in the control run.

        A message may be slower by `tolerance_seconds`: by default half a second in the simulator, and more on
        clouds in real time. Raises `LookupError` if nothing has the name of a queue.

        >>> _ = app.topic("Orders").publish({"order": "o-1", "total": 42})
        >>> app.settle()
        True
        >>> control = app.history()  # pytest makes it: the same run without its faults
        >>> expect(app, control=control).unaffected("ShippingQueue")
        """
        __tracebackhide__ = True
        if not queues:
            raise TypeError("unaffected: pass the names of the queues that the fault must not affect")
        if self._inert:
            return
        places = [self._name(self._known(queue)) for queue in queues]
        control = latencies_of(self._control_history(), places)
        if tolerance_seconds is None:
            tolerance_seconds = TOLERANCE_SECONDS
            if isinstance(self._cloud, HasTolerance):
                tolerance_seconds = self._cloud.tolerance_seconds
        given = {"places": places, "control": control, "tolerance_seconds": tolerance_seconds}
        self._ask("unaffected", given)

    def retry_amplification(self, *, at_most: float) -> None:
        """No operation was called more than `at_most` times as often as in the control run.

        >>> _ = app.topic("Orders").publish({"order": "o-1", "total": 42})
        >>> app.settle()
        True
        >>> control = app.history()  # pytest makes it: the same run without its faults
        >>> expect(app, control=control).retry_amplification(at_most=1)
        """
        __tracebackhide__ = True
        if self._inert:
            return
        control = calls_of(self._control_history())
        self._ask("retry_amplification", {"at_most": at_most, "control": control})

    def settled(self) -> None:
        """The run came to rest.

        >>> _ = app.topic("Orders").publish({"order": "o-1", "total": 42})
        >>> app.settle()
        True
        >>> expect(app).settled()
        """
        __tracebackhide__ = True
        self._ask("settled", {})

    def holds(self, function: Callable[[History], Any], name: str | None = None) -> None:
        """An invariant of your own: `function` takes the history. `name`: its name in reports.

        It is broken if `function` returns False or raises an `AssertionError`, unknown if it raises another
        exception, if a handler hung, or if the run didn't settle. Otherwise it holds.

        >>> _ = app.topic("Orders").publish({"order": "o-1", "total": 42})
        >>> app.settle()
        True
        >>> expect(app).holds(lambda history: len(history.of("hop")) < 20, "few deliveries")
        """
        __tracebackhide__ = True
        if self._inert:
            return
        called = name or str(getattr(function, "__name__", "holds"))
        self._conclude(judge_own(function, self._cloud.history(), called), called, {}, own=True)

    @property
    def _inert(self) -> bool:
        return isinstance(self._cloud, HasControlRun) and self._cloud.is_control_run

    def _ask(self, name: str, params: Mapping[str, Any]) -> None:
        __tracebackhide__ = True
        if not self._inert:
            self._judge(name, params, {}, {})

    def _judge(
        self, name: str, params: Mapping[str, Any], given: Mapping[str, Any], asked: Mapping[str, Any]
    ) -> None:
        """Ask an invariant. `given`: arguments that only this run has; `asked`: their place in a stored
        history."""
        __tracebackhide__ = True
        function = invariants.INVARIANTS[name]
        verdict = invariants.evaluate(function, self._cloud.history(), {**params, **given}, name)
        self._conclude(verdict, name, {**params, **asked})

    def _name(self, logical_id: str) -> str:
        """The name of a resource of this app in the history; any other name stays as it is."""
        known = self._app.known_as(logical_id) in self._app.resources
        return self._cloud.names.of(self._app.arn(logical_id)) if known else logical_id

    def _known(self, logical_id: str) -> str:
        """The same id, if the template or the history has it. Raises `LookupError`."""
        places = self._cloud.names.places
        if self._app.known_as(logical_id) not in self._app.resources and logical_id not in places:
            there = [name for name, place in places.items() if place.role]
            raise LookupError(f"nothing has the name {logical_id!r}{near(logical_id, there)}")
        return logical_id

    def _gets_dead_letters(self, queue: str) -> None:
        """Does anything send its dead letters to this queue? Raises `LookupError`."""
        there = self._cloud.names.dead_letter_queues()
        if self._name(queue) not in there:
            raise LookupError(f"nothing sends its dead letters to {queue!r}{near(queue, there)}")

    def _conclude(self, verdict: Verdict, name: str, asked: Mapping[str, Any], own: bool = False) -> None:
        __tracebackhide__ = True
        found = invariants.inverted(verdict) if self._negated else verdict
        idle = found.why if found.kind == IDLE and not self._negated else ""
        self._cloud.recorder.expectation(
            name, params=asked, verdict=found.value, negated=self._negated, own=own, idle=idle
        )
        if found.value == "holds":
            return
        message = self._told(found, verdict)
        raise Broken(message, found) if found.value == "broken" else Unknown(message, found)

    def _told(self, found: Verdict, verdict: Verdict) -> str:
        """The verdict, and the timelines of the first messages concerned."""
        parts = [str(found)]
        if verdict.copies and found.value != "holds":
            ledger = Ledger(self._cloud.history())
            unique = list({(copy.origin, copy.meant_for): copy for copy in verdict.copies}.values())
            parts += ["\n".join(timeline_of(ledger, copy)) for copy in unique[:TIMELINES_SHOWN]]
            if len(unique) > TIMELINES_SHOWN:
                parts.append(f"… and {len(unique) - TIMELINES_SHOWN} more")
        return "\n\n".join(parts)

    def _rows(self, place: str | Callable[[], Sequence[Any]]) -> list[Any]:
        if callable(place):
            return list(place())
        return self._app.effects(place)

    def _control_if_any(self) -> History | None:
        """The control run, made if it can be."""
        made = isinstance(self._cloud, HasControlRun) and self._cloud.can_have_control
        return self._control_history() if made or self._control is not None else None

    def _control_history(self) -> History:
        if self._control is not None:
            return self._control
        if not isinstance(self._cloud, HasControlRun):
            raise lacks(
                self._cloud,
                "a control run",
                "pass its history, expect(app, control=history), or run the scenario under pytest",
            )
        return self._cloud.control_history()


def _states(history: History, place: str) -> list[Event]:
    """The recorded final states of a place."""
    return [event for event in history.of("state") if event.subject == place]


def _left_by(control: History, before: int, claim: Mapping[str, Any]) -> dict[str, Any] | None:
    """The effects of the control run at the same claim; None if it never came there."""
    states = _states(control, claim["place"])
    if len(states) <= before:
        return None
    asked = states[before]

    def left() -> dict[str, Any]:
        return left_by(control.until(asked.seq), asked.data["rows"], **claim)

    return control.once(("left", asked.seq, repr(sorted(claim.items()))), left)
