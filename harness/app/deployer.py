"""The deployment of apps by a cloud's own method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.app.handle import App
    from harness.app.parts import Templates
    from harness.cloud import Cloud


class Deployer:
    """A base of clouds: they deploy apps to themselves."""

    def deploy(
        self: Cloud,
        template: Templates,
        *,
        parameters: Mapping[str, str] | None = None,
        ignore: Sequence[str] = (),
        name: str | None = None,
        always_ignore: Sequence[str] = (),
    ) -> App:
        """Deploy a SAM or CloudFormation template. See `harness.deploy`."""
        from harness.app.deployment import deploy

        return deploy(
            self,
            template,
            parameters=parameters,
            ignore=ignore,
            name=name,
            always_ignore=always_ignore,
        )
