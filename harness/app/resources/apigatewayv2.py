"""API Gateway: HTTP APIs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from harness.app.intrinsics import Created
from harness.app.resources.api_guards import authorizer, route_limits
from harness.app.resources.apigateway import api_arn, made_id
from harness.app.resources.integrations import api_of, cors_of, integration, server, texts_by_name
from harness.app.resources.openapi import document_of, of_document
from harness.app.resources.resource_type import Making, ResourceType, named_only, properties
from harness.app.resources.shapes import text
from harness.aws.rules.http.model import ApiKind, Route, ServedApi, Stage

_OF_API = properties("ApiId")
_DOMAINS = "names of hosts and certificates change nothing: the test asks the API itself"


def create_api(making: Making) -> Created:
    cloud, id_ = server(making), made_id(making)
    kind = ApiKind.WEBSOCKET if making.get("ProtocolType") == "WEBSOCKET" else ApiKind.HTTP
    api = ServedApi(
        kind,
        api_arn(making, id_),
        id_,
        name=text(making.get("Name", "")),
        cors=cors_of(making.get("CorsConfiguration")),
    )
    body, target = document_of(making), making.get("Target")
    if body is not None:
        api = of_document(making, api, body)
    if target is not None:
        key = text(making.get("RouteKey", "$default"))
        given = {"type": "AWS_PROXY", "uri": target, "payloadFormatVersion": "2.0"}
        made = _route(key, integration(making, ApiKind.HTTP, key, given))
        api = replace(api, routes=(*api.routes, made), stages=(*api.stages, Stage("$default")))
    cloud.put_api(api)
    making.named(api.arn)
    scheme = "wss" if kind is ApiKind.WEBSOCKET else "https"
    endpoint = f"{scheme}://{id_}.execute-api.{making.cloud.region}.amazonaws.com"
    return Created(id_, {"ApiId": id_, "ApiEndpoint": endpoint, "Arn": api.arn, "ExecuteApiArn": api.arn})


def create_integration(making: Making) -> Created:
    cloud, id_, api = server(making), made_id(making), _api(making)
    if api.kind is ApiKind.WEBSOCKET:
        return Created(id_, {"IntegrationId": id_})
    made = integration(making, ApiKind.HTTP, making.logical_id, making.properties)
    cloud.put_api(replace(api, parts={**api.parts, id_: made}))
    return Created(id_, {"IntegrationId": id_})


def create_route(making: Making) -> Created:
    cloud, api, key = server(making), _api(making), text(making.need("RouteKey"))
    target, id_ = text(making.get("Target", "")).removeprefix("integrations/"), made_id(making)
    if api.kind is ApiKind.WEBSOCKET:
        return Created(id_, {"RouteId": id_})
    if target not in api.parts:
        raise making.error(f"Target: {target} is no integration of the API", "Target")
    guard = making.get("AuthorizerId")
    made = replace(_route(key, api.parts[target]), authorizer="" if guard is None else text(guard))
    cloud.put_api(replace(api, routes=(*api.routes, made)))
    return Created(id_, {"RouteId": id_})


def create_stage(making: Making) -> Created:
    cloud, api, name = server(making), _api(making), text(making.need("StageName"))
    limits = route_limits(making.get("DefaultRouteSettings"), making.get("RouteSettings"))
    stage = Stage(name, texts_by_name(making.get("StageVariables")), limits)
    cloud.put_api(replace(api, stages=(*api.stages, stage)))
    return Created(name)


def create_authorizer(making: Making) -> Created:
    api, id_ = _api(making), made_id(making)
    made = authorizer(ApiKind.HTTP, making.properties)
    server(making).put_api(replace(api, authorizers={**api.authorizers, id_: made}))
    return Created(id_, {"AuthorizerId": id_})


def _route(key: str, made: Any) -> Route:
    method, _, path = key.rpartition(" ")
    return Route(method or "ANY", path, made)


def _api(making: Making) -> ServedApi:
    return api_of(making, "ApiId")


def _accepted(kind: str, name: str, note: str) -> ResourceType:
    return ResourceType(named_only("apigateway", kind, name), note=note, part_of=_OF_API)


TYPES = {
    "AWS::ApiGatewayV2::Api": ResourceType(
        create_api,
        properties("Body BodyS3Location CorsConfiguration Name ProtocolType RouteKey Target"),
        properties(
            "ApiKeySelectionExpression BasePath CredentialsArn Description DisableExecuteApiEndpoint "
            "DisableSchemaValidation FailOnWarnings IpAddressType RouteSelectionExpression Tags Version"
        ),
    ),
    "AWS::ApiGatewayV2::Integration": ResourceType(
        create_integration,
        properties(
            "ApiId ConnectionType IntegrationMethod IntegrationSubtype IntegrationType IntegrationUri "
            "PayloadFormatVersion RequestParameters ResponseParameters TimeoutInMillis"
        ),
        properties(
            "ConnectionId ContentHandlingStrategy CredentialsArn Description PassthroughBehavior "
            "RequestTemplates TemplateSelectionExpression TlsConfig"
        ),
        part_of=properties("ApiId IntegrationUri"),
    ),
    "AWS::ApiGatewayV2::Route": ResourceType(
        create_route,
        properties("ApiId AuthorizerId RouteKey Target"),
        properties(
            "ApiKeyRequired AuthorizationScopes AuthorizationType ModelSelectionExpression OperationName "
            "RequestModels RequestParameters RouteResponseSelectionExpression"
        ),
        part_of=properties("ApiId Target"),
    ),
    "AWS::ApiGatewayV2::Stage": ResourceType(
        create_stage,
        properties("ApiId DefaultRouteSettings RouteSettings StageName StageVariables"),
        properties(
            "AccessLogSettings AccessPolicyId AutoDeploy ClientCertificateId DeploymentId Description Tags"
        ),
        part_of=_OF_API,
    ),
    "AWS::ApiGatewayV2::Deployment": _accepted(
        "deployments/", "StageName", "routes work once they are there"
    ),
    "AWS::ApiGatewayV2::Authorizer": ResourceType(
        create_authorizer,
        properties(
            "ApiId AuthorizerPayloadFormatVersion AuthorizerResultTtlInSeconds AuthorizerType AuthorizerUri "
            "EnableSimpleResponses IdentitySource IdentityValidationExpression"
        ),
        properties("AuthorizerCredentialsArn JwtConfiguration Name"),
        part_of=_OF_API,
    ),
    "AWS::ApiGatewayV2::ApiMapping": _accepted("apimappings/", "DomainName", _DOMAINS),
    "AWS::ApiGatewayV2::DomainName": _accepted("domainnames/", "DomainName", _DOMAINS),
    "AWS::ApiGatewayV2::VpcLink": _accepted("vpclinks/", "Name", "nothing in a run depends on it"),
}
