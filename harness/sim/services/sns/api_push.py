"""The operations about mobile push: applications and endpoints are kept, and nothing is pushed to them.

Nobody checks the credentials of an application. https://docs.aws.amazon.com/sns/latest/dg/sns-mobile-application-as-subscriber.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from harness.cloud import Unsupported
from harness.sim.services.service import Caller, Params, ServiceError
from harness.sim.services.sns.errors import check_arn, invalid, is_percentage, missing, not_found
from harness.sim.services.sns.pages import page

PLATFORMS = ("ADM", "APNS", "APNS_SANDBOX", "BAIDU", "Baidu", "FCM", "GCM", "MPNS", "WNS")
USER_DATA_BYTES_MAX = 2048
_WITHOUT_PRINCIPAL = ("FCM", "GCM")
_SECRETS = ("PlatformCredential", "PlatformPrincipal")
_ENDPOINT_ATTRIBUTES = ("CustomUserData", "Enabled", "Token")
_NAME = re.compile(r"[A-Za-z0-9._-]+")


@dataclass(eq=False)
class Application:
    """An application of a platform. `secrets`: its credentials, which are never shown."""

    arn: str
    attributes: dict[str, str]
    secrets: dict[str, str]
    endpoints: dict[str, PushEndpoint] = field(default_factory=dict)


@dataclass(eq=False)
class PushEndpoint:
    """One device with one application."""

    arn: str
    attributes: dict[str, str]


class PushApi:
    """One method an operation."""

    def __init__(self, new_id: Callable[[], str]) -> None:
        self._new_id = new_id
        self._applications: dict[str, Application] = {}

    def create_platform_application(self, params: Params, caller: Caller) -> Params:
        name, platform, given = params["Name"], params["Platform"], params.get("Attributes") or {}
        _check_name(name)
        if platform not in PLATFORMS:
            raise invalid("Platform", f"{platform} is not supported")
        if not given:
            raise missing("attributes")
        _check_secrets(platform, given)
        attributes = {"Enabled": "true"} | _checked(given)
        secrets = {name: given[name] for name in _SECRETS if name in given}
        arn = f"arn:aws:sns:{caller.region}:{caller.account}:app/{platform}/{name}"
        existing = self._applications.setdefault(arn, Application(arn, attributes, secrets))
        if (existing.attributes, existing.secrets) != (attributes, secrets):
            raise invalid("Name", "An application with the same name but different properties already exists")
        return {"PlatformApplicationArn": arn}

    def delete_platform_application(self, params: Params, caller: Caller) -> Params:
        arn = params["PlatformApplicationArn"]
        _check_application_arn(arn, caller)
        self._applications.pop(arn, None)
        return {}

    def get_platform_application_attributes(self, params: Params, caller: Caller) -> Params:
        return {"Attributes": dict(self._application(params, caller).attributes)}

    def list_platform_applications(self, params: Params, caller: Caller) -> Params:
        here = f"arn:aws:sns:{caller.region}:{caller.account}:"
        found = [
            {"PlatformApplicationArn": application.arn, "Attributes": dict(application.attributes)}
            for application in self._applications.values()
            if application.arn.startswith(here)
        ]
        return page("PlatformApplications", found, params.get("NextToken"))

    def set_platform_application_attributes(self, params: Params, caller: Caller) -> Params:
        _check_application_arn(params["PlatformApplicationArn"], caller)
        given = params.get("Attributes") or {}
        if not given:
            raise missing("attributes")
        application = self._application(params, caller)
        application.attributes |= _checked(given)
        application.secrets |= {name: given[name] for name in _SECRETS if name in given}
        return {}

    def create_platform_endpoint(self, params: Params, caller: Caller) -> Params:
        application, token = self._application(params, caller), params["Token"]
        if not token:
            raise invalid("Token", "cannot be empty")
        given = params.get("Attributes") or {}
        _check_endpoint_attributes(given)
        data = params.get("CustomUserData")
        attributes = {"Enabled": "true", "Token": token} | ({"CustomUserData": data} if data else {}) | given
        existing = next((e for e in application.endpoints.values() if e.attributes["Token"] == token), None)
        if existing is None:
            arn = f"{application.arn.replace(':app/', ':endpoint/', 1)}/{self._new_id()}"
            application.endpoints[arn] = existing = PushEndpoint(arn, attributes)
        elif existing.attributes != attributes:
            told = f"Endpoint {existing.arn} already exists with the same Token, but different attributes."
            raise invalid("Token", told)
        return {"EndpointArn": existing.arn}

    def delete_endpoint(self, params: Params, caller: Caller) -> Params:
        arn = params["EndpointArn"]
        _check_endpoint_arn(arn, caller)
        for application in self._applications.values():
            application.endpoints.pop(arn, None)
        return {}

    def get_endpoint_attributes(self, params: Params, caller: Caller) -> Params:
        return {"Attributes": dict(self._endpoint(params, caller).attributes)}

    def set_endpoint_attributes(self, params: Params, caller: Caller) -> Params:
        endpoint, given = self._endpoint(params, caller), params.get("Attributes") or {}
        if not given:
            raise missing("attributes")
        _check_endpoint_attributes(given)
        endpoint.attributes |= given
        return {}

    def list_endpoints_by_platform_application(self, params: Params, caller: Caller) -> Params:
        found = [
            {"EndpointArn": endpoint.arn, "Attributes": dict(endpoint.attributes)}
            for endpoint in self._application(params, caller).endpoints.values()
        ]
        return page("Endpoints", found, params.get("NextToken"))

    def push(self, arn: str, caller: Caller) -> Params:
        """Publish to an endpoint."""
        _check_endpoint_arn(arn, caller, "TargetArn")
        endpoint = self._find(arn)
        if endpoint is None:
            raise invalid("TargetArn", "No endpoint found for the target arn specified")
        if endpoint.attributes["Enabled"].lower() != "true":
            raise ServiceError("EndpointDisabled", "Endpoint is disabled")
        raise Unsupported("sns:Publish to a mobile endpoint doesn't run in sim; localstack has mobile push")

    def _application(self, params: Params, caller: Caller) -> Application:
        arn = params["PlatformApplicationArn"]
        _check_application_arn(arn, caller)
        application = self._applications.get(arn)
        if application is None:
            raise not_found("PlatformApplication")
        return application

    def _endpoint(self, params: Params, caller: Caller) -> PushEndpoint:
        arn = params["EndpointArn"]
        _check_endpoint_arn(arn, caller)
        endpoint = self._find(arn)
        if endpoint is None:
            raise not_found("Endpoint")
        return endpoint

    def _find(self, arn: str) -> PushEndpoint | None:
        return next((a.endpoints[arn] for a in self._applications.values() if arn in a.endpoints), None)


def _check_name(name: str) -> None:
    if not name:
        raise invalid(name, "cannot be empty")
    if len(name) > 256:
        raise invalid(name, "must be at most 256 characters long")
    if not _NAME.fullmatch(name):
        raise invalid(name, "must contain only characters 'a'-'z', 'A'-'Z', '0'-'9', '_', '-', and '.'")


def _check_secrets(platform: str, given: Mapping[str, str]) -> None:
    credential, principal = ("PlatformCredential" in given), ("PlatformPrincipal" in given)
    if principal and not credential:
        raise invalid("Attributes", "PlatformPrincipal attribute provided without PlatformCredential")
    if credential and not principal and platform not in _WITHOUT_PRINCIPAL:
        raise invalid("Attributes", "PlatformCredential attribute provided without PlatformPrincipal")
    if not credential:
        raise _bad_attribute("PlatformCredential", "cannot be empty")


def _checked(given: Mapping[str, str]) -> dict[str, str]:
    rate = given.get("SuccessFeedbackSampleRate", "0")
    if not is_percentage(rate):
        raise _bad_attribute(
            "SuccessFeedbackSampleRate", f"{rate} value provided is not an integer between 0-100"
        )
    return {name: value for name, value in given.items() if name not in _SECRETS}


def _check_endpoint_attributes(given: Mapping[str, str]) -> None:
    for name in given:
        if name not in _ENDPOINT_ATTRIBUTES:
            raise invalid("Attributes", f"Invalid attribute name: {name}")
    if given.get("Token") == "":
        raise _bad_attribute("Token", "cannot be empty")
    if len(given.get("CustomUserData", "").encode()) > USER_DATA_BYTES_MAX:
        raise _bad_attribute("CustomUserData", "must be at most 2048 bytes long in UTF-8 encoding")


def _bad_attribute(name: str, rule: str) -> ServiceError:
    return invalid("Attributes", f"Invalid value for attribute: {name}: {rule}")


def _check_application_arn(arn: str, caller: Caller) -> None:
    _check_parts(arn, caller, "PlatformApplicationArn", "app", 3)


def _check_endpoint_arn(arn: str, caller: Caller, parameter: str = "EndpointArn") -> None:
    parts = _check_parts(arn, caller, parameter, "endpoint", 4)
    if len(parts[3]) != 36:
        raise invalid(
            parameter, "ARN specifies an invalid endpointId: UUID must be encoded in exactly 36 characters."
        )


def _check_parts(arn: str, caller: Caller, parameter: str, kind: str, count: int) -> list[str]:
    check_arn(arn, caller.region, parameter)
    parts = arn.split(":", 5)[5].split("/")
    if len(parts) != count or parts[0] != kind:
        raise invalid(parameter, "Wrong number of slashes in relative portion of the ARN.")
    return parts
