"""Where clients of a served app find what it has, and how AWS's own addresses map to that."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

from botocore.session import get_session

from harness.app.handle import App
from harness.app.handles import HANDLES
from harness.app.handles.api import HttpApi
from harness.aws.rules.http.model import HttpRequest
from harness.serving.messages import CONTROL, Answered, Asked, json_answer
from harness.sim.simulator import Simulator

_API = f"{CONTROL}api/"
_OF_AWS = re.compile(rb"https?://[a-z0-9-]+\.(?:[a-z0-9-]+\.)?amazonaws\.com(?=/\d{12}/)")
"""AppAddresses of queues: SDKs send their calls to them."""


class AppAddresses:
    """The addresses of one app behind `url`."""

    def __init__(self, app: App, url: str) -> None:
        self._app = app
        self._url = url
        self._hosts: dict[tuple[str, str], str] = {}
        self._resolver = get_session().get_component("endpoint_resolver")

    def told(self) -> tuple[tuple[str, str, str], ...]:
        """Kind, logical id and address of each resource that has a handle."""
        return tuple(
            (kind, id_, self._address(kind, id_))
            for kind, handle in HANDLES.items()
            for id_, type_ in self._app.types.items()
            if type_ in handle.types
        )

    def _address(self, kind: str, logical_id: str) -> str:
        if kind == HttpApi.kind:
            return f"{self._url}{_API}{logical_id}/"
        return self.ours_in(self._app.physical_id(logical_id).encode()).decode()

    def of_aws(self, service: str, region: str, target: str) -> str:
        """The URL that an SDK would have used without us."""
        known = self._hosts.get((service, region))
        if known is None:
            found = self._resolver.construct_endpoint(service, region) or {}
            known = found.get("hostname", f"{service}.{region}.amazonaws.com")
            self._hosts[service, region] = known
        parts = urlsplit(target)
        return f"https://{known}{parts.path}" + (f"?{parts.query}" if parts.query else "")

    def ours_in(self, body: bytes) -> bytes:
        """An answer in which the addresses of queues lead to us."""
        return _OF_AWS.sub(self._url.encode(), body) if b"amazonaws.com/" in body else body

    def is_api(self, target: str) -> bool:
        """Is a request meant for an API of the app?"""
        return target.startswith(_API)

    def request(self, cloud: Simulator, asked: Asked) -> Answered:
        """Send a request to an API of the app."""
        parts = urlsplit(asked.target.removeprefix(_API))
        name, _, path = parts.path.partition("/")
        try:
            api = self._app.handle(HttpApi.kind, name)
        except LookupError as problem:
            return json_answer(asked.id, 404, {"message": str(problem)})
        query = tuple(parse_qsl(parts.query, keep_blank_values=True))
        request = HttpRequest(asked.method, f"/{path}", query, asked.headers, asked.body)
        answer = cloud.request(api.arn, request)
        return Answered(asked.id, answer.status, answer.headers, answer.body)
