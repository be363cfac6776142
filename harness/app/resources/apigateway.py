"""API Gateway: REST APIs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from harness.app.intrinsics import Created
from harness.app.resources.api_guards import (
    authorizer,
    checks,
    method_limits,
    own_answer,
    schema,
    throttle,
    validator,
)
from harness.app.resources.integrations import api_of, integration, server, texts, texts_by_name
from harness.app.resources.openapi import document_of, of_document
from harness.app.resources.resource_type import Making, ResourceType, named_only, properties
from harness.app.resources.shapes import text
from harness.aws.rules.http.guards import RateLimit, Validator
from harness.aws.rules.http.model import ApiKind, Route, ServedApi, Stage
from harness.aws.rules.http.usage import ApiKey, Quota, UsagePlan
from harness.cloud import Unsupported

_OF_API = properties("RestApiId")
_DOMAINS = "names of hosts and certificates change nothing: the test asks the API itself"


def made_id(making: Making, *more: str) -> str:
    """An id as API Gateway makes them up, the same in every run."""
    told = "/".join((making.prefix, making.logical_id, *more))
    return hashlib.sha256(told.encode()).hexdigest()[:10]


def api_arn(making: Making, api_id: Any) -> str:
    """The ARN of an API whose id is given."""
    return making.arn("execute-api", text(api_id))


def create_api(making: Making) -> Created:
    cloud, id_ = server(making), made_id(making)
    if making.get("CloneFrom") is not None:
        raise Unsupported("CloneFrom: an API can't be cloned; describe it in the template")
    root = made_id(making, "root")
    api = ServedApi(
        ApiKind.REST,
        api_arn(making, id_),
        id_,
        name=text(making.get("Name", "")),
        binary=texts(making.get("BinaryMediaTypes")),
        paths={root: "/"},
        key_by_authorizer=text(making.get("ApiKeySourceType", "")).upper() == "AUTHORIZER",
    )
    body = document_of(making)
    cloud.put_api(api if body is None else of_document(making, api, body))
    making.named(api.arn)
    return Created(id_, {"RestApiId": id_, "RootResourceId": root, "Arn": api.arn})


def create_resource(making: Making) -> Created:
    cloud, id_, api = server(making), made_id(making), _api(making)
    above = text(making.need("ParentId"))
    if above not in api.paths:
        raise making.error(f"ParentId: {above} is no resource of the API", "ParentId")
    path = f"{api.paths[above].removesuffix('/')}/{text(making.need('PathPart'))}"
    cloud.put_api(replace(api, paths={**api.paths, id_: path}))
    return Created(id_, {"ResourceId": id_})


def create_method(making: Making) -> Created:
    cloud, api = server(making), _api(making)
    resource, method = text(making.need("ResourceId")), text(making.need("HttpMethod")).upper()
    if resource not in api.paths:
        raise making.error(f"ResourceId: {resource} is no resource of the API", "ResourceId")
    path, given = api.paths[resource], making.get("Integration")
    if not isinstance(given, Mapping):
        raise making.error(f"{method} {path} has no integration: API Gateway refuses to deploy such an API")
    guard, check = making.get("AuthorizerId"), making.get("RequestValidatorId")
    made = Route(
        method,
        path,
        integration(making, ApiKind.REST, f"{method} {path}", given),
        "" if guard is None else text(guard),
        making.is_true("ApiKeyRequired"),
        checks(making.properties, api.validators.get(text(check), Validator())),
    )
    cloud.put_api(replace(api, routes=(*api.routes, made)))
    return Created(making.logical_id)


def create_deployment(making: Making) -> Created:
    name = making.get("StageName")
    if name is not None:
        about = making.get("StageDescription") or {}
        limit = throttle(about)
        limits = {**({"": limit} if limit is not None else {}), **method_limits(about.get("MethodSettings"))}
        _add_stage(making, text(name), about.get("Variables"), limits)
    id_ = made_id(making)
    return Created(id_, {"DeploymentId": id_})


def create_stage(making: Making) -> Created:
    name = text(making.need("StageName"))
    _add_stage(making, name, making.get("Variables"), method_limits(making.get("MethodSettings")))
    return Created(name)


def _add_stage(making: Making, name: str, variables: Any, limits: Mapping[str, RateLimit]) -> None:
    api = _api(making)
    stage = Stage(name, texts_by_name(variables), limits)
    others = tuple(each for each in api.stages if each.name != name)
    server(making).put_api(replace(api, stages=(*others, stage)))


def create_authorizer(making: Making) -> Created:
    api, id_ = _api(making), made_id(making)
    made = authorizer(ApiKind.REST, making.properties)
    server(making).put_api(replace(api, authorizers={**api.authorizers, id_: made}))
    return Created(id_, {"AuthorizerId": id_})


def create_validator(making: Making) -> Created:
    api, id_ = _api(making), made_id(making)
    made = validator(making.properties)
    server(making).put_api(replace(api, validators={**api.validators, id_: made}))
    return Created(id_, {"RequestValidatorId": id_})


def create_model(making: Making) -> Created:
    api, name = _api(making), text(making.get("Name") or made_id(making))
    server(making).put_api(replace(api, models={**api.models, name: schema(making.get("Schema", {}))}))
    return Created(name)


def create_own_answer(making: Making) -> Created:
    api, kind = _api(making), text(making.need("ResponseType"))
    made = own_answer(making.properties)
    server(making).put_api(replace(api, own_answers={**api.own_answers, kind: made}))
    return Created(made_id(making))


def create_key(making: Making) -> Created:
    """The key is listed by boto3, too, for tests that look it up."""
    enabled = making.is_true("Enabled")
    value = making.get("Value")
    about = {} if value is None else {"value": value}
    made = making.call("apigateway", "create_api_key", name=making.name("Name"), enabled=enabled, **about)
    server(making).usage.add_key(ApiKey(made["id"], made["value"], enabled))
    return Created(made["id"], {"APIKeyId": made["id"]})


def create_plan(making: Making) -> Created:
    id_, quota, stages = made_id(making), making.get("Quota"), making.get("ApiStages") or ()
    places = {(text(each["ApiId"]), text(each["Stage"])): each.get("Throttle") for each in stages}
    methods = {
        (*place, text(path)): limit
        for place, given in places.items()
        for path, each in (given or {}).items()
        if (limit := throttle(each)) is not None
    }
    server(making).usage.add_plan(
        UsagePlan(
            id_,
            frozenset(places),
            throttle(making.get("Throttle")),
            Quota(int(quota["Limit"]), text(quota["Period"])) if quota and "Limit" in quota else None,
            methods,
        )
    )
    return Created(id_, {"Id": id_})


def create_plan_key(making: Making) -> Created:
    key, plan = text(making.need("KeyId")), text(making.need("UsagePlanId"))
    try:
        server(making).usage.join(plan, key)
    except LookupError as problem:
        raise making.error(str(problem)) from None
    return Created(f"{key}:{plan}", {"Id": f"{key}:{plan}"})


def _api(making: Making) -> ServedApi:
    return api_of(making, "RestApiId")


def _accepted(kind: str, name: str, note: str) -> ResourceType:
    return ResourceType(named_only("apigateway", kind, name), note=note, part_of=_OF_API)


TYPES = {
    "AWS::ApiGateway::RestApi": ResourceType(
        create_api,
        properties("ApiKeySourceType BinaryMediaTypes Body BodyS3Location CloneFrom Name"),
        properties(
            "Description DisableExecuteApiEndpoint EndpointAccessMode EndpointConfiguration "
            "FailOnWarnings MinimumCompressionSize Mode Parameters Policy SecurityPolicy Tags Version"
        ),
    ),
    "AWS::ApiGateway::Resource": ResourceType(
        create_resource, properties("ParentId PathPart RestApiId"), part_of=properties("ParentId RestApiId")
    ),
    "AWS::ApiGateway::Method": ResourceType(
        create_method,
        properties(
            "ApiKeyRequired AuthorizerId HttpMethod Integration RequestModels RequestParameters "
            "RequestValidatorId ResourceId RestApiId"
        ),
        properties("AuthorizationScopes AuthorizationType MethodResponses OperationName"),
        part_of=properties("Integration.Uri ResourceId RestApiId"),
    ),
    "AWS::ApiGateway::Deployment": ResourceType(
        create_deployment,
        properties("RestApiId StageDescription StageName"),
        properties("DeploymentCanarySettings Description"),
        part_of=_OF_API,
    ),
    "AWS::ApiGateway::Stage": ResourceType(
        create_stage,
        properties("MethodSettings RestApiId StageName Variables"),
        properties(
            "AccessLogSetting CacheClusterEnabled CacheClusterSize CanarySetting ClientCertificateId "
            "DeploymentId Description DocumentationVersion Tags TracingEnabled"
        ),
        part_of=_OF_API,
    ),
    "AWS::ApiGateway::Account": _accepted("account/", "Name", "nothing in a run depends on it"),
    "AWS::ApiGateway::ApiKey": ResourceType(
        create_key,
        properties("Enabled Name Value"),
        properties("CustomerId Description GenerateDistinctId StageKeys Tags"),
    ),
    "AWS::ApiGateway::Authorizer": ResourceType(
        create_authorizer,
        properties(
            "AuthorizerResultTtlInSeconds AuthorizerUri IdentitySource IdentityValidationExpression "
            "RestApiId Type"
        ),
        properties("AuthType AuthorizerCredentials Name ProviderARNs"),
        part_of=_OF_API,
    ),
    "AWS::ApiGateway::BasePathMapping": _accepted("basepathmappings/", "DomainName", _DOMAINS),
    "AWS::ApiGateway::DomainName": _accepted("domainnames/", "DomainName", _DOMAINS),
    "AWS::ApiGateway::GatewayResponse": ResourceType(
        create_own_answer,
        properties("ResponseParameters ResponseTemplates ResponseType RestApiId StatusCode"),
        part_of=_OF_API,
    ),
    "AWS::ApiGateway::Model": ResourceType(
        create_model,
        properties("Name RestApiId Schema"),
        properties("ContentType Description"),
        part_of=_OF_API,
    ),
    "AWS::ApiGateway::RequestValidator": ResourceType(
        create_validator,
        properties("RestApiId ValidateRequestBody ValidateRequestParameters"),
        properties("Name"),
        part_of=_OF_API,
    ),
    "AWS::ApiGateway::UsagePlan": ResourceType(
        create_plan, properties("ApiStages Quota Throttle"), properties("Description Tags UsagePlanName")
    ),
    "AWS::ApiGateway::UsagePlanKey": ResourceType(
        create_plan_key,
        properties("KeyId UsagePlanId"),
        properties("KeyType"),
        part_of=properties("KeyId UsagePlanId"),
    ),
}
