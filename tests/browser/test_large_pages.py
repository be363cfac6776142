"""Pages of long runs and large campaigns stay small, whatever they carry: nobody waits for a browser."""

from __future__ import annotations

import json

import pytest

from harness.report import document
from harness.report.page import ShownRun
from harness.report.page import page as page_of

pytestmark = pytest.mark.browser

EVENTS = 10_000
TRIES = 5_000
NODES_MAX = 3_000
"""So many elements every browser shows at once; one for each event or try would be far more."""

PLACES = {
    "Orders": {"service": "sns", "role": "fans-out"},
    "Work": {"service": "sqs", "role": "holds"},
    "Bill": {"service": "lambda", "role": "runs"},
}
STATUSES = ("recovered", "recovered", "recovered", "dead-lettered", "broken", "unknown")


def long_run():
    """A history of so many events: messages that are published, arrive, are received and deleted."""
    events = []

    def add(kind, cause, subject, messages, **data):
        number = len(events)
        events.append([number, number / 10, kind, cause, data.pop("actor", "sns"), subject, messages, data])
        return number

    for n in range(EVENTS // 5):
        sent = add("accepted", None, "Orders", [f"m-{n}"], actor="test", body=json.dumps({"order": f"o-{n}"}))
        hop = add("hop", sent, "Orders → Work", [f"m-{n}"], source="Orders", target="Work")
        add("arrived", hop, "Orders → Work", [f"q-{n}"], source="Orders", target="Work", parents=[f"m-{n}"])
        add("received", None, "Work", [f"q-{n}"], counts={f"q-{n}": 1}, visible_at=number(events) + 30)
        add("deleted", None, "Work", [f"q-{n}"])
    header = {"cloud": "sim", "format": 2, "seed": 0, "plan": {}, "places": PLACES}
    return "\n".join(json.dumps(line) for line in (header, *events))


def number(events):
    return len(events) / 10


def large_campaign():
    """A report of so many tries, most of them in one cell."""
    tries = [
        {
            "point": f"Orders ⇒ Work #{n}",
            "place": "Orders ⇒ Work" if n % 10 else f"Place {n % 70}",
            "path": "Orders",
            "kind": "redeliver" if n % 3 else "throttle",
            "fault": "redeliver",
            "after": "",
            "untried": 0,
            "status": STATUSES[n % len(STATUSES)],
            "invariant": "effects_once",
            "evidence": "duplicated",
            "why": "1 of 1 had their effect more than once",
            "plan": {"format": 2, "seed": n, "faults": []},
        }
        for n in range(TRIES)
    ]
    scenario = {
        "scenario": "test_shop.py::test_once",
        "control": {"status": "recovered", "events": EVENTS},
        "deterministic": True,
        "complete": True,
        "runs": TRIES,
        "tries": tries,
        "failures": [],
    }
    return document([scenario], seed=0, mode="1", cloud="sim")


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """One page with both."""
    file = tmp_path_factory.mktemp("large") / "page.html"
    file.write_text(page_of([ShownRun("run", long_run())], large_campaign()), encoding="utf-8")
    return file.as_uri()


def shown(page, address):
    """Open a part of the page; gives the number of its elements."""
    page.goto(address)
    page.wait_for_selector("h2")
    return nodes(page)


def nodes(page):
    return page.evaluate("document.getElementsByTagName('*').length")


def test_a_run_of_10000_events_is_a_small_page(page, large):
    assert shown(page, f"{large}#run/0") < NODES_MAX
    assert f"Timeline of {EVENTS} events" in page.locator(".timeline canvas").get_attribute("aria-label")


def test_in_a_long_run_a_message_is_found_and_followed(page, large):
    shown(page, f"{large}#run/0")
    page.get_by_role("button", name="Orders: ").first.click()
    assert page.locator(".life").inner_text().count("\n") == 4
    page.get_by_role("searchbox").fill("m-1999")
    page.get_by_role("button", name="Show all").click()
    page.locator(".timeline canvas").focus()
    page.keyboard.press("ArrowRight")
    assert nodes(page) < NODES_MAX


def test_a_campaign_of_5000_runs_is_a_small_page(page, large):
    assert shown(page, f"{large}#campaign/0") < NODES_MAX
    assert f"in {TRIES} runs" in page.locator("main").inner_text()


def test_a_cell_of_thousands_of_tries_shows_some_and_more_when_asked(page, large):
    shown(page, f"{large}#campaign/0")
    page.get_by_role("button", name="redeliver at Orders ⇒ Work: broken").click()
    assert page.locator(".panel .card").count() == 50
    page.get_by_role("button", name="50 more of ").click()
    assert page.locator(".panel .card").count() == 100
    assert nodes(page) < NODES_MAX


@pytest.mark.parametrize("part", ["#run/0", "#campaign/0"], ids=["run", "campaign"])
def test_a_large_page_is_accessible(page, large, part):
    from axe_playwright_python.sync_playwright import Axe

    shown(page, f"{large}{part}")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
