"""Any AWS-compatible endpoint that already listens: MiniStack, moto's server, a LocalStack of one's own.

The gateway sees the calls that pass it; those of functions do where the emulator gives them the variables of
their own. Deliveries of such an emulator can neither be made to fail nor be told.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import urlsplit

import urllib3
from botocore.exceptions import BotoCoreError, ClientError

from harness import aws
from harness.aws import Does, arns
from harness.cloud import Unsupported
from harness.faults import Plan
from harness.faults.active import lasting
from harness.faults.cloud_places import OnCloud
from harness.faults.sites import Call
from harness.gateway import leftovers
from harness.gateway.asking import arn_of_a_new_one, depths, pulled_from
from harness.gateway.cloud import REGION, GatewayCloud
from harness.gateway.reach import Reach, reach_of
from harness.gateway.server import Gateway
from harness.plan import kinds

LOOK_SECONDS = 0.2
SETTLE_SECONDS = 180.0
"""The longest wait of `settle`, in real seconds."""

CALM_SECONDS = 1.0
"""Time without a change that counts as rest: a mapping's poller sleeps no longer than that."""

CA_BUNDLE = "AWS_CA_BUNDLE"
"""The variable by which AWS's SDKs, too, find the certificates that they trust."""

HELD_MAX = 1000
"""The number of messages that a queue of AWS's own emulator holds at most."""

NOT_OFFERED = 501
"""The status by which an emulator says that it doesn't have an operation."""

ENDPOINT_URL = "AWS_ENDPOINT_URL"
"""The variable, and the beginning of others, by which SDKs know where to send requests.
https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html"""

APP_ID = "AWS_SDK_UA_APP_ID"
"""The variable by which SDKs know what to call the app in each request."""

_log = logging.getLogger("harness.endpoint")
_LOOPBACK = frozenset(("127.0.0.1", "localhost", "::1"))


@dataclass(frozen=True)
class Depth:
    """Messages that wait at a place: visible, hidden. `pulled`: the cloud pulls from it by itself; `taken`: a
    worker or a function has received from it in this run."""

    visible: int
    hidden: int
    pulled: bool
    taken: bool

    @property
    def moving(self) -> bool:
        """Will anything happen here by itself?"""
        return bool((self.pulled and self.visible) or ((self.pulled or self.taken) and self.hidden))


