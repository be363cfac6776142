"""The errors that many of Lambda's operations answer with.

https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html
"""

from __future__ import annotations

from harness.sim.services.service import ServiceError


def invalid(message: str, *, whose: str | None = "User") -> ServiceError:
    """InvalidParameterValueException. A few of Lambda's don't say whose fault it is: `whose` None."""
    if whose is None:
        return ServiceError("InvalidParameterValueException", message)
    return ServiceError("InvalidParameterValueException", message, Type=whose)


def missing(message: str = "The resource you requested does not exist.") -> ServiceError:
    """ResourceNotFoundException."""
    return ServiceError("ResourceNotFoundException", message, 404, Type="User")


def not_found(arn: str) -> ServiceError:
    """ResourceNotFoundException for a function."""
    return missing(f"Function not found: {arn}")


def stale(operations: str) -> ServiceError:
    """PreconditionFailedException: the caller has seen another revision."""
    return ServiceError(
        "PreconditionFailedException",
        f"The Revision Id provided does not match the latest Revision Id. Call the {operations} API to "
        "retrieve the latest Revision Id",
        412,
        Type="User",
    )
