"""An emulator that is none, and gateways in front of it or of moto's server."""

from __future__ import annotations

import asyncio
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import boto3
from aiohttp import web
from botocore.config import Config

from harness.faults.active import ActivePlan
from harness.gateway.clock import RunClock
from harness.gateway.server import Gateway
from harness.history import Recorder
from harness.history.places import Names

ACCOUNT = "123456789012"
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:Orders"
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:Work"
DEAD = f"arn:aws:sqs:us-east-1:{ACCOUNT}:Dead"
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:F"
TEST = "harness.test"
ONE_TRY = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class FakeEmulator:
    """Answers every request by `handler`, on a thread of its own; counts connections."""

    def __init__(self, handler: Handler, port: int | None = None) -> None:
        self._handler = handler
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self.connections = 0
        self._started = threading.Event()
        self._port = port
        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(self._serve()))
        self._thread.start()
        self._started.wait()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def _serve(self) -> None:
        server = web.Server(self._handler, access_log=None)

        def connected():
            self.connections += 1
            return server()

        listening = await self._loop.create_server(connected, "127.0.0.1", self._port or 0)
        self.port = listening.sockets[0].getsockname()[1]
        self._started.set()
        await self._stop.wait()
        listening.close()
        await server.shutdown(0.05)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._loop.close()


def answering(body: bytes = b"{}", status: int = 200, **headers: str) -> Handler:
    """A handler that reads the request and answers the same each time."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        await request.content.read()
        content_type = headers.pop("content_type", "application/x-amz-json-1.0")
        return web.Response(body=body, status=status, content_type=content_type, headers=headers)

    return handle


@dataclass
class Door:
    """A gateway and everything that it was given."""

    emulator_url: str
    guest_url: str | None = None
    hosts: tuple[str, ...] = ("127.0.0.1",)
    told_of: tuple[str, ...] = ()
    plan: ActivePlan = field(default_factory=lambda: ActivePlan(0))
    names: Names = field(default_factory=lambda: Names("us-east-1", ACCOUNT))
    clock: RunClock = field(default_factory=RunClock)

    def __post_init__(self) -> None:
        self.recorder = Recorder(self.clock.elapsed)
        self.gateway = Gateway(
            self.emulator_url,
            account=ACCOUNT,
            plan=self.plan,
            recorder=self.recorder,
            names=self.names,
            clock=self.clock,
            hosts=self.hosts,
            guest_url=self.guest_url,
            told_of=self.told_of,
        )

    def client(self, service: str, token: str | None = TEST, **more: object) -> object:
        return boto3.client(
            service,
            region_name="us-east-1",
            endpoint_url=self.gateway.url,
            aws_access_key_id=ACCOUNT,
            aws_secret_access_key="test",
            aws_session_token=token,
            **{"config": ONE_TRY, **more},
        )

    def inject(self, fault: object) -> None:
        self.plan.add(fault, self.clock.elapsed())

    def history(self):
        return self.recorder.history()

    def of(self, *kinds: str):
        return self.history().of(*kinds)


def post(door, verb, body, token=None, raw=None):
    """Status and answer."""
    headers = {"x-harness-token": door.gateway.token if token is None else token}
    data = json.dumps(body).encode() if raw is None else raw
    request = urllib.request.Request(f"{door.gateway.url}/_harness/{verb}", data, headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


class Guest:
    """Talks to a gateway as the guest does; `kills` is what it was told to kill."""

    def __init__(self, doors, fakes) -> None:
        self.kills = []
        self.emulator = fakes(self.handle)
        self.answer = answering()
        self.door = doors(self.emulator.url, guest_url=self.emulator.url)

    async def handle(self, request):
        if request.path.startswith("/_harness/environments/"):
            self.kills.append((request.path.split("/")[3], (await request.json())["how"]))
            return web.json_response({})
        return await self.answer(request)

    def __call__(self, verb, **body):
        status, answer = post(self.door, verb, body)
        assert status == 200, answer
        return answer

    def hop(self, source=TOPIC, target=QUEUE, messages=("m-1",), **more):
        parcel = {"kind": "queue", "body": "text"}
        told = {"attempt": 1, "cause": None, "actor": "sns", "parcel": parcel, **more}
        return self("hop", source=source, target=target, messages=list(messages), **told)

    def invocation(self, **more):
        told = {
            "function": FUNCTION,
            "version": "$LATEST",
            "request_id": "r-1",
            "environment": "e-1",
            "cold": True,
            "cause": None,
            "source": None,
            "messages": [],
            "attempt": 1,
            "actor": "lambda",
        }
        return self("invocation", **{**told, **more})

    def of(self, *kinds):
        return self.door.of(*kinds)
