"""Reports of real runs, and a browser that looks at them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.needs import browser as browser_at

ROOT = Path(__file__).parents[2]
SCENARIOS = """
from harness import expect, faults, scenario


def deployed(cloud):
    return cloud.deploy("template.yaml")


def billed(app):
    app.topic("Orders").publish({"order": "o-1", "total": 42})
    app.settle()
    expect(app).nothing_lost()
    expect(app).effects_once("Ledger", key="order")


@scenario("template.yaml")
def test_every_order_is_billed_once(app):
    billed(app)


@scenario("template.yaml")
def test_nothing_is_in_the_ledger(app):
    app.topic("Orders").publish({"order": "o-1", "total": 42})
    app.settle()
    assert not app.table("Ledger").items()
    expect(app).nothing_lost()


def test_an_order_is_billed_twice(cloud, chaos):
    chaos.inject(faults.ack_lost("BillingQueue", "Billing"))
    billed(cloud.deploy("template.yaml"))
"""


@pytest.fixture(scope="session")
def pages(tmp_path_factory):
    """The pages of a plain run, of an exploration, and of one that fails without a fault; the app isn't
    idempotent."""
    folder = tmp_path_factory.mktemp("shop")
    shutil.copytree(ROOT / "fixtures/broken/orders_not_idempotent", folder, dirs_exist_ok=True)
    (folder / "test_shop.py").write_text(SCENARIOS)

    def made(name: str, *options: str) -> Path:
        file = folder / f"{name}.html"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "-p", "no:cacheprovider"]
        ran = subprocess.run(
            [*command, f"--report-html={file}", *options], cwd=folder, capture_output=True, text=True
        )
        assert file.exists(), ran.stdout + ran.stderr
        return file

    explore = ("--explore", "--engine", "serial", "-k")
    return {
        "run": made("run", "-k", "billed"),
        "explored": made("explored", *explore, "once"),
        "failing": made("failing", *explore, "nothing"),
    }


@pytest.fixture(scope="module")
def chromium():
    """A browser. Its loop runs as long as it is open, so that no other module may have it."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=browser_at(), args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def page(chromium):
    """An open page. What goes to its console as an error fails the test."""
    opened = chromium.new_page(viewport={"width": 1280, "height": 900})
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    yield opened
    opened.close()
    assert errors == []
