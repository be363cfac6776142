"""The errors that EventBridge answers with.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/CommonErrors.html
"""

from __future__ import annotations

from harness.sim.services.service import ServiceError

NOT_AN_ARN = "Provided Arn is not in correct format."


def invalid(message: str) -> ServiceError:
    """ValidationException."""
    return ServiceError("ValidationException", message)


def not_valid(parameter: str, reason: str = "") -> ServiceError:
    """ValidationException: "Parameter X is not valid." and, if there is one, the reason."""
    return invalid(f"Parameter {parameter} is not valid.{f' Reason: {reason}' if reason else ''}")


def not_found(what: str) -> ServiceError:
    """ResourceNotFoundException: "Event bus shop does not exist.", say."""
    return ServiceError("ResourceNotFoundException", f"{what} does not exist.")


def no_rule(name: str, bus: str) -> ServiceError:
    """ResourceNotFoundException for a rule."""
    return ServiceError("ResourceNotFoundException", f"Rule {name} does not exist on EventBus {bus}.")


def exists(what: str) -> ServiceError:
    """ResourceAlreadyExistsException: "Event bus shop already exists.", say."""
    return ServiceError("ResourceAlreadyExistsException", f"{what} already exists.")


def too_many() -> ServiceError:
    """LimitExceededException."""
    return ServiceError(
        "LimitExceededException", "The requested resource exceeds the maximum number allowed."
    )


def not_a_pattern(reason: str) -> ServiceError:
    """InvalidEventPatternException."""
    return ServiceError("InvalidEventPatternException", f"Event pattern is not valid. Reason: {reason}")
