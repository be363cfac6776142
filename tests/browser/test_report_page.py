"""The page of `--report-html`, in a real browser."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

WEB = Path(__file__).parents[2] / "harness/report/web"


def opened(page, file, part=""):
    page.goto(f"{file.as_uri()}{part}")
    page.wait_for_selector("h2")
    return page


def test_all_runs_are_listed_with_their_verdicts(page, pages):
    opened(page, pages["run"])
    rows = page.locator("tbody tr").all_inner_texts()
    assert [row.split()[0] for row in rows] == ["passed", "failed"]


def test_a_run_shows_the_app_and_the_fault_on_its_way(page, pages):
    opened(page, pages["run"], "#run/1")
    told = page.locator(".graph svg").get_attribute("aria-label")
    assert "BillingQueue to Billing: " in told
    assert "hit by faults" in told
    assert page.locator(".edge.hit").count() == 1


def test_a_message_shows_its_life(page, pages):
    opened(page, pages["run"], "#run/1")
    page.get_by_role("button", name="Orders: ").first.click()
    assert "accepted" in page.locator(".told").inner_text()
    life = page.locator(".life").inner_text()
    assert "hop-failed" in life
    assert life.count("received") == 2


def test_events_are_walked_by_keyboard(page, pages):
    opened(page, pages["run"], "#run/1")
    page.locator(".timeline canvas").focus()
    page.keyboard.press("ArrowRight")
    first = page.locator(".told").inner_text()
    page.keyboard.press("ArrowRight")
    assert first
    assert page.locator(".told").inner_text() != first
    page.keyboard.press("+")


def test_a_filter_takes_any_text(page, pages):
    opened(page, pages["run"], "#run/1")
    page.get_by_role("searchbox").fill("billing[(")
    page.get_by_role("button", name="Show all").click()


def test_claims_have_their_verdicts(page, pages):
    opened(page, pages["run"], "#run/1")
    claims = page.locator("section", has_text="Claims").last.inner_text()
    assert "effects_once" in claims
    assert "broken" in claims


def test_a_cell_of_the_matrix_opens_its_smallest_plan(page, pages):
    opened(page, pages["explored"], "#campaign/0")
    page.get_by_role("button", name="ack_lost at BillingQueue ⇒ Billing: broken").click()
    card = page.locator(".panel").inner_text()
    assert "Smallest plan" in card
    assert "its timeline" in card


def test_a_failure_leads_to_its_timeline_beside_the_control_run(page, pages):
    opened(page, pages["explored"], "#campaign/0")
    page.get_by_role("link", name="its timeline").first.click()
    page.wait_for_selector(".timeline canvas")
    assert "First difference from the control run" in page.locator("main").inner_text()
    assert "harness replay" in page.locator(".replay").inner_text()


def test_a_scenario_that_fails_without_any_fault_has_not_passed(page, pages):
    opened(page, pages["failing"])
    assert page.locator("tbody tr").first.inner_text().split()[0] == "broken"
    opened(page, pages["failing"], "#campaign/0")
    assert "Fails before any fault is added" in page.locator("main").inner_text()


def test_the_theme_can_be_changed(page, pages):
    opened(page, pages["run"])
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name="light / dark").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before


@pytest.mark.parametrize("part", ["#run/1", "#campaign/0"], ids=["run", "campaign"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_is_accessible(page, pages, part, theme):
    from axe_playwright_python.sync_playwright import Axe

    page.emulate_media(color_scheme=theme)
    opened(page, pages["run" if "run" in part else "explored"], part)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_it_fits_a_phone(page, pages):
    page.set_viewport_size({"width": 375, "height": 700})
    opened(page, pages["run"], "#run/1")
    assert page.evaluate("document.documentElement.scrollWidth") <= 375


def test_it_asks_the_network_for_nothing(page, pages):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    opened(page, pages["explored"])
    assert asked == [pages["explored"].as_uri()]


def test_the_bundle_is_made_of_these_sources():
    digest = hashlib.sha256()
    sources = ["build.mjs", "package.json", *sorted(f"src/{path.name}" for path in (WEB / "src").iterdir())]
    for name in sources:
        digest.update(name.encode() + b"\0" + (WEB / name).read_bytes() + b"\0")
    assert (WEB / "bundle/sources.sha256").read_text().strip() == digest.hexdigest(), (
        "npm ci && npm run build"
    )
