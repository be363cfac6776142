"""Places of services that nothing else here is about, to which EventBridge, Scheduler and Pipes hand things.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html
"""

from __future__ import annotations

from collections.abc import Mapping

from .facts import Role

_LEAVES = Role.LEAVES

TAKERS: Mapping[str, Mapping[str, Role]] = {
    "batch": {"job-queue/*": _LEAVES},
    "codebuild": {"project/*": _LEAVES},
    "codepipeline": {"*": _LEAVES},
    "ecs": {"cluster/*": _LEAVES},
    "glue": {"workflow/*": _LEAVES},
    "inspector": {"target/*": _LEAVES},
    "redshift": {"cluster:*": _LEAVES},
    "redshift-serverless": {"workgroup/*": _LEAVES},
    "sagemaker": {"pipeline/*": _LEAVES},
    "ssm-incidents": {"response-plan/*": _LEAVES},
}
"""Their roles by the service's name in ARNs and, as in `Service`, by patterns of what follows there."""
