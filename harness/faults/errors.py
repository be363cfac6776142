"""AWS's errors when a service throttles, fails or denies, in its words: see `harness.aws`.

The operations and errors that exist are read from botocore's service models, when a fault names one.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from harness import aws
from harness.aws import Errors, Words
from harness.aws.facts import COMMON as COMMON
from harness.aws.facts import UNAVAILABLE
from harness.near import near
from harness.plan import PlanError, like

if TYPE_CHECKING:
    from botocore.loaders import Loader
    from botocore.model import ServiceModel, Shape


def throttling(operation: str) -> Words:
    """The answer of the service of "service:Operation" to too many requests."""
    return _words(operation).throttled


def failing(operation: str) -> Words:
    """The answer of the service of "service:Operation" when it fails."""
    return _words(operation).failing


def denying(operation: str, actor: str) -> Words:
    """The answer of the service of "service:Operation" to an actor without the permission."""
    words = _words(operation).denied
    message = (
        f"User: arn:aws:sts::000000000000:assumed-role/{actor} is not authorized to perform: "
        f"{_service(operation)}:{operation.partition(':')[2]}"
    )
    return Words(words.code, words.status, words.message or message)


def unavailable() -> Words:
    """The answer of any service during an outage."""
    return UNAVAILABLE


def named(operation: str, code: str) -> Words:
    """An error by its name, with its status by botocore's model."""
    if _is_pattern(operation):
        return Words(code, COMMON.get(code, 400))
    for shape in _errors(operation):
        if code in _names(shape):
            return Words(code, _status(shape))
    return Words(code, COMMON.get(code, 400))


def check_operation(operation: str) -> None:
    """Raise `PlanError` if there is no such service or operation. Patterns are not looked up."""
    service, _, name = operation.partition(":")
    if _is_pattern(service) or _asked_by(operation):
        return
    services, asked = _loader().list_available_services("service-2"), _asked()
    if service not in services and service not in asked:
        hint = near(service, [*services, *asked])
        raise PlanError(f'operation="{operation}": there is no service {service!r}{hint}')
    names = [asked[service]] if service in asked else _model(service).operation_names
    if service in asked or (not _is_pattern(name) and name not in names):
        hint = near(name, names)
        raise PlanError(f'operation="{operation}": {service} has no operation {name!r}{hint}')


def check_service(service: str) -> None:
    """Raise `PlanError` if there is no such service. Patterns are not looked up."""
    services = _loader().list_available_services("service-2")
    asked = _asked()
    if not (_is_pattern(service) or service in services or service in asked):
        hint = near(service, [*services, *asked])
        raise PlanError(f'service="{service}": there is no service {service!r}{hint}')


def check_code(operation: str, code: str) -> None:
    """Raise `PlanError` if an operation can't answer with this error."""
    service, _, name = operation.partition(":")
    if _is_pattern(service) or _asked_by(operation) or code in COMMON:
        return
    allowed = set(COMMON)
    shapes = _model(service).error_shapes if _is_pattern(name) else _errors(operation)
    for shape in shapes:
        allowed |= _names(shape)
    if code not in allowed:
        raise PlanError(f"code={code!r}: {operation} doesn't answer with it{near(code, allowed)}")


def _words(operation: str) -> Errors:
    return (_asked_by(operation) or aws.service(_service(operation))).errors


def _asked() -> dict[str, str]:
    """The services that HTTP clients ask without an SDK, by the names that faults have for them, and the
    names of the requests."""
    requests = (each.requests.partition(":") for each in aws.services().values() if each.requests)
    return {service: name for service, _, name in requests}


def _asked_by(operation: str) -> aws.Service | None:
    """The service whose places HTTP clients send requests to, if that is what the operation is.

    A pattern of the operation will do, as in "https:*".
    """
    service, _, name = operation.partition(":")
    if not like(name, _asked().get(service)):
        return None
    return next(each for each in aws.services().values() if each.requests.startswith(f"{service}:"))


def _service(operation: str) -> str:
    return operation.partition(":")[0]


def _is_pattern(name: str) -> bool:
    return "*" in name or "?" in name


def _errors(operation: str) -> list[Shape]:
    service, _, name = operation.partition(":")
    if _asked_by(operation):
        return []
    model = _model(service)
    return list(model.operation_model(name).error_shapes) if name in model.operation_names else []


def _names(shape: Shape) -> set[str]:
    return {shape.name, str(_error(shape).get("code", shape.name))}


def _status(shape: Shape) -> int:
    if "httpStatusCode" in _error(shape):
        return int(_error(shape)["httpStatusCode"])
    if shape.metadata.get("fault"):
        return 500
    inside = ("InternalServer", "InternalFailure", "InternalException", "InternalService", "KMSInternal")
    return 500 if shape.name.startswith(inside) else COMMON.get(shape.name, 400)


def _error(shape: Shape) -> dict[str, Any]:
    return dict(shape.metadata.get("error", {}))


@cache
def _loader() -> Loader:
    from botocore.loaders import Loader

    return Loader()


@cache
def _model(service: str) -> ServiceModel:
    from botocore.model import ServiceModel

    return ServiceModel(_loader().load_service_model(service, "service-2"), service)
