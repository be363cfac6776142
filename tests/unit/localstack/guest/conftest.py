"""Environments of functions whose code a test writes down."""

from __future__ import annotations

import itertools
import textwrap
import threading

import pytest

from harness.localstack.guest import clock, running
from harness.localstack.guest.environment import ProcessEnvironment
from harness.localstack.guest.invocation import HandlerRun, RunRequest
from harness.localstack.guest.variables import UnpackedFunction

_ACCOUNTS = itertools.count(100_000_000_000)
_REQUESTS = itertools.count(1)


class Function:
    """A function in an account of its own; `environment` is the one that runs it."""

    def __init__(
        self, folder, source, *, file="app.py", runtime="python3.11", handler="app.handler", **settings
    ):
        (folder / file).write_text(textwrap.dedent(source))
        self.account = str(next(_ACCOUNTS))
        self.code = UnpackedFunction(
            arn=f"arn:aws:lambda:eu-central-1:{self.account}:function:F",
            name="F",
            account=self.account,
            region="eu-central-1",
            runtime=runtime,
            handler=handler,
            root=folder,
            **settings,
        )
        self.renew()

    def renew(self):
        self.environment = ProcessEnvironment(self.code, lambda: "http://127.0.0.1:1")
        running.add(self.environment)

    def invocation(self, payload=b"{}", kill=None):
        request = RunRequest(
            request_id=f"r-{next(_REQUESTS)}", function_arn=self.code.arn, payload=payload, trace_id="Root=1"
        )
        return HandlerRun(self.environment, request, kill)

    def run(self, payload=b"{}", kill=None):
        invocation = self.invocation(payload, kill)
        running.begin(invocation)
        try:
            return invocation.run()
        finally:
            running.end(invocation)

    def run_beside(self, invocation):
        """Run it on a thread; gives a function that waits for how it ended."""
        ended = []

        def live():
            running.begin(invocation)
            try:
                ended.append(invocation.run())
            except Exception as error:
                ended.append(error)
            finally:
                running.end(invocation)

        thread = threading.Thread(target=live, daemon=True)
        thread.start()

        def wait(seconds=20):
            thread.join(seconds)
            assert ended, "the invocation didn't end"
            return ended[0]

        return wait

    def stop(self):
        running.remove(self.environment)
        self.environment.stop()
        clock.forget(self.account)


@pytest.fixture
def function(tmp_path):
    """Make a function of some source; nothing of it is left after the test."""
    made = []

    def make(source, **settings):
        folder = tmp_path / f"code-{len(made)}"
        folder.mkdir()
        made.append(Function(folder, source, **settings))
        return made[-1]

    yield make
    for each in made:
        each.stop()
