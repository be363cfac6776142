"""The errors of CloudWatch in AWS's words.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CommonErrors.html
"""

from __future__ import annotations

from harness.sim.services.service import ServiceError


def invalid(message: str) -> ServiceError:
    """InvalidParameterValue."""
    return ServiceError("InvalidParameterValueException", message)


def bad_combination(message: str) -> ServiceError:
    """InvalidParameterCombination."""
    return ServiceError("InvalidParameterCombinationException", message)


def not_valid(message: str) -> ServiceError:
    """ValidationError."""
    return ServiceError("ValidationException", message)


def bad_token() -> ServiceError:
    """InvalidNextToken."""
    return ServiceError("InvalidNextToken", "The NextToken is not valid.")
