"""APIs in front of one function, for the conformance tests of HTTP."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ECHO = "def handler(event, context): return {'statusCode': 200, 'body': __import__('json').dumps(event)}"
"""Answers with the event."""


def deploy(cloud: Any, folder: Path, code: str = ECHO, *, resources: Any = None, **function: Any) -> Any:
    """An app with one function, F. `function`: further properties of it, such as Events."""
    properties = {"Runtime": "python3.13", "Handler": "index.handler", "InlineCode": code, "Timeout": 60}
    template = {
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": {
            "F": {"Type": "AWS::Serverless::Function", "Properties": {**properties, **function}},
            **(resources or {}),
        },
    }
    path = folder / "template.json"
    path.write_text(json.dumps(template))
    return cloud.deploy(path)


def rest(cloud: Any, folder: Path, code: str = ECHO, *paths: str, method: str = "any", **api: Any) -> Any:
    """A REST API, with routes to F."""
    return _with_api(cloud, folder, code, paths, method, "Api", {"StageName": "prod", **api})


def http(cloud: Any, folder: Path, code: str = ECHO, *paths: str, method: str = "any", **api: Any) -> Any:
    """An HTTP API, with routes to F."""
    return _with_api(cloud, folder, code, paths, method, "HttpApi", api)


def _with_api(
    cloud: Any, folder: Path, code: str, paths: tuple[str, ...], method: str, kind: str, api: dict[str, Any]
) -> Any:
    reference = {"RestApiId" if kind == "Api" else "ApiId": {"Ref": "Front"}}
    events = {
        f"E{number}": {"Type": kind, "Properties": {"Path": path, "Method": method, **reference}}
        for number, path in enumerate(paths or ("/work",))
    }
    resources = {"Front": {"Type": f"AWS::Serverless::{kind}", "Properties": api}}
    app = deploy(cloud, folder, code, resources=resources, Events=events)
    return app.api("Front")


def returning(answer: Any) -> str:
    """The code of a function that gives this answer."""
    return f"def handler(event, context): return {answer!r}"


def rest_of(cloud: Any, folder: Path, integration: Any, *, resources: Any = None, **method: Any) -> Any:
    """An app with a REST API, Api, of one method, POST /work. `method`: further properties of it."""
    api = {"RestApiId": {"Ref": "Api"}}
    made = {
        "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "api"}},
        "Path": {
            "Type": "AWS::ApiGateway::Resource",
            "Properties": {**api, "ParentId": {"Fn::GetAtt": "Api.RootResourceId"}, "PathPart": "work"},
        },
        "Post": {
            "Type": "AWS::ApiGateway::Method",
            "Properties": {
                **api,
                "ResourceId": {"Ref": "Path"},
                "HttpMethod": "POST",
                "AuthorizationType": "NONE",
                "Integration": integration,
                **method,
            },
        },
        "Made": {"Type": "AWS::ApiGateway::Deployment", "Properties": api, "DependsOn": "Post"},
        "Prod": {
            "Type": "AWS::ApiGateway::Stage",
            "Properties": {
                **api,
                "DeploymentId": {"Ref": "Made"},
                "StageName": "prod",
                "Variables": {"color": "red"},
            },
        },
    }
    path = folder / "template.json"
    whole = {"Transform": "AWS::Serverless-2016-10-31", "Resources": {**made, **(resources or {})}}
    path.write_text(json.dumps(whole))
    return cloud.deploy(path)
