"""Services that hold things rather than move them: moto's, in process, under the virtual clock."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from functools import cache, partial
from typing import Any, ClassVar
from urllib.parse import urlsplit, urlunsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from moto.backends import get_backend
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.exceptions import HTTPException
from moto.core.request import normalize_request

from harness import wire
from harness.aws.rules.transactions import MISMATCH, TAKE_TOKENS, Mismatch, Tokens
from harness.cloud import Unsupported
from harness.sim.patches.randomness import apart
from harness.sim.services.held import actions, keys, names, objects, policies, table_requests, versions
from harness.sim.services.held.actions import Answer
from harness.sim.services.held.refused import Refused
from harness.sim.services.service import OUTSIDE
from harness.wire import NotDirect, Params, ServiceError, Stamp, Wire

_AUTHORIZATION = (
    "AWS4-HMAC-SHA256 Credential=local/20260101/{}/{}/aws4_request, SignedHeaders=host, Signature=0"
)
"""Nothing is signed; moto reads the region here and takes a request without it for anonymous."""

SERVICES = frozenset(
    {
        "apigateway",
        "apigatewayv2",
        "appconfig",
        "cloudwatch",
        "dynamodb",
        "ec2",
        "firehose",
        "iam",
        "kms",
        "logs",
        "resourcegroupstaggingapi",
        "s3",
        "secretsmanager",
        "servicediscovery",
        "ssm",
        "sts",
    }
)
"""The services that moto holds for the simulator. Nothing here moves messages on its own."""

_MEANT = (Unsupported, ServiceError, NotDirect, Mismatch)
_NOT_BUCKETS = ("localhost", "localstack")
"""Beginnings of hosts in which moto sees no bucket, so that it has to stand in the path."""

HearsLines = Callable[[str, str, str, tuple[tuple[float, str], ...]], None]
"""Is told of lines by region, log group and log stream."""


class _JsonRequest:
    """A JSON request in the words that moto's handlers use, without a WSGI environment around it."""

    from_wsgi_server = False
    content_encoding = None
    form: ClassVar[dict[str, str]] = {}
    files: ClassVar[dict[str, Any]] = {}
    values: ClassVar[dict[str, str]] = {}

    def __init__(self, request: AWSPreparedRequest) -> None:
        body = request.body or b""
        self.data = body.encode() if isinstance(body, str) else body
        self.method = request.method
        self.raw_url = self.url = request.url
        self.raw_path = self.path = urlsplit(request.url).path or "/"
        self.headers = wire.Headers(request.headers)
        self.headers["host"] = urlsplit(request.url).netloc
        self.content_type = self.headers.get("content-type", "")
        self.environ: dict[str, str] = {}


