"""From moto's REST APIs to those that are served.

https://docs.aws.amazon.com/apigateway/latest/api/API_Resource.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.app.resources import api_guards as guards
from harness.app.resources.integrations import integration, texts_by_name
from harness.aws.rules.http.guards import Validator
from harness.aws.rules.http.model import ApiKind, Route, ServedApi, Stage


def api_of(held: Any, arn: str) -> ServedApi:
    """The API, without stages."""
    validators = {each.id: guards.validator(each.to_dict()) for each in held.request_validators.values()}
    return ServedApi(
        ApiKind.REST,
        arn,
        held.id,
        name=held.name,
        routes=tuple(_routes(held, validators)),
        binary=tuple(held.binaryMediaTypes or ()),
        paths={id_: each.get_path() for id_, each in held.resources.items()},
        authorizers={
            id_: guards.authorizer(ApiKind.REST, each.to_json()) for id_, each in held.authorizers.items()
        },
        validators=validators,
        models={each.name: guards.schema(each.schema) for each in held.models.values()},
        own_answers={kind: guards.own_answer(each) for kind, each in held.gateway_responses.items()},
        key_by_authorizer=held.api_key_source == "AUTHORIZER",
    )


def stages_of(held: Any) -> tuple[Stage, ...]:
    """The stages that an API has now."""
    return tuple(
        Stage(name, texts_by_name(stage.variables), guards.method_limits(list(_settings(stage))))
        for name, stage in held.stages.items()
    )


def _settings(stage: Any) -> Iterator[Mapping[str, Any]]:
    for place, given in (stage.method_settings or {}).items():
        path, _, method = place.rpartition("/")
        yield {**given, "resourcePath": f"/{path.lstrip('/')}", "httpMethod": method}


def _routes(held: Any, validators: Mapping[str, Validator]) -> Iterator[Route]:
    for resource in held.resources.values():
        for method, each in resource.resource_methods.items():
            path, told = resource.get_path(), each.to_json()
            given = told.get("methodIntegration")
            if not given:
                continue
            about = {
                "RequestParameters": told.get("requestParameters"),
                "RequestModels": told.get("requestModels"),
            }
            yield Route(
                method,
                path,
                integration(None, ApiKind.REST, f"{method} {path}", _given(given)),
                told.get("authorizerId") or "",
                str(told.get("apiKeyRequired")).lower() == "true",
                guards.checks(about, validators.get(told.get("requestValidatorId") or "", Validator())),
            )


def _given(about: Mapping[str, Any]) -> dict[str, Any]:
    """What was given of an integration, with its responses as a list, which have a pattern each."""
    found = {name: value for name, value in about.items() if value is not None}
    return found | {"integrationResponses": list((found.get("integrationResponses") or {}).values())}
