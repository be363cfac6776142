"""The process that holds the simulator: takes requests from a pipe, and lets virtual time follow real time.

Nothing here may wait by what the simulator replaces, so the real clock and `select` are bound at import.
"""

from __future__ import annotations

import signal
from multiprocessing.connection import Connection
from select import select
from time import monotonic

from botocore.awsrequest import AWSPreparedRequest, HTTPHeaders
from botocore.exceptions import HTTPClientError

from harness import wire
from harness.app.handle import App
from harness.app.template import TemplateError
from harness.cloud import Unsupported
from harness.serving.addresses import AppAddresses
from harness.serving.messages import CONTROL, END, Answered, Asked, NotDeployed, Serving, Started, json_answer
from harness.serving.steering import Steering
from harness.sim.simulator import Simulator
from harness.wire.identify import CredentialScope, scope_of, stamp_of

AHEAD_SECONDS = 0.25
"""A request may run ahead of the real clock for so long, so that simulated latency costs no real time."""
IDLE_SECONDS = 0.25


def run(pipe: Connection) -> None:
    """Serve one app until the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends the listener, which ends this
    serving: Serving = pipe.recv()
    with Simulator(seed=serving.seed) as cloud:
        for host, answer in serving.stubs.items():
            cloud.stub_http(host, answer)
        try:
            app = cloud.deploy(serving.template, parameters=serving.parameters)
        except (TemplateError, Unsupported) as problem:
            pipe.send(NotDeployed(str(problem)))
            return
        addresses = AppAddresses(app, serving.url)
        pipe.send(Started(app.name, addresses.told()))
        _Serves(cloud, app, addresses, pipe, real_time=serving.real_time).forever()


class _Serves:
    def __init__(
        self, cloud: Simulator, app: App, addresses: AppAddresses, pipe: Connection, *, real_time: bool
    ) -> None:
        self._cloud = cloud
        self._addresses = addresses
        self._pipe = pipe
        self._steering = Steering(cloud, app, self._passed)
        self._real_time = real_time
        self._began = monotonic() - cloud.elapsed

    def forever(self) -> None:
        """Until the listener goes away."""
        while True:
            self._keep_up()
            if not select([self._pipe], [], [], self._patience())[0]:
                continue
            try:
                asked: Asked | None = self._pipe.recv()
            except EOFError:
                return
            if asked is END:
                return
            self._take(asked)

    def _keep_up(self) -> None:
        """Let virtual time reach the real one."""
        behind = monotonic() - self._began - self._cloud.elapsed
        if self._real_time and behind > 0:
            self._cloud.advance(behind)

    def _patience(self) -> float:
        """Real seconds until something is due."""
        if not self._real_time:
            return IDLE_SECONDS
        due = self._cloud.kernel.next_due() - self._cloud.kernel.now
        ahead = self._cloud.elapsed - (monotonic() - self._began)
        return min(max(due + ahead, 0.0), IDLE_SECONDS)

    def _passed(self, seconds: float) -> None:
        """So much virtual time passed at once."""
        self._began -= seconds

    def _take(self, asked: Asked) -> None:
        """Requests of control are answered here; those of the cloud by an activity of their own, as one may
        wait for another."""
        if asked.target.startswith(CONTROL) and not self._addresses.is_api(asked.target):
            self._pipe.send(self._steering.answer(asked))
            return
        kernel = self._cloud.kernel
        task = kernel.spawn(
            f"{asked.method} {asked.target}", lambda: self._pipe.send(self._answer(asked)), background=True
        )
        if not task.ended:
            kernel.wait(task.done, AHEAD_SECONDS)

    def _answer(self, asked: Asked) -> Answered:
        try:
            if self._addresses.is_api(asked.target):
                return self._addresses.request(self._cloud, asked)
            return self._call(asked)
        except Unsupported as problem:
            return json_answer(asked.id, 501, {"message": str(problem)})
        except (HTTPClientError, ConnectionError):
            return Answered(asked.id, 0)

    def _call(self, asked: Asked) -> Answered:
        headers = HTTPHeaders()
        for name, value in asked.headers:
            headers[name] = value
        scope = scope_of(headers, asked.target)
        stamp = None
        if scope is not None:
            stamp = stamp_of(scope, asked.method, asked.target, headers, asked.body)
        if stamp is None:
            return json_answer(asked.id, 400, {"message": _unknown(asked, scope)})
        url = self._addresses.of_aws(stamp.service, stamp.region, asked.target)
        request = AWSPreparedRequest(asked.method, url, headers, asked.body, False)
        try:
            answer = self._cloud.answer(stamp, request)
        except Unsupported as problem:
            how = wire.wire_of(stamp.service, stamp.operation, headers.get("Content-Type", ""))
            error = wire.ServiceError("NotImplemented", str(problem), 501)
            answer = wire.render_error(how, request, error, "")
        content = self._addresses.ours_in(answer.content)
        kept = tuple((name, str(value)) for name, value in answer.headers.items())
        return Answered(asked.id, answer.status_code, kept, content)


def _unknown(asked: Asked, scope: CredentialScope | None) -> str:
    """Why a request can't be answered at all."""
    if scope is None:
        return "this is no signed request of an AWS SDK, nor one for an API: those are under /_harness/api/"
    return f"{asked.method} {asked.target}: botocore's models have no such operation of {scope.service}"