class Endpoint(GatewayCloud):
    """An emulator at `url`, which must be on loopback. Raises `Unsupported` where nothing listens.

    `ca_bundle` is a PEM file with the certificate that an https one is trusted by; else the variable
    AWS_CA_BUNDLE names it. `seed`, `plan` and `region` are as for `Simulator`.

    >>> from harness.endpoint import Endpoint
    >>> with Endpoint("http://127.0.0.1:4566") as cloud:  # doctest: +SKIP
    ...     cloud.client("sqs").list_queues()
    """

    name = "endpoint"
    shows_deliveries: ClassVar[bool] = False

    def __init__(
        self,
        url: str,
        *,
        seed: int | None = None,
        plan: Plan | None = None,
        region: str = REGION,
        ca_bundle: str | None = None,
    ) -> None:
        check_url(url)
        self._url = url.rstrip("/")
        self._reach = Reach()
        self._ca_bundle = ca_bundle or os.environ.get(CA_BUNDLE)
        super().__init__(seed=seed, plan=plan, region=region)
        self.recorder.header["emulator"] = self._url

    def begin(self) -> Gateway:
        """Put the gateway before the endpoint."""
        trusted = trusted_by(self._ca_bundle) if self._url.startswith("https:") else None
        _reach(self._url, trusted)
        self.account = self._account_seen()
        self._reach = reach_of(port_of(self._url))
        return Gateway(
            self._url,
            account=self.account,
            plan=self.active_plan,
            recorder=self.recorder,
            names=self.names,
            clock=self.clock,
            hosts=self._reach.hosts,
            trusted=trusted,
        )

    def end(self) -> None:
        """Delete what the run has created, where nobody else's things can be of the same name."""
        if self.account == self.access_key:
            leftovers.remove(self.recorder.history(), self.account, self._past_the_gateway)

    @staticmethod
    def never() -> Mapping[str, str]:
        """Kinds of fault that no endpoint can honour: they act on hops and invocations, or on all of it."""
        why = "deliveries and invocations happen inside of the endpoint, out of reach; use localstack or sim"
        inside = {kind: why for kind, fault in kinds().items() if Call not in fault.sites}
        alone = "an endpoint isn't started and stopped from here; use localstack"
        return inside | {kind: alone for kind, fault in kinds().items() if issubclass(fault, OnCloud)}

    def unsupported(self) -> Mapping[str, str]:
        """See `never`."""
        return self.never()

    def _account_seen(self) -> str:
        """The account in which the run's resources are: one that is made and deleted at once shows it."""
        try:
            arn = arn_of_a_new_one(self._past_the_gateway, f"harness-{self.access_key}")
        except (ClientError, BotoCoreError):  # an emulator without the service
            return self.account
        parsed = arns.parse(arn)
        return self.account if parsed is None else parsed.account

    def new_client(self, service: str, url: str, verify: str | None = None) -> Any:
        """A client that moto's server, too, knows the account of; the gateway does the same.

        One whose calls pass the gateway raises `Unsupported` for what the emulator hasn't got.
        """
        client = super().new_client(service, url, self._ca_bundle if url == self._url else verify)
        if url == self._url:
            client.meta.events.register("before-sign.*.*", self._add_account)
        else:
            client.meta.events.register("after-call.*.*", self._refuse)
            client.meta.events.register("provide-client-params.*.*", self._lead_here)
        return client

    def _lead_here(self, params: Mapping[str, Any], model: Any, **_: Any) -> Mapping[str, Any] | None:
        """The calls of a function pass the gateway and say whose they are, wherever its own variables would
        send them: the SDK for JavaScript sends what is about a queue where the queue's URL leads."""
        service = model.service_model.service_name
        stated = aws.service(service).operation(model.name)
        if stated.variables is None:
            return None
        within, member = stated.variables
        if within not in params and stated.undone_by is None:  # a change that leaves them alone
            return None
        given = params.get(within) or {}
        here = f"http://{self._reach.inside}:{self.gateway.port}"
        emulator = re.compile(rf"https?://({'|'.join(map(re.escape, _LOOPBACK))}):{port_of(self._url)}\b")
        own = {
            name: emulator.sub(here, value)
            for name, value in given.get(member, {}).items()
            if not name.startswith(ENDPOINT_URL)
        }
        [function] = aws.service(service).resources(model.name, params)
        app = f"harness-{hashlib.sha1(function.encode()).hexdigest()[:12]}"
        self.gateway.know(app, function, service, self.region)
        return {**params, within: {**given, member: {**own, ENDPOINT_URL: here, APP_ID: app}}}

    def _refuse(self, http_response: Any, parsed: Any, model: Any, **_: Any) -> None:
        """Say in a sentence what an answer of the emulator means to a test."""
        service, operation = model.service_model.service_name, model.name
        if http_response.status_code == NOT_OFFERED:
            raise Unsupported(
                f"endpoint={self._url}: it doesn't offer {service}:{operation} (HTTP {NOT_OFFERED}); "
                "use localstack or sim"
            )
        facts = aws.services().get(service)
        stated = None if facts is None else facts.operations.get(operation)
        if stated is None or stated.does is not Does.SENDS:
            return
        if http_response.status_code < 400 and not (stated.batch and parsed.get(stated.batch.member)):
            return
        full = [name for name, depth in self._depths().items() if depth.visible + depth.hidden >= HELD_MAX]
        if full and not self.recorder.history().of("answer")[-1].data["refused_by_fault"]:
            raise Unsupported(
                f"endpoint={self._url}: {full[0]} is full: it holds {HELD_MAX:,} messages, the "
                "limit of AWS's own emulator; send fewer, or use localstack or sim"
            )

    def _add_account(self, request: Any, **_: Any) -> None:
        request.headers["x-moto-account-id"] = self.access_key

    def settle(self, within_seconds: float = SETTLE_SECONDS) -> bool:
        """Wait until nothing waits where the cloud pulls by itself, nothing is hidden that a worker may have,
        and faults that have begun are over, for a while. Messages that nobody reads stay, and are logged.
        """
        until = time.monotonic() + min(within_seconds, SETTLE_SECONDS)
        calm_since, before = time.monotonic(), self._depths()
        while True:
            now = self._depths()
            moving = [f"messages in {name}" for name, depth in now.items() if depth.moving]
            if (window := self.active_plan.open_until(self.clock.elapsed())) is not None:
                moving.append(lasting(window))
            if now != before or moving:
                calm_since, before = time.monotonic(), now
            settled = time.monotonic() - calm_since > CALM_SECONDS
            if settled or time.monotonic() > until:
                self.recorder.settled(self.name, settled, [] if settled else moving[:10])
                for name, depth in now.items():
                    if settled and (left := depth.visible + depth.hidden):
                        _log.warning(
                            "%s: %d of its messages are still there, and nobody reads it", name, left
                        )
                return settled
            time.sleep(LOOK_SECONDS)

    def advance(self, seconds: float) -> None:
        """Let so much real time pass."""
        time.sleep(seconds)

    def _depths(self) -> dict[str, Depth]:
        """The numbers of waiting messages, asked past the gateway: these requests are no part of the run."""
        pulled, taken = set(pulled_from(self._past_the_gateway)), self._taken()
        return {
            name: Depth(visible, hidden, arn in pulled, name in taken)
            for arn, visible, hidden in depths(self._past_the_gateway)
            for name in (self.names.of(arn),)
        }

    def _taken(self) -> set[str]:
        """The places from which somebody else than the test has received."""
        calls = self.recorder.history().of("call")
        return {
            call.data["resource"]
            for call in calls
            if call.data["does"] == Does.TAKES and call.actor != "test"
        }

    def _past_the_gateway(self, service: str) -> Any:
        key = f"{service} past the gateway"
        if key not in self._clients:
            self._clients[key] = self.new_client(service, self._url)
        return self._clients[key]


