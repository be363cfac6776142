"""expect(app): what is recorded, what is raised, and what is said."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import ClassVar

import pytest

from harness import Broken, History, Unknown, Unsupported, expect, invariants
from harness.aws.rules.wiring import links
from tests.helpers.runs import Written


class Cloud:
    """What `expect` needs of a cloud."""

    name = "written"

    def __init__(self, run, **more):
        self.recorder = run.recorder
        self.history = run.history
        self.names = run.recorder.names
        vars(self).update(more)


class WithControl(Cloud):
    """A cloud that knows a control run, or is one."""

    is_control_run = False
    can_have_control = True

    def __init__(self, run, *, control=None, **more):
        super().__init__(run, **more)
        self._control = control

    def control_history(self):
        return self._control()


class App:
    """An app with a table Ledger and a queue Jobs."""

    types = {"Ledger": "AWS::DynamoDB::Table", "Jobs": "AWS::SQS::Queue"}  # noqa: RUF012
    resources: ClassVar[dict[str, object]] = {}

    def __init__(self, run, rows=(), jobs=(), **more):
        self.cloud = WithControl(run, **more) if more else Cloud(run)
        self._rows, self._jobs = list(rows), list(jobs)

    def known_as(self, name):
        return name

    def effects(self, name):
        return {"Ledger": self._rows, "Jobs": self._jobs}[name]

    def queue(self, name):
        assert name == "Jobs"
        return SimpleNamespace()


@pytest.fixture
def run():
    return Written()


def billed(run, *orders):
    for order in orders:
        run.send("Work", f"m-{order}", {"order": order})
        run.work("Work", "Billing", f"m-{order}")
    run.settle()


def lost(run, *orders):
    for order in orders:
        accepted = run.publish("Orders", f"m-{order}", {"order": order})
        run.drop(accepted, "BillingQueue")
    run.settle()


def asked(run):
    return [(event.subject, event.data["verdict"]) for event in run.history().of("expectation")]


def test_what_holds_is_recorded_and_says_nothing(run):
    billed(run, "o-1")
    app = App(run, [{"order": "o-1"}])
    expect(app).nothing_lost()
    expect(app).effects_once("Ledger", key="order")
    expect(app).settled()
    assert asked(run) == [("nothing_lost", "holds"), ("effects_once", "holds"), ("settled", "holds")]


def test_broken_claims_are_shown_with_timelines(run):
    lost(run, *(f"o-{n}" for n in range(7)))
    with pytest.raises(Broken) as caught:
        expect(App(run)).nothing_lost()
    told = str(caught.value)
    assert told.startswith("nothing_lost: broken: 7 of 7 lost\n")
    assert told.count("accepted by Orders") == 3
    assert told.endswith("… and 4 more")
    assert (caught.value.verdict.kind, len(caught.value.verdict.copies)) == ("lost", 7)
    assert asked(run) == [("nothing_lost", "broken")]


def test_what_is_unknown_never_passes(run):
    with pytest.raises(Unknown, match="no message was accepted"):
        expect(App(run)).nothing_lost()
    with pytest.raises(Unknown, match="never called"):
        expect(App(run)).settled()


def test_both_are_assertion_errors():
    assert issubclass(Broken, AssertionError)
    assert issubclass(Unknown, AssertionError)


def test_the_negative_form_passes_only_on_what_is_broken(run):
    lost(run, "o-1")
    expect(App(run)).broken.nothing_lost()
    assert asked(run) == [("nothing_lost", "holds")]


def test_the_negative_form_fails_on_what_holds_and_says_so(run):
    billed(run, "o-1")
    with pytest.raises(Broken, match="not caught"):
        expect(App(run)).broken.nothing_lost()


def test_the_negative_form_fails_on_what_is_unknown(run):
    with pytest.raises(Unknown):
        expect(App(run)).broken.nothing_lost()


@pytest.mark.parametrize("place", ["Ledger", "Jobs", lambda: [{"order": "o-1"}], lambda: ["o-1"]])
def test_effects_are_rows_messages_or_what_a_function_lists(run, place):
    billed(run, "o-1")
    expect(App(run, [{"order": "o-1"}], [{"order": "o-1"}])).effects_once(place, key="order")


def test_rows_of_a_single_table_are_told_apart_by_what_stands_behind_a_prefix(run):
    billed(run, "o-1")
    rows = [{"pk": "ORDER#o-1"}, {"pk": "CUSTOMER#c-1"}]
    expect(App(run, rows)).effects_once("Ledger", key="order", attribute="pk", prefix="ORDER#")
    with pytest.raises(Broken, match="twice in Ledger"):
        expect(App(run, [*rows, rows[0]])).effects_once(
            "Ledger", key="order", attribute="pk", prefix="ORDER#"
        )
    with pytest.raises(Broken, match=r'is it prefix="ORDER#"\?'):
        expect(App(run, rows[:1])).effects_once("Ledger", key="order", attribute="pk")
    with pytest.raises(Broken, match=r"no row's 'pk' in Ledger begins with 'ORD#'"):
        expect(App(run, rows)).effects_once("Ledger", key="order", attribute="pk", prefix="ORD#")
    assert {verdict.invariant for verdict in invariants.judge(run.history())} == {"effects_once"}


def test_a_stored_history_is_judged_as_it_was_live(run):
    billed(run, "o-1", "o-2")
    rows = [{"order": "o-1", "total": Decimal("0.1"), "blob": b"\x00"}, {"order": "o-2", "tags": {"a"}}]
    expect(App(run, rows)).effects_once("Ledger", key="order")
    expect(App(run, rows)).dead_letters(none=True)
    with pytest.raises(Broken):
        expect(App(run, rows[:1])).effects_once("Ledger", key="order")
    expect(App(run, [*rows, rows[0]])).broken.effects_once("Ledger", key="order")
    expect(App(run)).holds(lambda history: True, "settled")
    stored = History.from_json(run.history().to_json())
    verdicts = [(verdict.invariant, verdict.value) for verdict in invariants.judge(stored)]
    assert verdicts == [
        ("effects_once", "holds"),
        ("dead_letters", "holds"),
        ("effects_once", "broken"),
        ("broken.effects_once", "holds"),
        ("settled", "unknown"),
    ]
    assert "it was holds when the scenario asked" in invariants.judge(stored)[-1].why


def test_a_stored_history_whose_fault_never_fired_is_broken():
    run = Written(plan={"faults": [{"kind": "crash", "function": "Billing"}]})
    billed(run, "o-1")
    expect(App(run)).nothing_lost()
    assert [verdict.value for verdict in invariants.judge(run.history())] == ["holds", "broken"]


def ok(history):
    return None


def false(history):
    return False


def asserts(history):
    raise AssertionError("two rows")


def crashes(history):
    raise KeyError("rows")


@pytest.mark.parametrize(
    ("function", "error", "says"),
    [
        (ok, None, ""),
        (false, Broken, "answered False"),
        (asserts, Broken, "two rows"),
        (crashes, Unknown, "rows"),
    ],
)
def test_an_invariant_of_ones_own(run, function, error, says):
    billed(run, "o-1")
    if error is None:
        expect(App(run)).holds(function)
        return
    with pytest.raises(error, match=says):
        expect(App(run)).holds(function)


def test_an_invariant_of_ones_own_does_not_pass_on_a_run_that_did_not_settle(run):
    billed(run, "o-1")
    run.settle("hop to Billing")
    with pytest.raises(Unknown, match="did not settle"):
        expect(App(run)).holds(ok)
    with pytest.raises(Broken):
        expect(App(run)).holds(false)


def test_an_invariant_of_ones_own_does_not_pass_when_a_handler_hung(run):
    run.send("Work", "m-1", "hi")
    run.work("Work", "Billing", "m-1", outcome="hung")
    run.settle()
    with pytest.raises(Unknown, match="Billing hung"):
        expect(App(run)).holds(ok)


def test_a_control_run_asks_nothing_and_records_nothing(run):
    lost(run, "o-1")
    app = App(run, is_control_run=True)
    expect(app).nothing_lost()
    expect(app).broken.settled()
    expect(app).effects_once("Ledger", key="order")
    expect(app).unaffected("BillingQueue")
    expect(app).retry_amplification(at_most=1)
    expect(app).holds(false)
    assert asked(run) == []


def test_the_control_history_is_given_or_made_by_the_cloud(run):
    billed(run, "o-1")
    control = run.history()
    expect(App(run), control=control).unaffected("Work")
    expect(App(run, control=lambda: control)).retry_amplification(at_most=1)
    with pytest.raises(Unsupported, match="a control run: the cloud 'written' doesn't offer it; pass its"):
        expect(App(run)).unaffected("Work")
    assert [verdict.value for verdict in invariants.judge(run.history())] == ["holds", "holds"]


def test_what_the_cloud_raises_for_want_of_a_control_run_goes_through(run):
    class Again(BaseException):
        pass

    def control():
        raise Again

    run.queue("Work")
    with pytest.raises(Again):
        expect(App(run, control=control)).unaffected("Work")


@pytest.mark.parametrize("ask", [lambda e: e.dead_letters(), lambda e: e.unaffected()])
def test_questions_that_ask_for_nothing_are_refused(run, ask):
    with pytest.raises(TypeError):
        ask(expect(App(run)))


@pytest.mark.parametrize(
    "ask",
    [
        lambda e: e.dead_letters(exactly="o-1"),
        lambda e: e.recovered_within(seconds="60"),
        lambda e: e.recovered_within(seconds=-1),
        lambda e: e.in_order("Work", key="order"),
    ],
)
def test_arguments_that_a_claim_can_not_mean_are_refused(run, ask):
    billed(run, "o-1")
    with pytest.raises((TypeError, ValueError), match=r"exactly=|seconds=|key="):
        ask(expect(App(run)))


def test_a_claim_about_dead_letters_names_a_queue_that_gets_them(run):
    run.queue("Jobs")
    with pytest.raises(LookupError, match=r"nothing sends its dead letters to 'Jobs'; .*: none"):
        expect(App(run)).dead_letters(queue="Jobs", none=True)
    target = {"TargetArn": "arn:aws:sqs:us-east-1:123456789012:Jobs"}
    run.recorder.names.link(links({"DeadLetterConfig": target}))
    billed(run, "o-1")
    expect(App(run)).dead_letters(queue="Jobs", none=True)


def test_expect_takes_an_app(run):
    with pytest.raises(TypeError, match="expect takes an app"):
        expect(Cloud(run))


def test_an_error_of_where_makes_the_claim_unknown(run):
    run.send("Work", "m-1", {"order": "o-1", "total": 9})
    run.work("Work", "Billing", "m-1")
    run.settle()
    app = App(run, [{"order": "o-1"}])
    with pytest.raises(Unknown, match=r"where= failed on \{'order': 'o-1', 'total': 9\}: TypeError"):
        expect(app).effects_once("Ledger", key="order", where=lambda body: body["total"] > "5")


def test_a_body_without_the_field_is_not_meant(run):
    run.send("Work", "m-1", {"order": "o-1", "kind": "sale"})
    run.send("Work", "m-2", {"order": "o-2"})
    run.send("Work", "m-3", "hello")
    for message in ("m-1", "m-2", "m-3"):
        run.work("Work", "Billing", message)
    run.settle()
    app = App(run, [{"order": "o-1"}])
    expect(app).effects_once("Ledger", key="order", where=lambda body: body["kind"] == "sale")


@pytest.mark.parametrize("ask", [lambda e: e.unaffected("Wrok"), lambda e: e.in_order("Wrok")])
def test_a_name_that_nothing_has_is_told_with_those_there_are(run, ask):
    billed(run, "o-1")
    with pytest.raises(LookupError, match=r"^nothing has the name 'Wrok'; did you mean 'Work'\?$"):
        ask(expect(App(run), control=run.history()))


def test_a_claim_that_there_isn_t_is_told_with_the_nearest(run):
    with pytest.raises(
        AttributeError, match=r"^expect\(app\) has no 'noting_lost'; did you mean 'nothing_lost'"
    ):
        expect(App(run)).noting_lost()


def test_a_sum_is_compared_with_any_number(run):
    billed(run, "o-1")
    app = App(run, [{"id": "a", "amount": Decimal("0.1")}, {"id": "b", "amount": 2}])
    expect(app).sums("Ledger", attribute="amount", equal_to=Decimal("2.1"))
    expect(app).broken.sums("Ledger", attribute="amount", equal_to=Decimal("2.2"))


@pytest.mark.parametrize("wrong", ["thirty", True, float("nan"), [30]])
def test_a_sum_is_compared_with_numbers_only(run, wrong):
    with pytest.raises(TypeError, match="is not a number"):
        expect(App(run)).sums("Ledger", attribute="amount", equal_to=wrong)


def test_a_control_run_that_left_no_row_says_no_sum(run):
    """As of the wrong table: nothing in both runs would add up."""
    run.send("Jobs", "m-1", {"order": "o-1"})
    run.work("Jobs", "Work", "m-1")
    run.settle()
    control = Written()
    control.recorder.state("Ledger", [])
    with pytest.raises(Unknown, match="nothing to compare the sum of amount"):
        expect(App(run), control=control.history()).sums("Ledger", attribute="amount")
