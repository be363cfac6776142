"""moto's DynamoDB where it answers otherwise than AWS."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.dynamodb import models
from moto.dynamodb.exceptions import (
    AttributeDoesNotExist,
    IncorrectDataType,
    InvalidUpdateExpressionInvalidDocumentPath,
    ItemSizeToUpdateTooLarge,
    ResourceNotFoundException,
    TransactionCanceledException,
)
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import Item
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler

from harness.cloud import Unsupported
from harness.sim.patches.patching import Replaced

_UPDATE = "update_with_attribute_updates"
_real_update: Callable[[Any, dict[str, Any]], None] = getattr(Item, _UPDATE)
_DEFAULT_KEY = "_get_default_encryption_key"
_real_default_key = getattr(Table, _DEFAULT_KEY)


def corrected_tables() -> Replaced:
    """Inside the block it doesn't."""
    return Replaced(
        (models, "TransactionCanceledException", _cancelled),
        (DynamoDBBackend, "transact_write_items", _giving_reasons(DynamoDBBackend.transact_write_items)),
        (Table, _DEFAULT_KEY, _default_key),
        (Item, _UPDATE, lambda item, updates: _real_update(item, updates or {})),
        (DynamoHandler, "update_table", _encrypting(DynamoHandler.update_table)),
    )


def _cancelled(reasons: list[Any]) -> Any:
    """A transaction that was cancelled, unless moto gave up for a reason that isn't AWS's.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CancellationReason.html
    """
    for at, (code, told, _) in enumerate(reasons):
        if code == "ResourceNotFoundException":
            return ResourceNotFoundException()
        if code == "KeyError":  # of the item to put, whose keys moto asks for
            told = f"One or more parameter values were invalid: Missing the key {told[1:-1]} in the item"
            reasons[at] = ("ValidationError", told, None)
        elif code == ValidationError.__name__:
            reasons[at] = (code, told, None)
        elif code not in (None, "ConditionalCheckFailed"):
            return Unsupported(
                f"moto, which holds tables here, stumbles over this transaction ({code}: {told})"
            )
    return TransactionCanceledException(reasons)


class ValidationError(Exception):
    """The item that a transaction meets doesn't fit it. moto takes this name for the code of the reason."""


_FOUND_LATE = (
    AttributeDoesNotExist,
    IncorrectDataType,
    InvalidUpdateExpressionInvalidDocumentPath,
    ItemSizeToUpdateTooLarge,
)


def _giving_reasons(usual: Callable[..., None]) -> Callable[..., None]:
    """An update that its item doesn't allow cancels its transaction; moto would refuse the request.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
    """

    def transact_write_items(backend: Any, *asked: Any, **more: Any) -> None:
        def update_item(*given: Any, **others: Any) -> Any:
            try:
                return DynamoDBBackend.update_item(backend, *given, **others)
            except _FOUND_LATE as problem:
                raise ValidationError(problem.message) from None

        backend.update_item = update_item
        try:
            usual(backend, *asked, **more)
        finally:
            del backend.update_item

    return transact_write_items


def _default_key(table: Any, account: str, region: str) -> str:
    """The ARN of the account's key for tables, which is AWS's own.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.howitworks.html
    """
    arn: str = _real_default_key(table, account, region)
    from moto.kms import kms_backends

    key = kms_backends[account][region].describe_key(arn)
    key.description = "Default key that protects my DynamoDB data when no other key is defined"
    key.key_manager = "AWS"
    return arn


def _encrypting(usual: Callable[..., Any]) -> Callable[..., Any]:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html"""

    def update_table(handler: Any) -> Any:
        answer = usual(handler)
        asked = handler.body.get("SSESpecification")
        if asked is not None:
            described = answer.result["TableDescription"]
            table = handler.dynamodb_backend.get_table(described["TableName"])
            wanted = {**(table.sse_specification or {}), **asked}
            if wanted.get("Enabled") and "KMSMasterKeyId" not in wanted:
                wanted["KMSMasterKeyId"] = _default_key(table, handler.current_account, handler.region)
            table.sse_specification = wanted
            if "KMSMasterKeyId" in wanted:
                key = wanted["KMSMasterKeyId"]
                described["SSEDescription"] = {"Status": "UPDATING", "SSEType": "KMS", "KMSMasterKeyArn": key}
        return answer

    return update_table
