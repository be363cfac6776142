"""HTTP APIs of third parties, as functions call them: no service of AWS, but a place of calls and faults.

https://www.rfc-editor.org/rfc/rfc9110#name-status-codes
"""

from __future__ import annotations

from .facts import Errors, Service, Words

SERVICE = Service(
    name="thirdparty",
    keeps_failures=False,
    errors=Errors(
        throttled=Words("TooManyRequests", 429, "Too Many Requests"),
        failing=Words("InternalServerError", 500, "Internal Server Error"),
        denied=Words("Forbidden", 403, "Forbidden"),
    ),
    requests="https:Request",
    in_cloud=False,
)
