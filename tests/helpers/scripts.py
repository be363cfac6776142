"""Scripts: histories of messages whose end is known, because it is chosen first.

Each script is a generator that writes one step into a history and then yields, so that scripts can be
interleaved in any order. `ends` collects the end that must be found for each message, by place.
"""

from __future__ import annotations

from harness.history.copies import Fate


class Scripts:
    """Writes scripts into one history; every message, place and function has a name of its own."""

    def __init__(self, run):
        self.run = run
        self.ends: dict[tuple[str, str], Fate] = {}
        self._count = 0

    def new(self):
        self._count += 1
        return self._count

    def on_its_way(self, n):
        """Published to a topic, and arrived in a queue; gives the queue, the copy and what was accepted."""
        accepted = self.run.publish("Orders", f"m-{n}", {"order": f"o-{n}"})
        yield
        self.run.fan_out(accepted, f"Queue{n}", f"q-{n}")
        yield
        return f"Queue{n}", f"q-{n}", accepted

    def tried(self, n, queue, copy, *, outcome="ok", failed=(), acked=True, count=1):
        with self.run.run(
            queue, f"Function{n}", copy, outcome=outcome, failed=failed, acked=acked, count=count
        ) as run:
            yield
            self.run.call("dynamodb:PutItem", "Ledger", actor=f"Function{n}", cause=run)
            yield

    def end(self, n, place, fate):
        self.ends[(f"m-{n}", place)] = fate

    def applied(self, n):
        queue, copy, _ = yield from self.on_its_way(n)
        yield from self.tried(n, queue, copy)
        self.end(n, queue, Fate.APPLIED)

    def applied_at_the_third_try(self, n):
        queue, copy, _ = yield from self.on_its_way(n)
        for count, outcome in enumerate(("timeout", "throttled", "ok"), 1):
            yield from self.tried(n, queue, copy, outcome=outcome, count=count)
        self.end(n, queue, Fate.APPLIED)

    def reported_as_failed_then_applied(self, n):
        queue, copy, _ = yield from self.on_its_way(n)
        yield from self.tried(n, queue, copy, failed=[copy])
        yield from self.tried(n, queue, copy, count=2)
        self.end(n, queue, Fate.APPLIED)

    def handled_twice_for_a_lost_acknowledgement(self, n):
        queue, copy, _ = yield from self.on_its_way(n)
        yield from self.tried(n, queue, copy, acked=False)
        yield from self.tried(n, queue, copy, count=2)
        self.end(n, queue, Fate.APPLIED)

    def handled_but_expired_for_lost_acknowledgements(self, n):
        queue, copy, _ = yield from self.on_its_way(n)
        yield from self.tried(n, queue, copy, acked=False)
        self.run.recorder.expired(queue, copy, reason="retention period", actor="sqs")
        self.end(n, queue, Fate.APPLIED)

    def two_copies_of_which_one_expired(self, n):
        queue, copy, accepted = yield from self.on_its_way(n)
        self.run.fan_out(accepted, queue, f"{copy}-again")
        yield
        yield from self.tried(n, queue, copy)
        self.run.recorder.expired(queue, f"{copy}-again", reason="retention period", actor="sqs")
        self.end(n, queue, Fate.APPLIED)

    def two_copies_of_which_one_is_a_dead_letter(self, n):
        queue, copy, accepted = yield from self.on_its_way(n)
        self.run.fan_out(accepted, queue, f"{copy}-again")
        yield
        yield from self.tried(n, queue, f"{copy}-again", outcome="error")
        self.run.dead_letter(queue, f"{copy}-again", f"Dead{n}")
        yield
        yield from self.tried(n, queue, copy)
        self.end(n, queue, Fate.APPLIED)

    def arrived_then_dropped(self, n):
        """The answer of the first delivery was lost; those after it failed for good."""
        queue, copy, accepted = yield from self.on_its_way(n)
        self.run.drop(accepted, queue)
        yield
        yield from self.tried(n, queue, copy)
        self.end(n, queue, Fate.APPLIED)

    def dead_lettered(self, n):
        queue, copy, _ = yield from self.on_its_way(n)
        yield from self.tried(n, queue, copy, outcome="error")
        self.run.dead_letter(queue, copy, f"Dead{n}")
        self.end(n, queue, Fate.DEAD_LETTERED)

    def taken_out_of_the_dead_letter_queue(self, n):
        """Somebody has looked after it, but it wasn't handled where it was meant to be."""
        queue, copy, _ = yield from self.on_its_way(n)
        self.run.dead_letter(queue, copy, f"Dead{n}")
        yield
        self.run.receive(f"Dead{n}", copy, by="test")
        self.run.delete(f"Dead{n}", copy, by="test")
        self.end(n, queue, Fate.DEAD_LETTERED)

    def expired_in_the_dead_letter_queue(self, n):
        queue, copy, _ = yield from self.on_its_way(n)
        self.run.dead_letter(queue, copy, f"Dead{n}")
        yield
        self.run.recorder.expired(f"Dead{n}", copy, reason="retention period", actor="sqs")
        self.end(n, queue, Fate.EXPIRED)

    def moved_back_and_applied(self, n):
        queue, copy, _ = yield from self.on_its_way(n)
        self.run.dead_letter(queue, copy, f"Dead{n}")
        yield
        hop = self.run.recorder.hop(f"Dead{n}", queue, (copy,), actor="sqs")
        yield
        self.run.recorder.arrived(hop, (f"{copy}-back",), actor="sqs")
        self._move(f"Dead{n}", copy, queue, f"{copy}-back")
        yield
        yield from self.tried(n, queue, f"{copy}-back")
        self.end(n, queue, Fate.APPLIED)

    def moved_back_and_dead_lettered_again(self, n):
        queue, copy, _ = yield from self.on_its_way(n)
        self.run.dead_letter(queue, copy, f"Dead{n}")
        yield
        self._move(f"Dead{n}", copy, queue, f"{copy}-back")
        yield
        yield from self.tried(n, queue, f"{copy}-back", outcome="oom")
        self.run.dead_letter(queue, f"{copy}-back", f"Dead{n}")
        self.end(n, queue, Fate.DEAD_LETTERED)

    def _move(self, source, message, to, as_message):
        self.run.recorder.moved(source, (message,), to=to, ids=[as_message], actor="sqs")

    def filtered_by_the_subscription(self, n):
        accepted = self.run.publish("Orders", f"m-{n}", {"order": f"o-{n}"})
        yield
        self.run.filter_out(accepted, f"Queue{n}")
        self.end(n, f"Queue{n}", Fate.FILTERED)

    def filtered_by_the_mapping(self, n):
        queue, copy, _ = yield from self.on_its_way(n)
        self.run.receive(queue, copy, by=f"mapping:Function{n}")
        actor = f"mapping:{self.run.function(f'Function{n}')}"
        filtered = self.run.recorder.filtered(queue, f"Function{n}", (copy,), actor=actor)
        self.run.delete(queue, copy, by=actor, cause=filtered, by_mover=True)
        self.end(n, queue, Fate.FILTERED)

    def expired(self, n):
        queue, copy, _ = yield from self.on_its_way(n)
        yield from self.tried(n, queue, copy, outcome="error")
        self.run.recorder.expired(queue, copy, reason="retention period", actor="sqs")
        self.end(n, queue, Fate.EXPIRED)

    def purged(self, n):
        queue, copy, _ = yield from self.on_its_way(n)
        self.run.recorder.purged(queue, (copy,), reason="PurgeQueue")
        self.end(n, queue, Fate.PURGED)

    def waiting(self, n):
        queue, copy, _ = yield from self.on_its_way(n)
        yield from self.tried(n, queue, copy, outcome="error")
        self.end(n, queue, Fate.WAITING)

    def dropped_by_the_topic(self, n):
        accepted = self.run.publish("Orders", f"m-{n}", {"order": f"o-{n}"})
        yield
        self.run.drop(accepted, f"Queue{n}")
        self.end(n, f"Queue{n}", Fate.LOST)

    def dead_lettered_by_the_topic(self, n):
        accepted = self.run.publish("Orders", f"m-{n}", {"order": f"o-{n}"})
        yield
        self.run.fail(accepted, f"Queue{n}")
        yield
        self.run.fan_out(accepted, f"Dead{n}", f"q-{n}")
        self.run.recorder.dead_lettered(
            "Orders",
            (f"m-{n}",),
            actor="sns",
            to=f"Dead{n}",
            ids=[f"q-{n}"],
            reason="refused",
            target=f"Queue{n}",
        )
        self.end(n, f"Queue{n}", Fate.DEAD_LETTERED)

    def deleted_before_it_was_handled(self, n):
        queue, copy, _ = yield from self.on_its_way(n)
        with self.run.run(queue, f"Function{n}", copy, outcome="crash") as run:
            call = self.run.call("sqs:DeleteMessage", queue, actor=f"Function{n}", cause=run)
            self.run.delete(queue, copy, by=f"Function{n}", cause=call)
            yield
            self.run.call("dynamodb:PutItem", "Ledger", actor=f"Function{n}", cause=run)
            yield
        self.end(n, queue, Fate.LOST)

    def deleted_early_by_a_run_that_succeeded(self, n):
        queue, copy, _ = yield from self.on_its_way(n)
        with self.run.run(queue, f"Function{n}", copy, acked=False) as run:
            self.run.delete(queue, copy, by=f"Function{n}", cause=run)
            yield
        self.end(n, queue, Fate.APPLIED)

    def deleted_early_but_handled_by_another_run(self, n):
        queue, copy, _ = yield from self.on_its_way(n)
        slow = self.tried(n, queue, copy, acked=False)
        next(slow)
        with self.run.run(queue, f"Function{n}", copy, outcome="crash", count=2) as run:
            self.run.delete(queue, copy, by=f"Function{n}", cause=run)
            yield
        yield from slow
        self.end(n, queue, Fate.APPLIED)

    def deleted_though_reported_as_failed(self, n):
        queue, copy, _ = yield from self.on_its_way(n)
        with self.run.run(queue, f"Function{n}", copy, failed=[copy]) as run:
            self.run.delete(queue, copy, by=f"Function{n}", cause=run)
            yield
        self.end(n, queue, Fate.LOST)

    def acknowledged_by_a_mapping_unhandled(self, n):
        queue, copy, _ = yield from self.on_its_way(n)
        self.run.delete(queue, copy, by=f"mapping:Function{n}", by_mover=True)
        self.end(n, queue, Fate.LOST)

    def sent_and_worked_on_by_hand(self, n):
        self.run.send(f"Queue{n}", f"m-{n}", {"order": f"o-{n}"})
        yield
        self.run.receive(f"Queue{n}", f"m-{n}", by="test")
        yield
        self.run.delete(f"Queue{n}", f"m-{n}", by="test")
        self.end(n, f"Queue{n}", Fate.APPLIED)

    def asynchronous(self, n, *outcomes):
        accepted = self.run.invoke_async(f"Function{n}", f"m-{n}", {"order": f"o-{n}"})
        for attempt, outcome in enumerate(outcomes, 1):
            yield
            self.run.run_async(accepted, outcome=outcome, attempt=attempt)

    def asynchronous_applied_at_the_second_try(self, n):
        yield from self.asynchronous(n, "error", "ok")
        self.end(n, f"Function{n}", Fate.APPLIED)

    def asynchronous_dropped(self, n):
        yield from self.asynchronous(n, "error", "timeout", "error")
        self.run.recorder.dropped(f"Function{n}", (f"m-{n}",), reason="exhausted", actor="lambda")
        self.end(n, f"Function{n}", Fate.LOST)

    def asynchronous_to_a_destination(self, n):
        yield from self.asynchronous(n, "error")
        failed = self.run.queue(f"Failed{n}")
        hop = self.run.recorder.hop(f"Function{n}", failed, (f"m-{n}",), actor="lambda")
        self.run.recorder.arrived(hop, (f"f-{n}",), actor="lambda")
        self.run.recorder.dead_lettered(
            f"Function{n}",
            (f"m-{n}",),
            actor="lambda",
            to=f"Failed{n}",
            ids=[f"f-{n}"],
            reason="RetriesExhausted",
        )
        self.end(n, f"Function{n}", Fate.DEAD_LETTERED)

    def asynchronous_to_a_topic(self, n):
        """Its failure is told to a topic, and by that to a queue that somebody empties."""
        yield from self.asynchronous(n, "error")
        failures = self.run.place(f"Failures{n}", "sns")
        hop = self.run.recorder.hop(f"Function{n}", failures, (f"m-{n}",), actor="lambda")
        told = self.run.recorder.accepted(failures, f"t-{n}", body="failed", cause=hop, actor="sns")
        self.run.recorder.arrived(hop, (f"t-{n}",), actor="lambda")
        yield
        self.run.fan_out(told, f"Alarms{n}", f"a-{n}")
        reason = {"to": failures, "ids": [f"t-{n}"], "reason": "RetriesExhausted"}
        self.run.recorder.dead_lettered(f"Function{n}", (f"m-{n}",), **reason, actor="lambda")
        yield
        self.run.delete(f"Alarms{n}", f"a-{n}", by="worker")
        self.end(n, f"Function{n}", Fate.DEAD_LETTERED)
        self.end(n, f"Alarms{n}", Fate.APPLIED)

    def asynchronous_by_a_topic(self, n):
        accepted = self.run.publish("Orders", f"m-{n}", {"order": f"o-{n}"})
        yield
        arrived = self.run.fan_out(accepted, f"Function{n}", f"m-{n}", service="lambda")
        yield
        self.run.run_async(arrived, function=f"Function{n}")
        self.end(n, f"Function{n}", Fate.APPLIED)

    def handed_over_to_a_mail_address(self, n):
        accepted = self.run.publish("Orders", f"m-{n}", {"order": f"o-{n}"})
        yield
        self.run.fan_out(accepted, f"mailto:{n}@example.com", f"m-{n}")
        self.end(n, f"mailto:{n}@example.com", Fate.APPLIED)

    def part_of_a_batch(self, n):
        """Three messages in one run: one handled, one reported as failed and retried, one as dead letter."""
        names = {kind: f"m-{n}-{kind}" for kind in ("good", "late", "bad")}
        for message in names.values():
            self.run.send(f"Queue{n}", message, {"order": message})
            yield
        failed = [names["late"], names["bad"]]
        with self.run.run(f"Queue{n}", f"Function{n}", *names.values(), failed=failed):
            yield
        with self.run.run(f"Queue{n}", f"Function{n}", *failed, failed=[names["bad"]], count=2):
            yield
        self.run.dead_letter(f"Queue{n}", names["bad"], f"Dead{n}")
        for kind, fate in (("good", Fate.APPLIED), ("late", Fate.APPLIED), ("bad", Fate.DEAD_LETTERED)):
            self.ends[(names[kind], f"Queue{n}")] = fate


KINDS = sorted(
    name
    for name in vars(Scripts)
    if not name.startswith("_") and name not in ("new", "on_its_way", "tried", "end", "asynchronous")
)
"""The names of all scripts."""
