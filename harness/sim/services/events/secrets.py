"""The secrets in which EventBridge keeps what its connections authorize with.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-target-connection-secrets.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from harness.sim.services.held import HeldByMoto


class ConnectionSecrets:
    """Secrets Manager as connections see it."""

    def __init__(self, held: HeldByMoto) -> None:
        self._held = held

    def create(self, name: str, parameters: Mapping[str, Any], region: str) -> str:
        """A new secret. Gives its ARN."""
        created = self._held.backend("secretsmanager", region).create_secret(
            name=name,
            secret_string=json.dumps(parameters),
            secret_binary=None,
            description=None,
            tags=None,
            kms_key_id=None,
            client_request_token=None,
            replica_regions=[],
            force_overwrite=False,
        )
        return str(json.loads(created)["ARN"])

    def delete(self, arn: str) -> None:
        """The secret is gone, at once."""
        self._held.backend("secretsmanager", arn.split(":")[3]).delete_secret(
            arn, recovery_window_in_days=None, force_delete_without_recovery=True
        )
