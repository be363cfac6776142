"""OpenAPI documents with API Gateway's extensions.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from harness.app.intrinsics import LEFT_OUT
from harness.app.resources.api_guards import authorizer, documented_checks, own_answer, security, validator
from harness.app.resources.integrations import cors_of, integration
from harness.app.resources.resource_type import Making
from harness.app.resources.shapes import text
from harness.app.template import TemplateError, parse_values, read_text
from harness.aws.rules.http.guards import Validator
from harness.aws.rules.http.model import Route, ServedApi
from harness.cloud import Unsupported

_EXTENSION = "x-amazon-apigateway-"
_METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
_KEY_HEADER = "x-api-key"


def document_of(making: Making) -> Any:
    """The document that a template gives an API, in itself or in a file; None if there is none.

    Of a document on S3, the file with its name beside the template is taken.
    """
    location = making.get("BodyS3Location")
    if location is None:
        return making.get("Body")
    if isinstance(location, Mapping):
        key = text(location.get("Key", ""))
        name = PurePosixPath(key).name
        if not name or not making.path(name).is_file():
            raise Unsupported(
                f"BodyS3Location: {key} is on S3; put a copy beside the template, or name "
                "a local file in DefinitionUri"
            )
        location = name
    path = making.path(text(location))
    if not path.is_file():
        raise making.error(f"BodyS3Location: {location} does not exist (looked at {path})")
    found = parse_values(read_text(path), path)
    if not isinstance(found, Mapping):
        raise TemplateError(path, "", "expected an OpenAPI document")
    return found


def of_document(making: Making, api: ServedApi, document: Any) -> ServedApi:
    """An API with the routes and settings of a document."""
    if not isinstance(document, Mapping):
        raise making.error("Body: expected an OpenAPI document", "Body")
    document = _filled(document, making)
    api = _guarded(api, document)
    routes = tuple(_routes(making, api, document))
    binary = tuple(map(str, document.get(_EXTENSION + "binary-media-types") or ()))
    cors = cors_of(document.get(_EXTENSION + "cors"))
    by_authorizer = document.get(_EXTENSION + "api-key-source") == "AUTHORIZER"
    return replace(
        api,
        name=api.name or text((document.get("info") or {}).get("title", "")),
        routes=(*api.routes, *routes),
        binary=(*api.binary, *binary),
        cors=api.cors or cors,
        key_by_authorizer=api.key_by_authorizer or by_authorizer,
    )


def _filled(value: Any, making: Making) -> Any:
    """A part of a document with the pseudo parameters that stand in its texts without Fn::Sub."""
    if isinstance(value, Mapping):
        return {name: _filled(each, making) for name, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, making) for each in value]
    if isinstance(value, str) and "${AWS::" in value:
        known = {"Region": making.cloud.region, "AccountId": making.cloud.account, "Partition": "aws"}
        for name, filled in known.items():
            value = value.replace(f"${{AWS::{name}}}", filled)
    return value


def _guarded(api: ServedApi, document: Mapping[str, Any]) -> ServedApi:
    """With the authorizers, validators, models and gateway responses of a document."""
    schemes = _schemes(document)
    authorizers = {
        name: authorizer(api.kind, _authorizer_in(scheme))
        for name, scheme in schemes.items()
        if _EXTENSION + "authorizer" in scheme
    }
    validators = document.get(_EXTENSION + "request-validators") or {}
    answers = document.get(_EXTENSION + "gateway-responses") or {}
    models = document.get("definitions") or (document.get("components") or {}).get("schemas") or {}
    return replace(
        api,
        authorizers={**api.authorizers, **authorizers},
        validators={**api.validators, **{name: validator(each) for name, each in validators.items()}},
        models={**api.models, **models},
        own_answers={**api.own_answers, **{name: own_answer(each) for name, each in answers.items()}},
    )


def _schemes(document: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    within = document.get("components") or {}
    return dict(document.get("securityDefinitions") or within.get("securitySchemes") or {})


def _authorizer_in(scheme: Mapping[str, Any]) -> dict[str, Any]:
    """A scheme's authorizer, with the header that the scheme names."""
    given = dict(scheme[_EXTENSION + "authorizer"])
    if scheme.get("in") == "header" and scheme.get("name") not in (None, "Unused"):
        given.setdefault("name", scheme["name"])
    return given


def _routes(making: Making, api: ServedApi, document: Mapping[str, Any]) -> Iterator[Route]:
    for path, item in (document.get("paths") or {}).items():
        for name, operation in item.items():
            any_method = name == _EXTENSION + "any-method"
            if (any_method or name.lower() in _METHODS) and not _is_left_out(making, operation):
                method = "ANY" if any_method else name.upper()
                shared = item.get("parameters")
                yield _route(making, api, document, method, path, operation or {}, shared)


def _is_left_out(making: Making, operation: Any) -> bool:
    """Does an operation call a function that the user left out? Then it is left out, too.

    Of an alias that is left out, Ref gives a made-up name where AWS has an ARN.
    """
    about = operation.get(_EXTENSION + "integration") if isinstance(operation, Mapping) else None
    uri = text(about.get("uri") or "") if isinstance(about, Mapping) else ""
    return LEFT_OUT in uri or f"/functions/{making.prefix}-" in uri


def _route(
    making: Making,
    api: ServedApi,
    document: Mapping[str, Any],
    method: str,
    path: str,
    operation: Mapping[str, Any],
    shared: Any,
) -> Route:
    given = operation.get(_EXTENSION + "integration")
    if given is None:
        told = f"{method} {path} has no integration: API Gateway refuses to deploy such an API"
        raise making.error(told)
    asked, schemes = tuple(security(document, operation)), _schemes(document)
    keys = {name for name, each in schemes.items() if text(each.get("name", "")).lower() == _KEY_HEADER}
    extension = _EXTENSION + "request-validator"
    wanted = text(operation.get(extension, document.get(extension, "")))
    return Route(
        method,
        "$default" if path == "/$default" else path,
        integration(making, api.kind, f"{method} {path}", given),
        next((name for name in asked if name in api.authorizers), ""),
        any(name in keys for name in asked),
        documented_checks(operation, shared, api.validators.get(wanted, Validator())),
    )
