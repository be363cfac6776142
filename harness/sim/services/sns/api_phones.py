"""The operations about text messages: settings of the account, and numbers that opted out.

https://docs.aws.amazon.com/sns/latest/api/API_SetSMSAttributes.html
"""

from __future__ import annotations

import re

from harness.cloud import Unsupported
from harness.sim.services.service import Caller, Operation, Params, ServiceError
from harness.sim.services.sns.errors import invalid, is_percentage, missing
from harness.sim.services.sns.pages import page

_NUMBER = re.compile(r"\+[1-9]\d{1,14}")
NAMES = (
    "MonthlySpendLimit",
    "DeliveryStatusIAMRole",
    "DeliveryStatusSuccessSamplingRate",
    "DefaultSenderID",
    "DefaultSMSType",
    "UsageReportS3Bucket",
)


UNSUPPORTED = (
    "CreateSMSSandboxPhoneNumber",
    "DeleteSMSSandboxPhoneNumber",
    "GetSMSSandboxAccountStatus",
    "ListOriginationNumbers",
    "ListSMSSandboxPhoneNumbers",
    "VerifySMSSandboxPhoneNumber",
)
"""The sandbox of text messages, and numbers to send from."""
DEFAULTS = {"MonthlySpendLimit": "1"}
_SENDER = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9]{1,11}")


class PhonesApi:
    """One method an operation. Nobody opts out by himself: there is no phone at the other end."""

    def __init__(self) -> None:
        self._attributes: dict[tuple[str, str], dict[str, str]] = {}

    def set_sms_attributes(self, params: Params, caller: Caller) -> Params:
        given = params.get("attributes") or {}
        if not given:
            raise missing("attributes")
        for name, value in given.items():
            _check_attribute(name, value)
        self._attributes.setdefault((caller.region, caller.account), {}).update(given)
        return {}

    def get_sms_attributes(self, params: Params, caller: Caller) -> Params:
        found = DEFAULTS | self._attributes.get((caller.region, caller.account), {})
        wanted = params.get("attributes") or NAMES
        return {"attributes": {name: value for name, value in found.items() if name in wanted}}

    def check_if_phone_number_is_opted_out(self, params: Params, caller: Caller) -> Params:
        self._check(params["phoneNumber"])
        return {"isOptedOut": False}

    def list_phone_numbers_opted_out(self, params: Params, caller: Caller) -> Params:
        found = page("phoneNumbers", [], params.get("nextToken"))
        return {"phoneNumbers": found["phoneNumbers"]}

    def opt_in_phone_number(self, params: Params, caller: Caller) -> Params:
        self._check(params["phoneNumber"])
        return {}

    def unsupported(self, name: str) -> Operation:
        """An operation of SNS that raises `Unsupported`."""

        def refuse(params: Params, caller: Caller) -> Params:
            raise Unsupported(f"sns:{name}: the SMS sandbox and origination numbers don't run in sim")

        return refuse

    def _check(self, number: str) -> None:
        if not _NUMBER.fullmatch(number):
            raise invalid("PhoneNumber", "input incorrectly formatted")


def _check_attribute(name: str, value: str) -> None:
    if name not in NAMES:
        raise _refusal(f"{name} is not a valid attribute")
    if name == "DefaultSMSType" and value not in ("Promotional", "Transactional"):
        raise _refusal("DefaultSMSType is invalid")
    if name == "DefaultSenderID" and value and not _SENDER.fullmatch(value):
        raise _refusal("DefaultSenderID is invalid")
    if name == "DeliveryStatusSuccessSamplingRate" and value and not is_percentage(value):
        raise _refusal("DeliveryStatusSuccessSamplingRate is not an integer between 0-100")


def _refusal(words: str) -> ServiceError:
    return ServiceError("InvalidParameter", words)
