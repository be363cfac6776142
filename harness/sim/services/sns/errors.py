"""The errors that SNS answers with.

https://docs.aws.amazon.com/sns/latest/api/CommonErrors.html
"""

from __future__ import annotations

from harness.sim.services.service import Params, ServiceError
from harness.sim.services.validation import lacks

_INVALID = "Invalid parameter: "


def invalid(what: str, reason: str = "") -> ServiceError:
    """InvalidParameter, in the words of SNS: "Invalid parameter: what Reason: reason"."""
    return ServiceError("InvalidParameter", f"{_INVALID}{what}" + (f" Reason: {reason}" if reason else ""))


def of_attributes(error: ServiceError) -> ServiceError:
    """The same complaint about an attribute, from an operation that takes all of them at once."""
    return invalid("Attributes", error.message.removeprefix(_INVALID))


def not_found(what: str) -> ServiceError:
    """NotFound: "Topic" or "Subscription" does not exist."""
    return ServiceError("NotFound", f"{what} does not exist", 404)


def bad_value(message: str) -> ServiceError:
    """ParameterValueInvalid: what is wrong with a message attribute."""
    return ServiceError("ParameterValueInvalid", message)


def missing(member: str) -> ServiceError:
    """ValidationError for a required member without a value."""
    return _constraint(f"Value null at '{member}'", "Member must not be null")


def out_of_length(value: str, member: str, limit: str) -> ServiceError:
    """ValidationError for a value that is too short or too long."""
    return _constraint(f"Value '{value}' at '{member}'", f"Member must have length {limit}")


def check_arn(arn: str, region: str, parameter: str = "TopicArn") -> None:
    """Raise InvalidParameter for a text that can't be an ARN of SNS in this region."""
    parts = arn.split(":")
    if len(parts) < 6:
        raise invalid(parameter, f"An ARN must have at least 6 elements, not {len(parts)}")
    if parts[0] != "arn" or parts[2] != "sns" or not parts[5] or parts[3] != region:
        raise invalid(parameter)


def check_given(operation: str, params: Params) -> None:
    """Raise for a value that is needed and isn't there, in the parameters and in the items of lists.

    Lists and maps that lack are told by the operations, after ARNs that are none.
    """
    for lack in lacks("sns", operation, params):
        if lack.within:
            within, member = (f"{name[:1].lower()}{name[1:]}" for name in (lack.within, lack.member))
            raise missing(f"{within}.{lack.item}.member.{member}")
        if lack.type_name not in ("list", "map") and lack.member != "Message":
            raise invalid(lack.member, "no value for required parameter")


def is_percentage(text: str) -> bool:
    """Is it a whole number from 0 to 100?"""
    return text.isascii() and text.isdigit() and int(text[:4]) <= 100


def _constraint(what: str, rule: str) -> ServiceError:
    return ServiceError(
        "ValidationError", f"1 validation error detected: {what} failed to satisfy constraint: {rule}"
    )
