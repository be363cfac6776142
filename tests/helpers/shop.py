"""An app without a cloud, for tests of exploration: Orders → Queue → Billing → a row in Ledger.

Like any app it is run under a plan and judged, but it takes microseconds. Its bugs are settings.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from itertools import count as counting
from pathlib import Path

from harness.explore import Outcome, hits_of
from harness.faults.active import ActivePlan
from harness.faults.sites import Call, Hop, Invocation
from harness.plan import Plan
from tests.helpers.runs import Written


@dataclass(frozen=True)
class Shop:
    """`run(plan)` of the app.

    `counts_twice`: a row more whenever an order is handled. `swallows`: an error of the table is ignored.
    `tries`: after so many failures an order is lost, or a dead letter if there are `dead_letters`, which
    excuse it. `racy_seeds`: interleavings under which it loses an
    order. `dies_under`: the process ends when a fault of this kind acts; with `dies_once`, a file, only if
    that isn't there yet. `fails_always`, `shaky`: no two runs are alike.
    """

    orders: int = 3
    counts_twice: bool = False
    swallows: bool = False
    tries: int = 5
    dead_letters: bool = False
    racy_seeds: tuple[int, ...] = ()
    dies_under: str = ""
    dies_once: str = ""
    fails_always: bool = False
    shaky: bool = False

    def __call__(self, plan: Plan) -> Outcome:
        """Run it."""
        run = _Run(self, plan)
        for number in range(self.orders):
            run.order(number)
        history = run.written.settle(*([str(next(_UNLIKE))] if self.shaky else []))
        hits = hits_of(history, plan)
        base = {"plan": plan, "hits": hits, "history": history}
        wrong = run.wrong()
        if not wrong:
            reached = not hits or any(hit is not None for hit in hits)
            return Outcome(status="recovered" if reached else "not reached", **base)
        order, times = wrong[0]
        evidence = "duplicated" if times > 1 else "missing"
        why = f"effects_once: broken: {len(wrong)} wrong\n  {order}: {times} times in Ledger"
        return Outcome(status="broken", invariant="effects_once", evidence=evidence, why=why, **base)


_UNLIKE = counting()


class _Run:
    def __init__(self, shop: Shop, plan: Plan) -> None:
        self.shop = shop
        self.plan = plan
        self.active = ActivePlan(plan.seed, plan.faults)
        self.written = Written(seed=plan.seed)
        self.rows: Counter[str] = Counter()
        self.dead: set[str] = set()

    def wrong(self):
        """Orders without exactly one row."""
        wanted = [f"o-{number}" for number in range(self.shop.orders)]
        lost = self.shop.fails_always or self.plan.seed in self.shop.racy_seeds
        rows = self.rows if not lost else Counter(dict(self.rows, **{wanted[0]: 0}))
        return [(order, rows[order]) for order in wanted if rows[order] != 1 and order not in self.dead]

    def order(self, number):
        self.written.wait(1)
        order = f"o-{number}"
        accepted = self.written.publish("Orders", f"m-{number}", {"order": order})
        arrived = self.written.fan_out(accepted, "Queue", f"q-{number}")
        hop = Hop("Orders", "Queue", (f"m-{number}",))
        hits = self._hit(self.active.on_hop(hop, self.written.at), arrived.cause)
        copies = next((hit.decision.copies_made for hit in hits if hit.decision.action == "copies"), 1)
        for copy in range(copies):
            self.handle(order, f"q-{number}" if not copy else f"q-{number}-again", 1)

    def handle(self, order, copy, count):
        """Billing handles an order until it succeeds, or has failed too often."""
        ok = False
        with self.written.run("Queue", "Billing", copy, count=count) as invocation:
            hits = self._hit(
                self.active.on_invocation(Invocation("Billing", "r", (copy,), count), self.written.at),
                invocation.seq,
            )
            kill = next((hit.decision for hit in hits if hit.decision.action == "kill"), None)
            if kill is None or kill.after_call is None:
                ok = self.put(order, invocation, count) and kill is None
        if not ok and count < self.shop.tries:
            self.written.wait(30)
            self.handle(order, copy, count + 1)
        elif not ok and self.shop.dead_letters:
            self.dead.add(order)
            self.written.dead_letter("Queue", copy, "Dead")

    def put(self, order, invocation, count):
        """Write the row; says whether the function takes it for done."""
        call = self.written.call("dynamodb:PutItem", "Ledger", actor="Billing", cause=invocation)
        site = Call("dynamodb:PutItem", "Ledger", "Billing", "us-east-1", invocation_id=f"{order} {count}")
        hits = self._hit(self.active.on_call(site, self.written.at), call.seq)
        if any(hit.decision.action in ("refuse", "lose-request") for hit in hits):
            return self.shop.swallows
        self.rows[order] = self.rows[order] + 1 if self.shop.counts_twice else 1
        return not any(hit.decision.action == "lose-answer" for hit in hits)

    def _hit(self, hits, seq):
        for hit in hits:
            event = self.written.history()[seq]
            self.written.fault(event, kind=hit.kind, what=hit.decision.action, index=hit.index)
            if hit.kind == self.shop.dies_under and self._dies():
                os._exit(7)
        return hits

    def _dies(self):
        if not self.shop.dies_once:
            return True
        mark = Path(self.shop.dies_once)
        seen = mark.exists()
        mark.touch()
        return not seen
