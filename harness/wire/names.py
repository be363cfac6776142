"""boto3's name of a service, from the name that a request was signed for, or the id in the model.

The services that `harness.aws` states facts of are found there. For any other, the heads of all of botocore's
models are read, once, which spares a table of names that would age.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceId

from harness import aws

_KIND = "service-2"
_HEAD = 8192
"""Characters of a model that hold its metadata: whole models take a minute to read."""


@cache
def _loader() -> Loader:
    return Loader()


@cache
def service_names() -> frozenset[str]:
    """The services that botocore knows."""
    return frozenset(_loader().list_available_services(_KIND))


def by_signature(signed_for: str, target_prefix: str, path: str) -> str:
    """The service that a request is for.

    `target_prefix` is the first part of X-Amz-Target: with the path, it tells services apart whose requests
    are signed for one name.
    """
    sharing = _signed_for(signed_for)
    for service in sharing:
        signing = service.signing
        if (signing.target and signing.target == target_prefix) or (
            signing.path and path.startswith(signing.path)
        ):
            return service.name
    for service in sharing:
        if not (service.signing.target or service.signing.path):
            return service.name
    return _unlisted(signed_for, target_prefix)


@cache
def sharing(service: str) -> tuple[str, ...]:
    """The other services whose requests are signed for the same name: OpenSearch's for that of es."""
    if service not in service_names():
        return ()
    name = _model(service).signed_for
    return tuple(model.name for model in _models() if model.signed_for == name and model.name != service)


@cache
def by_id(service_id: str) -> str:
    """The service with this id in its model, in lower case with hyphens."""
    for service in aws.services().values():
        if service.signing.id == service_id:
            return service.name
    for name in (service_id, service_id.replace("-", "")):
        if name in service_names():
            return name
    return next((model.name for model in _models() if model.id == service_id), service_id)


@cache
def by_package(package: str) -> str | None:
    """The service that this package of the SDK for Java is for; None: there is none.

    >>> by_package("bedrockagent"), by_package("cognitoidentityprovider"), by_package("nothing")
    ('bedrock-agent', 'cognito-idp', None)
    """
    if package in service_names():
        return package
    for name in service_names():
        if name.replace("-", "") == package:
            return name
    packages = {model.id.replace("-", "").removesuffix("service"): model.name for model in _models()}
    return packages.get(package)


@cache
def _signed_for(name: str) -> tuple[aws.Service, ...]:
    return tuple(
        service for service in aws.services().values() if (service.signing.name or service.name) == name
    )


@cache
def _unlisted(signed_for: str, target_prefix: str) -> str:
    """Of several services that fit, the last has the newest API: elb and elbv2."""
    if signed_for in service_names() and _model(signed_for).target_prefix in ("", target_prefix):
        return signed_for
    sharing = [model for model in _models() if model.signed_for == signed_for]
    fitting = [model for model in sharing if model.target_prefix == target_prefix] or sharing
    return fitting[-1].name if fitting else signed_for


@dataclass(frozen=True, slots=True)
class _Model:
    """The names of a service in botocore's model."""

    name: str
    id: str
    signed_for: str
    target_prefix: str


def _model(name: str) -> _Model:
    about = _head_of(name) or _loader().load_service_model(name, _KIND)["metadata"]
    service_id = ServiceId(about.get("serviceId", name)).hyphenize()
    signed_for = about.get("signingName", about["endpointPrefix"])
    return _Model(name, service_id, signed_for, about.get("targetPrefix", ""))


def _head_of(name: str) -> dict[str, Any]:
    """The metadata of botocore's own model; nothing where they don't stand in its head."""
    folder = Path(Loader.BUILTIN_DATA_PATH, name, _loader().determine_latest_version(name, _KIND))
    try:
        with gzip.open(folder / f"{_KIND}.json.gz", "rt", encoding="utf-8") as file:
            metadata = file.read(_HEAD).partition('"metadata"')[2]
        found: dict[str, Any] = json.JSONDecoder().raw_decode(metadata.lstrip(": \n"))[0]
    except (OSError, ValueError):
        return {}
    return found


@cache
def _models() -> tuple[_Model, ...]:
    return tuple(_model(name) for name in sorted(service_names()))
