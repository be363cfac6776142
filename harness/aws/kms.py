"""AWS Key Management Service. Its operations on data change nothing.

https://docs.aws.amazon.com/kms/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

import re

from .facts import Does, Errors, Operation, Service, Spelling, Words

_KEY = ("KeyId",)
_ON_DATA = "Encrypt Decrypt Sign GenerateMac VerifyMac Verify GenerateDataKey DeriveSharedSecret"

SERVICE = Service(
    name="kms",
    word="key",
    operations={
        **{name: Operation(Does.READS, _KEY) for name in _ON_DATA.split()},
        "ReEncrypt": Operation(Does.READS, ("DestinationKeyId", "SourceKeyId")),
        "PutKeyPolicy": Operation(Does.CONFIGURES, _KEY),
    },
    errors=Errors(failing=Words("KMSInternalException", 500, "An internal exception occurred.")),
    about=("KeyId", "TargetKeyId", "AliasName"),
    form="arn:aws:kms:{region}:{account}:key/{name}",
    spellings=(Spelling(re.compile(r"(?P<name>alias/.+)"), form="arn:aws:kms:{region}:{account}:{name}"),),
)
