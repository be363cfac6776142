"""The far side of an API: where a request is passed on to, and the answer of that side as the client's.

https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-data-transformations.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from botocore.exceptions import HTTPClientError, ParamValidationError

from harness.aws.parcels import EVENT, REQUEST_RESPONSE, FunctionParcel, OutsideParcel
from harness.aws.rules.http import answers
from harness.aws.rules.http.integrations import (
    DEFAULT_TYPE,
    NEVER,
    WHEN_NO_TEMPLATES,
    Behind,
    FirstClass,
    Mapped,
    Passed,
    Proxy,
)
from harness.aws.rules.http.model import ApiKind, HttpRequest, HttpResponse
from harness.aws.rules.http.payloads import event_of
from harness.sim.services.execute_api.parameters import (
    Outgoing,
    by_parameters,
    changed,
    changed_back,
    shaped,
    status_of,
    template_for,
)
from harness.sim.services.execute_api.requests_to_aws import (
    NoSuchOperation,
    Prepared,
    ToService,
    operation,
    prepared,
)
from harness.sim.services.execute_api.values import Exchange
from harness.sim.services.execute_api.velocity import TemplateFailed, read, render
from harness.sim.services.service import Delivery

if TYPE_CHECKING:
    from harness.sim.hops import HopResult
    from harness.sim.world import World

_VARIABLE = re.compile(r"\$\{stageVariables\.(\w+)\}")
_PLACE = re.compile(r"\{(\w+)\+?\}")
_OF_JSON = (("content-type", "application/json"),)
_THROTTLED = "TooManyRequestsException"
_BODILESS = ("GET", "HEAD", "DELETE", "OPTIONS")


@dataclass(frozen=True, slots=True)
class Told:
    """The answer to a client. `failed`: why the far side didn't do it; `handed_on`: it went over a hop.

    `unheard`: the client was told nothing of that failure, and nobody decided so.
    """

    answer: HttpResponse
    failed: str = ""
    handed_on: bool = True
    unheard: bool = False


@dataclass(frozen=True, slots=True)
class _Ended:
    """The answer of the far side.

    `told`: the status or error message that integration responses go by; None: a function did well.
    """

    answer: HttpResponse
    told: str | None
    failed: str = ""
    handed_on: bool = True


class _Gives(Exception):
    """The API answers by itself, as something went wrong."""

    def __init__(self, answer: HttpResponse, why: str) -> None:
        super().__init__(why)
        self.answer = answer


class Backends:
    """Passes requests on. `ask_api` asks another API of this cloud by its host, if it is one."""

    def __init__(self, world: World, ask_api: Callable[[str, HttpRequest], HttpResponse | None]) -> None:
        self._world = world
        self._ask_api = ask_api

    def answer(self, exchange: Exchange) -> Told:
        """Pass the request on, and wait for the answer."""
        made = exchange.arrival.route.integration
        try:
            if isinstance(made, Proxy):
                return self._changed_back(exchange, made.answers, self._proxy(exchange, made))
            if isinstance(made, Mapped):
                return self._mapped(exchange, made)
            if isinstance(made, Passed):
                return self._changed_back(exchange, made.answers, self._passed(exchange, made))
            return self._changed_back(exchange, made.answers, self._first_class(exchange, made))
        except TemplateFailed as problem:
            return Told(
                answers.own(exchange.arrival.api.kind, "API_CONFIGURATION_ERROR"),
                f"a mapping template fails: {problem}",
            )
        except _Gives as given:
            return Told(given.answer, str(given))

    def _proxy(self, exchange: Exchange, proxy: Proxy) -> Told:
        arrival = changed(exchange, proxy.changes).arrival
        payload = event_of(arrival, proxy.payload)
        function = self._filled(exchange, proxy.function)
        tenant = exchange.rest_value(proxy.tenant) if proxy.tenant else None
        parcel = FunctionParcel(payload=payload, invocation=REQUEST_RESPONSE, tenant=tenant or "")
        result = self._hop(exchange, function, parcel)
        if not result.ok:
            return Told(
                answers.rejected(arrival.api.kind, throttled=result.error == _THROTTLED), result.error
            )
        if result.value["error"] is not None:
            return Told(answers.failed(arrival.api.kind), "the function failed")
        return Told(answers.answer_of(arrival.api, proxy.payload, result.value["payload"]))

    def _mapped(self, exchange: Exchange, made: Mapped) -> Told:
        body = self._mapped_body(exchange, made)
        sent = Outgoing.of(exchange, made)
        if made.behind is Behind.NOTHING:
            asked = read(body.decode(errors="replace"))
            status = str(asked.get("statusCode", 200)) if isinstance(asked, Mapping) else "200"
            ended = _Ended(HttpResponse(int(status) if status.isdigit() else 500), status)
        elif made.behind is Behind.FUNCTION:
            ended = self._function(exchange, made, sent, body)
        elif made.behind is Behind.SERVICE:
            asked_for = ToService(
                self._placed(exchange, made.uri, sent),
                made.region or self._world.region,
                made.method,
                sent.headers,
                sent.query,
                body,
            )
            try:
                ended = self._service(exchange, prepared(asked_for))
            except NoSuchOperation as problem:
                raise _Gives(answers.own(ApiKind.REST, "API_CONFIGURATION_ERROR"), str(problem)) from None
        else:
            url = self._placed(exchange, made.uri, sent)
            ended = self._address(exchange, url, made.method, sent.query, sent.headers, body)
        return self._answer_by(exchange, made, ended)

    def _mapped_body(self, exchange: Exchange, made: Mapped) -> bytes:
        """https://docs.aws.amazon.com/apigateway/latest/developerguide/integration-passthrough-behaviors.html"""
        media = exchange.arrival.request.header("content-type").partition(";")[0].strip() or DEFAULT_TYPE
        template = made.templates.get(media)
        if template is not None:
            return render(template, exchange.scene(exchange.body)).encode()
        if made.passthrough == NEVER or (made.passthrough == WHEN_NO_TEMPLATES and made.templates):
            raise _Gives(answers.own(ApiKind.REST, "UNSUPPORTED_MEDIA_TYPE"), f"no template for {media}")
        return exchange.arrival.request.body

    def _function(self, exchange: Exchange, made: Mapped, sent: Outgoing, body: bytes) -> _Ended:
        try:
            payload = json.loads(body) if body.strip() else {}
        except ValueError:
            raise _Gives(
                answers.own(ApiKind.REST, "API_CONFIGURATION_ERROR"),
                "the payload for the function is no JSON",
            ) from None
        named = {name.lower(): value for name, value in sent.headers.items()}
        how = named.get("x-amz-invocation-type", REQUEST_RESPONSE)
        parcel = FunctionParcel(
            payload=payload,
            invocation=EVENT if how == EVENT else REQUEST_RESPONSE,
            tenant=named.get("x-amz-tenant-id", ""),
        )
        result = self._hop(exchange, self._filled(exchange, made.uri), parcel)
        if not result.ok:
            status = 429 if result.error == _THROTTLED else 500
            told = json.dumps({"message": result.message}).encode()
            return _Ended(HttpResponse(status, _OF_JSON, told), result.message, result.error)
        if how == EVENT:
            return _Ended(HttpResponse(202), None)
        error = result.value["error"]
        shown = json.dumps(result.value["payload"] if error is None else error).encode()
        message = None if error is None else str(error.get("errorMessage", ""))
        return _Ended(HttpResponse(200, _OF_JSON, shown), message, "the function failed" if error else "")

    def _service(self, exchange: Exchange, ready: Prepared) -> _Ended:
        recorder, api = self._world.recorder, exchange.arrival.api
        try:
            with recorder.caused_by(recorder.cause, actor=self._world.names.of(api.arn)):
                response = ready.refused() or self._world.calls.answer(ready.stamp, ready.request)
        except HTTPClientError as problem:
            raise _Gives(
                answers.own(api.kind, "INTEGRATION_FAILURE"), f"no answer: {type(problem).__name__}"
            ) from None
        answer = ready.answered(response)
        asked = f"{ready.stamp.service}:{ready.stamp.operation}"
        failed = f"{asked} answered {answer.status}" if answer.status >= 300 else ""
        return _Ended(answer, str(answer.status), failed, handed_on=False)

    def _first_class(self, exchange: Exchange, made: FirstClass) -> Told:
        given = {name: exchange.http_value(value) for name, value in made.parameters.items()}
        region = str(given.pop("Region", "")) or made.region or self._world.region
        try:
            ready = operation(made.service, made.operation, region, shaped(made, given))
        except (ParamValidationError, ValueError) as problem:
            return Told(HttpResponse.saying(400, "Bad Request"), str(problem))
        ended = self._service(exchange, ready)
        return Told(ended.answer, ended.failed, handed_on=False)

    def _passed(self, exchange: Exchange, made: Passed) -> Told:
        arrival = changed(exchange, made.changes).arrival
        request = arrival.request
        query, headers, placed = dict(request.query), dict(request.headers), dict(arrival.parameters)
        if arrival.api.kind is ApiKind.REST and made.changes:
            sent = Outgoing.by(exchange, made.changes)
            query, headers, placed = (
                {**query, **sent.query},
                {**headers, **sent.headers},
                {**placed, **sent.path},
            )
        url = self._placed(exchange, made.uri, Outgoing(headers, query, placed))
        if made.keeps_path and "overwrite:path" not in made.changes:
            url += f"{arrival.prefix}{request.path}"
        elif "overwrite:path" in made.changes:
            parts = urlsplit(url)
            url = f"{parts.scheme}://{parts.netloc}{request.path}"
        method = arrival.request.method if made.method == "ANY" else made.method
        ended = self._address(exchange, url, method, query, headers, request.body)
        return Told(ended.answer, ended.failed)

    def _address(
        self,
        exchange: Exchange,
        url: str,
        method: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        body: bytes,
    ) -> _Ended:
        """A request to an address outside, or to another API of this cloud."""
        if query:
            url += ("&" if "?" in url else "?") + urlencode(query)
        parts = urlsplit(url)
        body = b"" if method in _BODILESS else body
        request = HttpRequest(
            method,
            parts.path or "/",
            tuple(parse_qsl(parts.query, keep_blank_values=True)),
            tuple((name, value) for name, value in headers.items() if name.lower() != "host"),
            body,
        )
        answer = self._ask_api(parts.netloc, request)
        if answer is None:
            parcel = OutsideParcel(
                protocol=parts.scheme,
                endpoint=url,
                body=body.decode(errors="replace"),
                headers=dict(request.headers),
                method=method,
            )
            result = self._hop(exchange, url, parcel)
            if not result.ok:
                raise _Gives(answers.own(exchange.arrival.api.kind, "INTEGRATION_FAILURE"), result.message)
            status, kept, content = result.value or (200, (), b"")
            answer = HttpResponse(status, kept, content)
        failed = f"{parts.netloc} answered {answer.status}" if answer.status >= 400 else ""
        return _Ended(answer, str(answer.status), failed)

    def _answer_by(self, exchange: Exchange, made: Mapped, ended: _Ended) -> Told:
        """The answer by the integration response for it."""
        by = made.answer_for(ended.told)
        if by is None:
            why = ended.failed or f"no integration response for {ended.told}"
            return Told(answers.own(ApiKind.REST, "API_CONFIGURATION_ERROR"), why, ended.handed_on)
        context = exchange.context
        answer, headers = ended.answer, by_parameters(exchange, by, ended.answer)
        content = answer.body
        template = template_for(exchange, by)
        media = {name.lower(): value for name, value in answer.headers}.get("content-type", DEFAULT_TYPE)
        if template is not None:
            media, text = template
            content = render(text, exchange.scene(answer.body.decode(errors="replace"))).encode()
        override = context["responseOverride"]
        headers.update({str(name): str(value) for name, value in override["header"].items()})
        if not any(name.lower() == "content-type" for name in headers):
            headers["content-type"] = media
        status = status_of(override.get("status"), by.status)
        client = HttpResponse(status, tuple(headers.items()), content)
        unheard = bool(ended.failed) and not by.pattern and status < 400
        return Told(client, ended.failed if status >= 400 or unheard else "", ended.handed_on, unheard)

    def _changed_back(self, exchange: Exchange, changes: Mapping[str, Mapping[str, str]], told: Told) -> Told:
        found = changes.get(str(told.answer.status))
        return replace(told, answer=changed_back(exchange, found, told.answer)) if found else told

    def _hop(self, exchange: Exchange, target: str, parcel: FunctionParcel | OutsideParcel) -> HopResult:
        arrival = exchange.arrival
        return self._world.hops.run(Delivery(arrival.api.arn, target, (arrival.id,), parcel))

    def _filled(self, exchange: Exchange, text: str) -> str:
        """A text in which the stage's variables stand in for their names."""
        variables = exchange.arrival.stage.variables
        return _VARIABLE.sub(lambda found: variables.get(found[1], ""), text)

    def _placed(self, exchange: Exchange, uri: str, sent: Outgoing) -> str:
        """A URI with the values of `{name}`."""

        def value(found: re.Match[str]) -> str:
            return quote(sent.path.get(found[1], found[0]), safe="/{}")

        return _PLACE.sub(value, self._filled(exchange, uri))
