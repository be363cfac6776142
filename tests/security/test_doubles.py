"""Debuggers and doubles work on handlers."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import types
from pathlib import Path

import pytest

import harness

ROOT = Path(__file__).parents[2]

PAYS = """
    from helper import charge

    class Shop:
        price = 10

    def handler(event, context):
        return [charge(), Shop.price]
"""


def test_a_double_is_in_environments_that_are_warm_and_in_those_to_come(deployed, tmp_path):
    (tmp_path / "F").mkdir()
    (tmp_path / "F" / "helper.py").write_text("def charge(): return 'real'")
    with harness.Simulator() as cloud:
        app = deployed(cloud, F=PAYS)
        function = app.function("F")
        function.patch("app.Shop.price", 11)
        assert function.invoke() == ["real", 11]
        function.patch("app.charge", lambda: "fake")
        assert function.invoke() == ["fake", 11]
        with pytest.raises(AttributeError, match="absent"):
            function.patch("app.absent", 1)
        with pytest.raises(AttributeError, match="has no such module of its own"):
            function.patch("json.dumps", 1)
    with harness.Simulator() as cloud:
        assert deployed(cloud, F=PAYS).function("F").invoke() == ["real", 10]


@pytest.mark.parametrize("captured", [False, True], ids=["with -s", "captured"])
@pytest.mark.parametrize(
    "stops",
    ["breakpoint()", "import pdb; pdb.set_trace()", "from pdb import set_trace; set_trace(header='here')"],
)
def test_a_breakpoint_shows_a_prompt(tmp_path, stops, captured):
    (tmp_path / "app.py").write_text(f"def handler(event, context):\n    {stops}\n    return event\n")
    (tmp_path / "test_it.py").write_text(
        textwrap.dedent(
            """
            def test_it(cloud):
                template = {
                    "Transform": "AWS::Serverless-2016-10-31",
                    "Resources": {"F": {"Type": "AWS::Serverless::Function", "Properties": {
                        "CodeUri": ".", "Handler": "app.handler", "Runtime": "python3.12"}}},
                }
                import json, pathlib
                path = pathlib.Path(__file__).parent / "template.json"
                path.write_text(json.dumps(template))
                assert cloud.deploy(path).function("F").invoke("the event") == "the event"
            """
        )
    )
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *["-s"][captured:], "test_it.py"],
        input="event.upper()\ncontinue\n",
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "HOME": str(tmp_path)},
    )
    assert "(Pdb)" in ran.stdout
    assert "app.py(3)handler()" in ran.stdout
    assert "'THE EVENT'" in ran.stdout
    assert ("here" in ran.stdout) == ("header" in stops)
    assert "1 passed" in ran.stdout, ran.stdout


def test_a_debugger_that_waits_for_a_human_takes_no_virtual_time(deployed, monkeypatch):
    debugger = types.ModuleType("pydevd")
    exec(
        "import threading, time\ndef suspend():\n    time.sleep(0.01)\n    threading.Event().wait(0.01)\n",
        vars(debugger),
    )
    monkeypatch.setitem(sys.modules, "pydevd", debugger)
    code = """
        import pydevd, time
        def handler(event, context):
            began = time.time()
            pydevd.suspend()
            return time.time() - began
    """
    with harness.Simulator() as cloud:
        assert deployed(cloud, F=code).function("F").invoke() == 0


CHARGES = """
    import json, urllib.request, urllib3

    def handler(event, context):
        url = "https://api.stripe.com/v1/charges?x=1"
        asked = urllib.request.Request(url, data=json.dumps(event).encode(), method="POST")
        try:
            with urllib.request.urlopen(asked, timeout=5) as response:
                told = response.status, json.load(response)
        except OSError as problem:
            return type(getattr(problem, "reason", problem)).__name__
        again = urllib3.PoolManager().request("PUT", url, body=b"by urllib3", retries=False)
        return [*told, again.status, again.data.decode()]
"""


def test_an_http_api_is_stubbed_with_what_can_go_wrong(deployed):
    def answer(request):
        return {"id": "ch_1"} if request.method == "POST" else (201, "made")

    with harness.Simulator() as cloud:
        app = deployed(cloud, F=CHARGES)
        stripe = app.stub_http("api.stripe.com", answer)
        charge = app.function("F").invoke
        assert charge({"amount": 5}) == [200, {"id": "ch_1"}, 201, "made"]
        assert [(r.method, r.path) for r in stripe.requests] == [
            ("POST", "/v1/charges?x=1"),
            ("PUT", "/v1/charges?x=1"),
        ]
        assert stripe.requests[0].json() == {"amount": 5}
        stripe.refuse()
        assert charge({}) == "ConnectionRefusedError"
        assert len(stripe.requests) == 2
        stripe.lose_answer()
        assert charge({}) == "ConnectionResetError"
        began = cloud.elapsed
        stripe.slow(60)
        assert charge({}) == "TimeoutError"
        assert 5 <= cloud.elapsed - began < 6
        assert len(stripe.requests) == 4
        assert charge({}) == [200, {"id": "ch_1"}, 201, "made"]
    with harness.Simulator() as cloud, pytest.raises(Exception, match=r"look up api\.stripe\.com"):
        deployed(cloud, F=CHARGES).function("F").invoke({})
