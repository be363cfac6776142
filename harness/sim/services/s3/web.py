"""Buckets for HTTP clients that aren't SDKs, as with presigned URLs.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from email.parser import BytesParser
from urllib.parse import quote, urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HeadersDict
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError

from harness.cloud import Unsupported
from harness.sim.own_hosts import OwnHost
from harness.sim.patches.stubs import StubAnswer, StubOutcome, StubRequest
from harness.sim.world import World
from harness.wire.identify import CredentialScope, stamp_of

_HOST = re.compile(r"(?:(?P<bucket>.+)\.)?s3(?:[.-](?P<region>[a-z]+(?:-[a-z]+)+-\d+))?\.amazonaws\.com")
_DONE = 204
Posting = Callable[[str, str], AbstractContextManager[None]]
"""Inside the block an object with this key, which is put into this bucket, comes from a form."""


def at(world: World, host: str, posting: Posting) -> OwnHost | None:
    """The bucket, or the service, that has this host; None: neither has."""
    found = _HOST.fullmatch(host.lower())
    if found is None:
        return None
    return _Bucket(world, host, found["bucket"] or "", found["region"] or world.region, posting)


class _Bucket(OwnHost):
    """Requests are calls of whoever makes them. Nobody checks signatures, as nothing is signed here."""

    def __init__(self, world: World, host: str, bucket: str, region: str, posting: Posting) -> None:
        super().__init__(host)
        self._world = world
        self._bucket = bucket
        self._region = region
        self._posting = posting

    def exchange(self, request: StubRequest, timeout: float | None) -> StubOutcome:
        """A request is sent, by a client that waits `timeout` seconds."""
        if request.method == "POST" and "multipart/form-data" in request.header("content-type"):
            return self._posted(request, timeout)
        return self._sent(request, timeout)

    def _posted(self, request: StubRequest, timeout: float | None) -> StubOutcome:
        """https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html"""
        fields, content = form_of(request)
        bucket, key = self._bucket or request.path.strip("/"), fields["key"]
        within = "" if self._bucket else f"/{bucket}"
        headers = {name: value for name, value in fields.items() if _is_header(name)}
        put = StubRequest("PUT", f"{within}/{quote(key)}", headers, content)
        with self._posting(bucket, key):
            outcome = self._sent(put, timeout)
        if outcome.answer is None or outcome.answer.status >= 300:
            return outcome
        status = int(fields.get("success_action_status") or _DONE)
        return StubOutcome(
            0.0, StubAnswer(status, b"", "", (("Content-Length", "0"), ("Connection", "close")))
        )

    def _sent(self, request: StubRequest, timeout: float | None) -> StubOutcome:
        headers = HeadersDict(request.headers)
        target = f"/{self._bucket}{request.path}" if self._bucket else request.path
        scope = CredentialScope("s3", self._region)
        stamp = stamp_of(scope, request.method, target, headers, request.body)
        if stamp is None:
            told = f"{request.method} {self.host}{urlsplit(request.path).path}"
            raise Unsupported(f"{told}: S3 has no such operation")
        url = f"https://{self.host}{request.path}"
        asked = AWSPreparedRequest(request.method, url, headers, request.body, False)
        try:
            answer = self._world.calls.answer(stamp, asked, timeout)
        except ReadTimeoutError:
            return StubOutcome.late(0.0)
        except ConnectionClosedError:
            return StubOutcome.broken(self.host)
        return StubOutcome(0.0, _answer(request, answer))


def form_of(request: StubRequest) -> tuple[dict[str, str], bytes]:
    """The fields of a form by their names in small letters, and the content of its file."""
    head = f"Content-Type: {request.header('content-type')}\r\n\r\n".encode()
    fields, content, filename = {}, b"", ""
    for part in BytesParser().parsebytes(head + request.body).walk():
        name = part.get_param("name", header="content-disposition")
        given = part.get_payload(decode=True)
        if not isinstance(name, str) or not isinstance(given, bytes):
            continue
        if name.lower() == "file":
            content, filename = given, part.get_filename() or ""
        else:
            fields[name.lower()] = given.decode()
    fields["key"] = fields.get("key", "").replace("${filename}", filename)
    return fields, content


def _is_header(name: str) -> bool:
    signs = ("x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature", "x-amz-security-token")
    return name in ("content-type", "cache-control", "content-disposition", "content-encoding") or (
        name.startswith("x-amz-") and name not in signs
    )


def _answer(request: StubRequest, answer: AWSResponse) -> StubAnswer:
    content = answer.content if isinstance(answer.content, bytes) else str(answer.content).encode()
    kept = [(name, str(value)) for name, value in answer.headers.items() if name.lower() != "content-length"]
    length = answer.headers.get("Content-Length") if request.method == "HEAD" else None
    headers = (*kept, ("Content-Length", str(length or len(content))), ("Connection", "close"))
    return StubAnswer(answer.status_code, content, "", headers)