class HeldByMoto:
    """Passes requests to moto's backends, in the account of the run."""

    def __init__(self, account: str, now: Callable[[], float], others: Collection[str] = ()) -> None:
        """`others`: services that the simulator has and moto doesn't hold, for messages."""
        self._account = account
        self._others = others
        self._tokens: Tokens[Answer] = Tokens(now)
        self._due: dict[str, Callable[[], None]] = {}
        self._hears: list[HearsLines] = []
        self.refused = Refused()

    def answer(
        self,
        stamp: Stamp,
        how: Wire,
        request: AWSPreparedRequest,
        params: Params,
        body: bytes | None = None,
    ) -> tuple[AWSResponse, str | None]:
        """The response, and the code of the error it carries. `body` takes the place of the request's.

        Raises `ServiceError`, and `Unsupported` for a service that isn't here.
        """
        held = stamp.service in SERVICES
        told = self.refused.about(stamp, params, held=held)
        if told:
            raise Unsupported(
                f"{stamp.service}:{stamp.operation}: {told}; replace the call by app.function(…).patch(…)"
            )
        if not held:
            raise Unsupported(
                f"{stamp.service}:{stamp.operation}: the simulator has no {stamp.service}. "
                f"It has {', '.join(sorted({*self._others, *SERVICES} - {OUTSIDE}))}"
            )
        names.check(stamp, params)
        if stamp.service == "dynamodb":
            table_requests.check(stamp.operation, params)
        self._bring_due(stamp.service)
        if stamp.service == "iam":
            policies.bring(params, partial(self.backend, "iam", "aws"))
        if body is not None:
            request.body = body
            request.headers["Content-Length"] = str(len(request.body))
        spoken = how if how.protocol != wire.CBOR else wire.to_json(how, request, params)
        self._address(stamp, request)

        def carry_out() -> tuple[Answer, bool]:
            with apart("moto"):  # which draws more where it is asked first, to import the service
                try:
                    answered = _dispatch(stamp.service, request)
                except _MEANT:
                    raise
                except Exception as problem:
                    raise _stumbled(stamp, problem) from problem
            return answered, answered[0] < 300

        try:
            if stamp.service == "dynamodb" and stamp.operation in TAKE_TOKENS:
                status, headers, body = self._tokens.once(stamp, params, carry_out)
            else:
                status, headers, body = carry_out()[0]
        except Mismatch as problem:
            raise ServiceError(MISMATCH, str(problem)) from None
        if stamp.service == "s3" and status < 300:
            headers = objects.completed(stamp.operation, headers)
            if stamp.operation == "PutBucketVersioning":
                versions.keep(self.backend("s3", "aws"))
        if stamp.service == "kms" and status < 300:
            body = keys.completed(stamp.operation, body)
        rendered = wire.response(request, status, headers, body)
        if spoken is not how:
            rendered = wire.from_json(how, spoken, request, rendered)
        return rendered, wire.error_code(headers, body) if status >= 300 else None

    def has(self, service: str) -> bool:
        """Is the service in this cloud, held by moto or simulated?"""
        return service in SERVICES or service in self._others

    def can_act(self, stamp: Stamp) -> bool:
        """Can `act` carry out this operation?"""
        return actions.serves(stamp)

    def act(
        self, stamp: Stamp, params: Params, give: Callable[[Any], Params]
    ) -> tuple[Params | None, int, Any, Any]:
        """Carry out an operation without a request: what `give` makes of the result, and the answer.

        None: it is an error, or `give` raised `NotDirect`. Raises `ServiceError`.
        """
        names.check(stamp, params)
        if stamp.service == "dynamodb":
            table_requests.check(stamp.operation, params)
        self._bring_due(stamp.service)
        with apart("moto"):
            handler = actions.acting(stamp, self._account, params, give)
            try:
                status, headers, body = handler.call_action()
            except _MEANT:
                raise
            except Exception as problem:
                raise _stumbled(stamp, problem) from problem
        return handler.given, status, headers, body

    def _bring_due(self, service: str) -> None:
        if service in self._due:
            self._due[service]()

    def _address(self, stamp: Stamp, request: AWSPreparedRequest) -> None:
        request.headers["x-moto-account-id"] = self._account
        request.headers["Authorization"] = _AUTHORIZATION.format(stamp.region, stamp.service)
        if stamp.service == "s3" and "x-amz-trailer" in {name.lower() for name in request.headers}:
            request.headers["x-amz-content-sha256"] = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
        request.url = _aws_url(stamp, request.url)

    def backend(self, service: str, region: str) -> Any:
        """moto's state of a service, for a service of the simulator that reads or writes there."""
        with apart("moto"):
            regions = get_backend(service)[self._account]
        return regions[region] if region in regions else regions["aws"]

    def hear_lines(self, hears: HearsLines) -> None:
        """Tell `hears` of lines that functions write to their log groups."""
        self._hears.append(hears)

    def tell_lines(self, region: str, group: str, stream: str, lines: tuple[tuple[float, str], ...]) -> None:
        """A function has written these lines, pairs of epoch seconds and text."""
        for hears in self._hears:
            hears(region, group, stream, lines)

    def before(self, service: str, act: Callable[[], None]) -> None:
        """Call `act` before each request to a service: it brings there what was put off."""
        self._due[service] = act


def _stumbled(stamp: Stamp, problem: Exception) -> Unsupported:
    """moto has no answer for a request: neither its traceback nor an error of AWS may stand for one."""
    told = f"moto, which holds {stamp.service} here, stumbles over this request"
    return Unsupported(
        f"{stamp.service}:{stamp.operation}: {told} ({type(problem).__name__}: {problem}); "
        "put a double into the function"
    )


def _dispatch(service: str, request: AWSPreparedRequest) -> Answer:
    url = request.url.partition("?")[0]
    for pattern, method in _routes(service):
        if pattern.match(url):
            plain = wire.text_of(request.headers.get("Content-Type", "")).startswith("application/x-amz-json")
            normalized = _JsonRequest(request) if plain else normalize_request(request)
            try:
                return method(normalized, normalized.raw_url, normalized.headers)
            except HTTPException as problem:
                return problem.code or 500, dict(problem.get_headers()), problem.get_body()
    raise Unsupported(f"{service}: the simulator doesn't know {request.method} {url}")


@cache
def _routes(service: str) -> list[tuple[re.Pattern[str], Callable[..., tuple[int, Any, Any]]]]:
    try:
        regions = get_backend(service)[DEFAULT_ACCOUNT_ID]
    except ImportError as problem:
        raise Unsupported(
            f"{service}: the simulator gets it from moto, which needs more packages for it: "
            f"pip install 'moto[{service}]' ({problem})"
        ) from problem
    backend = regions["us-east-1"] if "us-east-1" in regions else regions["aws"]
    return [(re.compile(url), method) for url, method in backend.urls.items()]


def _aws_url(stamp: Stamp, url: str) -> str:
    """The address on AWS of a request that may have been meant for another endpoint."""
    parts = urlsplit(url)
    name = parts.hostname or ""
    if name.endswith((".amazonaws.com", ".amazonaws.com.cn", ".api.aws")):
        if stamp.service != "s3" or not name.startswith(_NOT_BUCKETS):
            return url
        bucket, _, host = name.partition(".")
        return urlunsplit(("https", host, f"/{bucket}{parts.path}", parts.query, ""))
    host = "s3.amazonaws.com" if stamp.service == "s3" else f"{stamp.service}.{stamp.region}.amazonaws.com"
    return urlunsplit(("https", host, parts.path, parts.query, ""))
