"""The common base of clouds behind a gateway: clients, names, the plan, deployment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

from harness.app.deployer import Deployer
from harness.cloud import Unsupported
from harness.faults import Plan
from harness.faults.active import ActivePlan
from harness.faults.places import PlacedFault
from harness.faults.under_plan import UnderPlan
from harness.gateway.clock import RunClock
from harness.gateway.guard import Guard
from harness.gateway.server import Gateway
from harness.history import Recorder
from harness.history.places import Names
from harness.plan import Fault
from harness.variables import environment
from harness.wire.mocks import no_mock

REGION = "us-east-1"
TEST_TOKEN = "harness.test"
"""The session token of the test's own clients."""

_CONFIG = Config(s3={"addressing_style": "path"}, inject_host_prefix=False)
_OTHER_ENDPOINTS = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")


class GatewayCloud(Deployer, UnderPlan):
    """An emulator with a gateway before it. Use it as a context manager.

    `plan` is what goes wrong; its seed drives the faults that hit by chance. Nothing else hangs on the seed:
    an emulator's own interleaving is real.
    """

    name = ""
    shows_deliveries: ClassVar[bool] = False
    """Does the history tell what the cloud delivers by itself? What is not told can't be judged."""

    tolerance_seconds: ClassVar[float] = 15.0
    """How much slower a path may be and still count as unaffected: cold starts crowd each other on the cores
    of one machine, and a retry takes longer than that."""

    def __init__(self, *, seed: int | None = None, plan: Plan | None = None, region: str = REGION) -> None:
        self.plan = plan or Plan()
        self.seed = self.plan.seed if seed is None else seed
        self.region = region
        self.access_key = self.account = new_account()
        self.names = Names(self.region, self.account)
        self.exports: dict[str, Any] = {}
        self.clock = RunClock()
        header = {"cloud": self.name, "seed": self.seed, "shows_deliveries": self.shows_deliveries}
        self.recorder = Recorder(self.clock.elapsed, header, self.names)
        self.active_plan = ActivePlan(self.seed, self.plan.faults)
        self._clients: dict[str, Any] = {}
        self._undo = ExitStack()
        self._gateway: Gateway | None = None

    @property
    def elapsed(self) -> float:
        """Seconds since the run began."""
        return self.clock.elapsed()

    @property
    def gateway(self) -> Gateway:
        """The gateway. `RuntimeError` outside of the block."""
        if self._gateway is None:
            raise RuntimeError(f"this cloud isn't active: use it in a block, with {type(self).__name__}(…)")
        return self._gateway

    def unsupported(self) -> Mapping[str, str]:
        """Kinds of fault that this cloud can't honour, and why."""
        return {}

    @property
    def python(self) -> str:
        """The version of Python that runs functions ("3.13"); "" where that isn't known."""
        return ""

    def begin(self) -> Gateway:
        """Start the gateway."""
        raise NotImplementedError

    def end(self) -> None:
        """Leave nothing behind, also where `begin` failed half-way."""

    def __enter__(self) -> Self:
        for fault in self.plan.faults:
            self._check(fault)
        with ExitStack() as undo:
            undo.enter_context(no_mock(self.name))
            undo.callback(self._close)
            undo.callback(self.end)
            self._gateway = self.begin()
            guard = Guard({urlsplit(self.gateway.url).hostname or ""})
            guard.install()
            undo.callback(guard.remove)
            undo.enter_context(environment(self._variables()))
            self._undo = undo.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._undo.close()

    def _close(self) -> None:
        """Let go of the clients and the gateway."""
        for client in self._clients.values():
            client.close()
        self._clients.clear()
        gateway, self._gateway = self._gateway, None
        if gateway is not None:
            gateway.close()

    def client(self, service: str) -> Any:
        """A boto3 client of this cloud; its calls are the test's."""
        if service not in self._clients:
            self._clients[service] = self.new_client(service, self.gateway.url)
        return self._clients[service]

    def new_client(self, service: str, url: str, verify: str | None = None) -> Any:
        """A boto3 client of the run's account that sends to this URL, and trusts what `verify` names."""
        return _session().client(
            service,
            region_name=self.region,
            endpoint_url=url,
            verify=verify,
            aws_access_key_id=self.access_key,
            aws_secret_access_key="test",
            aws_session_token=TEST_TOKEN,
            config=_CONFIG,
        )

    def code(self, folder: Path) -> dict[str, Any]:
        """The folder is uploaded, with the packages that its requirements.txt names."""
        from harness.gateway.package import zipped_folder

        return {"ZipFile": zipped_folder(folder.resolve(), python=self.python)}

    def layer(self, folder: Path) -> dict[str, Any]:
        """The folder is uploaded as it is."""
        from harness.gateway.package import zipped_folder

        return {"ZipFile": zipped_folder(folder.resolve(), python=self.python)}

    def settle(self, within_seconds: float) -> bool:
        """Wait until nothing is in flight. False: it still moved when the time was up."""
        raise NotImplementedError

    def advance(self, seconds: float) -> None:
        """Let this much time pass."""
        raise NotImplementedError

    def inject(self, fault: Fault) -> None:
        """From now on, this goes wrong; its times count from now. Raises `Unsupported`."""
        if isinstance(fault, PlacedFault):
            self._check(fault)
            if why := fault.why_never(self.names.places):
                raise Unsupported(f"{fault.kind}: {why}")
        self.active_plan.add(fault, self.clock.elapsed())

    def check_plan(self) -> None:
        """Raises `Unsupported` for a fault that can't be done where it is meant to act."""
        if why := self.active_plan.impossible(self.names.places):
            raise Unsupported(why)

    def _check(self, fault: Fault) -> None:
        why = self.unsupported().get(fault.kind)
        if why:
            raise Unsupported(f"{fault.kind}: the cloud {self.name!r} can't do that: {why}")

    def _variables(self) -> dict[str, str | None]:
        """With these plain boto3 in the test, too, talks to this cloud and to no other."""
        others = [name for name in os.environ if name.startswith("AWS_ENDPOINT_URL_")]
        return dict.fromkeys((*others, *_OTHER_ENDPOINTS)) | {
            "AWS_ENDPOINT_URL": self.gateway.url,
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_SESSION_TOKEN": TEST_TOKEN,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
        }


def new_account() -> str:
    """An AWS account of its own: twelve digits that no other test of this machine has at this moment."""
    return f"{1 + int.from_bytes(os.urandom(6), 'big') % 899_999_999_999:012d}"


@cache
def _session() -> boto3.Session:
    """One session for all clients: loading the service models is most of what a client costs."""
    return boto3.Session(aws_access_key_id="local", aws_secret_access_key="local")
