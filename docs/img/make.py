"""Makes the pictures of this folder: each view of a failing and of a passing campaign, as a browser shows it.

    python docs/img/make.py

Needs Chromium and the packages for development.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SCENARIO = """
from harness import expect, faults, scenario


@scenario("template.yaml")
def test_every_order_is_billed_once(app):
    for number in range(3):
        app.topic("Orders").publish({"order": f"o-{number}", "total": 42})
    app.settle()
    expect(app).nothing_lost()
    expect(app).effects_once("Ledger", key="order")
"""
PICTURES = {
    "broken": (
        "fixtures/broken/orders_not_idempotent",
        {"overview": "#", "campaign": "#campaign/0", "failure": "#run/1"},
    ),
    "recovered": ("fixtures/apps/orders", {"overview": "#", "campaign": "#campaign/0", "run": "#run/0"}),
}


def main() -> None:
    """Explore both apps and photograph each view."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name, (app, views) in PICTURES.items():
            folder = Path(temporary) / name
            shutil.copytree(ROOT / app, folder)
            (folder / "test_shop.py").write_text(SCENARIO)
            command = [sys.executable, "-m", "pytest", "-q", "--explore", "--report-html", "page.html"]
            subprocess.run(command, cwd=folder, check=False, stdout=subprocess.DEVNULL)
            page = browser.new_page(viewport={"width": 1200, "height": 860})
            for view, part in views.items():
                page.goto((folder / "page.html").as_uri() + part)
                page.reload()
                page.wait_for_selector("h2")
                if view in ("run", "failure"):
                    page.get_by_role("button", name="Orders: ").first.click()
                page.wait_for_timeout(300)
                page.screenshot(path=HERE / f"{name}-{view}.png")
            page.close()


if __name__ == "__main__":
    main()
