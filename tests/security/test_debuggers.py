"""The debugger of VS Code stops in a handler, and goes on."""

from __future__ import annotations

import textwrap
import time
from pathlib import Path

from tests.helpers.debug_client import DebugClient

ROOT = Path(__file__).parents[2]
HANDLER = """
    import time

    def handler(event, context):
        began = time.time()
        order = event["Records"][0]["body"]
        shown = order.upper()
        print(shown, time.time() - began, context.get_remaining_time_in_millis())
"""
TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Orders: {Type: AWS::SQS::Queue}
  Work:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: .
      Handler: app.handler
      Runtime: python3.12
      Timeout: 3
      Events: {Orders: {Type: SQS, Properties: {Queue: !GetAtt Orders.Arn, BatchSize: 1}}}
"""
SCENARIO = """
    import pytest
    from harness.sim.sandbox import sandbox, watchdog

    @pytest.fixture(autouse=True)
    def impatient(monkeypatch):
        monkeypatch.setattr(watchdog, "LAST_RESORT_SECONDS", 1.0)
        monkeypatch.setattr(sandbox.Sandbox.__init__, "__defaults__", (0.5,))

    def test_it(cloud):
        app = cloud.deploy("template.yaml")
        for order in ("first", "second"):
            app.queue("Orders").send(order)
            app.settle()
        logged = app.function("Work").logs()
        assert "FIRST 0.0 3000" in logged and "SECOND 0.0 3000" in logged
"""


def look_on(editor):
    """For longer than a handler may compute, and than a process may keep the watchdog waiting."""
    began = time.monotonic()
    while time.monotonic() < began + 2:
        assert editor.ask("threads")["threads"]


def test_a_breakpoint_stops_in_a_handler_for_as_long_as_one_likes(tmp_path):
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    (tmp_path / "test_it.py").write_text(textwrap.dedent(SCENARIO))
    app = tmp_path / "app.py"
    app.write_text(textwrap.dedent(HANDLER))
    variables = {"PYTHONPATH": str(ROOT), "HOME": str(tmp_path)}
    with DebugClient(tmp_path, variables, "pytest", "-q", "-p", "no:cacheprovider", "test_it.py") as editor:
        editor.stop_at(app, 7)
        for order in ("first", "second"):
            thread, frame = editor.stopped()
            assert (frame["name"], frame["line"]) == ("handler", 7)
            assert editor.locals_of(frame)["order"] == f"'{order}'"
            began = editor.ask("evaluate", expression="time.time() - began", frameId=frame["id"])["result"]
            assert began == "0.0", "virtual time stands still"
            look_on(editor)
            editor.ask("next", threadId=thread)
            thread, frame = editor.stopped()
            assert frame["line"] == 8
            assert editor.locals_of(frame)["shown"] == f"'{order.upper()}'"
            editor.ask("continue", threadId=thread)
        editor.event("terminated")
    assert editor.exit_code == 0, editor.output
    assert "DEBUGGER WARNING" not in editor.output
