"""Errors of Step Functions, in AWS's words.

https://docs.aws.amazon.com/step-functions/latest/apireference/CommonErrors.html
"""

from __future__ import annotations

from harness.sim.services.service import ServiceError


def invalid_arn(arn: str, why: str = "") -> ServiceError:
    return ServiceError("InvalidArn", f"Invalid Arn: '{why or f'Invalid ARN prefix: {arn}'}'")


def invalid_name(name: str) -> ServiceError:
    return ServiceError("InvalidName", f"Invalid Name: '{name}'")


def invalid_token() -> ServiceError:
    return ServiceError("InvalidToken", "Invalid Token: 'Invalid token'")


def task_timed_out() -> ServiceError:
    return ServiceError("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")


def no_such_machine(arn: str) -> ServiceError:
    return ServiceError("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")


def no_such_execution(arn: str) -> ServiceError:
    return ServiceError("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")


def no_such_activity(arn: str) -> ServiceError:
    return ServiceError("ActivityDoesNotExist", f"Activity Does Not Exist: '{arn}'")


def not_found(message: str = "Request references a resource that does not exist.") -> ServiceError:
    return ServiceError("ResourceNotFound", message)


def conflict(message: str) -> ServiceError:
    return ServiceError("ConflictException", message)


def invalid(message: str) -> ServiceError:
    return ServiceError("ValidationException", message)


def wrong_type() -> ServiceError:
    return ServiceError(
        "StateMachineTypeNotSupported", "This operation is not supported by this type of state machine"
    )
