"""Parameters and errors of an operation, before they travel and after."""

from __future__ import annotations

from typing import Any

Params = dict[str, Any]
"""Parameters or a result, in botocore's own shapes."""


class ServiceError(Exception):
    """An operation answers with an error, as AWS would.

    `code` is the modelled name of the exception or AWS's own code. `query_code` is the code of the
    query protocol where it differs. More fields of the modelled exception go into `fields`.
    """

    def __init__(
        self, code: str, message: str = "", status: int = 400, *, query_code: str | None = None, **fields: Any
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.query_code = query_code
        self.fields = fields
