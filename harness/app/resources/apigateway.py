"""API Gateway: REST APIs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from harness.app.intrinsics import Created
from harness.app.resources.integrations import integration, of_document, server, texts
from harness.app.resources.resource_type import Making, ResourceType, named_only, properties
from harness.app.resources.shapes import text
from harness.aws.rules.http.model import ApiKind, Route, ServedApi, Stage
from harness.cloud import Unsupported

_OF_API = properties("RestApiId")
_KEYS = "API keys and usage plans are not evaluated: every request is let in"
_CHECKED = "requests are not checked by models and validators"
_AUTHORIZERS = "authorizers are not run: every request is let in, and the test says who it comes from"
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
    if making.get("BodyS3Location") is not None or making.get("CloneFrom") is not None:
        raise Unsupported(
            "APIs are read from the template itself; write the document into DefinitionBody or Body"
        )
    root = made_id(making, "root")
    api = ServedApi(
        ApiKind.REST,
        api_arn(making, id_),
        id_,
        name=text(making.get("Name", "")),
        binary=texts(making.get("BinaryMediaTypes")),
        paths={root: "/"},
    )
    body = making.get("Body")
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
    made = Route(method, path, integration(making, ApiKind.REST, f"{method} {path}", given))
    cloud.put_api(replace(api, routes=(*api.routes, made)))
    return Created(making.logical_id)


def create_deployment(making: Making) -> Created:
    name = making.get("StageName")
    if name is not None:
        settings = making.get("StageDescription") or {}
        _add_stage(making, text(name), settings.get("Variables"))
    id_ = made_id(making)
    return Created(id_, {"DeploymentId": id_})


def create_stage(making: Making) -> Created:
    name = text(making.need("StageName"))
    _add_stage(making, name, making.get("Variables"))
    return Created(name)


def _add_stage(making: Making, name: str, variables: Any) -> None:
    api = _api(making)
    stage = Stage(name, {text(key): text(value) for key, value in (variables or {}).items()})
    others = tuple(each for each in api.stages if each.name != name)
    server(making).put_api(replace(api, stages=(*others, stage)))


def _api(making: Making) -> ServedApi:
    return server(making).api(api_arn(making, making.need("RestApiId")))


def _accepted(kind: str, name: str, note: str) -> ResourceType:
    return ResourceType(named_only("apigateway", kind, name), note=note, part_of=_OF_API)


TYPES = {
    "AWS::ApiGateway::RestApi": ResourceType(
        create_api,
        properties("BinaryMediaTypes Body BodyS3Location CloneFrom Name"),
        properties(
            "ApiKeySourceType Description DisableExecuteApiEndpoint EndpointAccessMode EndpointConfiguration "
            "FailOnWarnings MinimumCompressionSize Mode Parameters Policy SecurityPolicy Tags"
        ),
    ),
    "AWS::ApiGateway::Resource": ResourceType(
        create_resource, properties("ParentId PathPart RestApiId"), part_of=properties("ParentId RestApiId")
    ),
    "AWS::ApiGateway::Method": ResourceType(
        create_method,
        properties("HttpMethod Integration ResourceId RestApiId"),
        properties(
            "ApiKeyRequired AuthorizationScopes AuthorizationType AuthorizerId MethodResponses OperationName "
            "RequestModels RequestParameters RequestValidatorId"
        ),
        part_of=properties("ResourceId RestApiId"),
    ),
    "AWS::ApiGateway::Deployment": ResourceType(
        create_deployment,
        properties("RestApiId StageDescription StageName"),
        properties("DeploymentCanarySettings Description"),
        part_of=_OF_API,
    ),
    "AWS::ApiGateway::Stage": ResourceType(
        create_stage,
        properties("RestApiId StageName Variables"),
        properties(
            "AccessLogSetting CacheClusterEnabled CacheClusterSize CanarySetting ClientCertificateId "
            "DeploymentId Description DocumentationVersion MethodSettings Tags TracingEnabled"
        ),
        part_of=_OF_API,
    ),
    "AWS::ApiGateway::Account": _accepted("account/", "Name", "nothing in a run depends on it"),
    "AWS::ApiGateway::ApiKey": _accepted("apikeys/", "Name", _KEYS),
    "AWS::ApiGateway::Authorizer": _accepted("authorizers/", "Name", _AUTHORIZERS),
    "AWS::ApiGateway::BasePathMapping": _accepted("basepathmappings/", "DomainName", _DOMAINS),
    "AWS::ApiGateway::DomainName": _accepted("domainnames/", "DomainName", _DOMAINS),
    "AWS::ApiGateway::GatewayResponse": _accepted(
        "gatewayresponses/", "ResponseType", "answers that API Gateway gives itself are its usual ones"
    ),
    "AWS::ApiGateway::Model": _accepted("models/", "Name", _CHECKED),
    "AWS::ApiGateway::RequestValidator": _accepted("requestvalidators/", "Name", _CHECKED),
    "AWS::ApiGateway::UsagePlan": _accepted("usageplans/", "UsagePlanName", _KEYS),
    "AWS::ApiGateway::UsagePlanKey": _accepted("usageplankeys/", "KeyId", _KEYS),
}
