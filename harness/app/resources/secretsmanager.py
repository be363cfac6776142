"""Secrets Manager: secrets. Their policies are accepted; nothing here evaluates them."""

from __future__ import annotations

import hashlib
import json
import string
from typing import Any

from harness.app.intrinsics import CannotResolve, Created
from harness.app.resources.resource_type import Making, ResourceType, named_only, properties
from harness.app.resources.shapes import text
from harness.cloud import Cloud

_GENERATE = properties(
    "ExcludeCharacters ExcludeLowercase ExcludeNumbers ExcludePunctuation ExcludeUppercase GenerateStringKey "
    "IncludeSpace PasswordLength RequireEachIncludedType SecretStringTemplate"
)
_CHARACTERS = {
    "ExcludeLowercase": string.ascii_lowercase,
    "ExcludeUppercase": string.ascii_uppercase,
    "ExcludeNumbers": string.digits,
    "ExcludePunctuation": string.punctuation,
}
_ARN_PARTS = 7
_PASSWORD_LENGTH = 32


def create_secret(making: Making) -> Created:
    name = making.name("Name", limit=512)
    value = making.get("SecretString")
    if value is None:
        value = _generated(making, name)
    arn = making.call(
        "secretsmanager",
        "create_secret",
        Name=name,
        SecretString=text(value),
        **making.given(("Description", "KmsKeyId")),
    )["ARN"]
    making.named(arn, name)
    return Created(arn, {"Id": arn})


def _generated(making: Making, name: str) -> str:
    """A secret that is the same in every run, as GetRandomPassword's options want it."""
    wanted: dict[str, Any] = making.get("GenerateSecretString") or {}
    unknown = sorted(set(wanted) - _GENERATE)
    if unknown:
        raise making.error(f"GenerateSecretString has no {unknown[0]!r}", "GenerateSecretString")
    password = _password(wanted, name)
    if "GenerateStringKey" not in wanted:
        return password
    try:
        template = json.loads(wanted["SecretStringTemplate"])
    except (KeyError, TypeError, ValueError):
        raise making.error(
            "GenerateStringKey needs a SecretStringTemplate in JSON", "GenerateSecretString"
        ) from None
    return json.dumps({**template, wanted["GenerateStringKey"]: password})


def _password(wanted: dict[str, Any], seed: str) -> str:
    kinds = [kept for option, kept in _CHARACTERS.items() if text(wanted.get(option, False)) != "true"]
    if text(wanted.get("IncludeSpace", False)) == "true":
        kinds.append(" ")
    excluded = set(text(wanted.get("ExcludeCharacters", "")))
    kinds = [kept for kind in kinds if (kept := "".join(c for c in kind if c not in excluded))]
    length = int(wanted.get("PasswordLength", _PASSWORD_LENGTH))
    digest = hashlib.shake_256(seed.encode()).digest(min(length, 4096))
    return "".join(kinds[i % len(kinds)][byte % len(kinds[i % len(kinds)])] for i, byte in enumerate(digest))


def read(cloud: Cloud, text: str) -> str:
    """`{{resolve:secretsmanager:id:SecretString:key:stage:version}}`; all but the id may be missing."""
    parts = text.split(":")
    size = _ARN_PARTS if parts[0] == "arn" else 1
    secret, (kind, key, stage, version) = ":".join(parts[:size]), [*parts[size:], "", "", "", ""][:4]
    if kind not in ("", "SecretString"):
        raise CannotResolve("only SecretString can be read")
    which = {"VersionStage": stage, "VersionId": version}
    given = {name: value for name, value in which.items() if value}
    content = str(cloud.client("secretsmanager").get_secret_value(SecretId=secret, **given)["SecretString"])
    return _member(content, key) if key else content


def _member(content: str, key: str) -> str:
    try:
        found = json.loads(content)[key]
    except (ValueError, TypeError, KeyError):
        raise CannotResolve(f"the secret is no JSON with the key {key!r}") from None
    return found if isinstance(found, str) else json.dumps(found)


REFERENCES = {"secretsmanager": read}

TYPES = {
    "AWS::SecretsManager::Secret": ResourceType(
        create_secret,
        properties("Name SecretString GenerateSecretString Description KmsKeyId"),
        properties("ReplicaRegions Tags Type"),
    ),
    "AWS::SecretsManager::ResourcePolicy": ResourceType(
        named_only("secretsmanager", "", "SecretId"), note="policies of secrets are not evaluated"
    ),
}