def port_of(url: str) -> int:
    """The port of a URL, also where it goes without saying."""
    parts = urlsplit(url)
    return parts.port or (443 if parts.scheme == "https" else 80)


def check_url(url: str) -> None:
    """Raises `Unsupported` for a URL that isn't one, or that isn't on loopback."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Unsupported(f"endpoint={url}: expected a URL, as in endpoint=http://127.0.0.1:4566")
    if parts.hostname not in _LOOPBACK:
        raise Unsupported(
            f"endpoint={url}: {parts.hostname} isn't this machine, and nothing here talks to another one "
            "or to AWS; expected http://127.0.0.1:PORT"
        )


def trusted_by(ca_bundle: str | None) -> ssl.SSLContext:
    """What trusts the certificates of a PEM file, or else those that this machine trusts."""
    try:
        return ssl.create_default_context(cafile=ca_bundle)
    except OSError as problem:
        raise Unsupported(
            f"{CA_BUNDLE}={ca_bundle}: not a readable file of certificates ({problem})"
        ) from None


def _reach(url: str, trusted: ssl.SSLContext | None) -> None:
    """Raises `Unsupported` if nothing answers there, or something that isn't trusted."""
    try:
        with urllib3.PoolManager(ssl_context=trusted) as pool:
            pool.request("GET", url, timeout=5.0, retries=False)
    except urllib3.exceptions.SSLError as problem:
        raise Unsupported(
            f"endpoint={url}: its certificate isn't trusted ({problem}). Name a PEM file with the emulator's "
            f"certificate in {CA_BUNDLE}, and use the host for which it was issued"
        ) from None
    except urllib3.exceptions.HTTPError as problem:
        raise Unsupported(
            f"endpoint={url}: nothing answers there ({problem}). Start the emulator first"
        ) from None
