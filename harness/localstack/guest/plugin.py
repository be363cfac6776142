"""The plugin that LocalStack loads: routes, patches of each service, and notes about each request."""

from __future__ import annotations

import logging
from typing import Any

from localstack.runtime import hooks

LOG = logging.getLogger(__name__)

CAUSE_HEADER = "x-harness-cause"
"""The gateway says with it which event of the history a request is."""

QUESTIONS = "/_harness/"
"""The paths of the guest's own routes begin like this."""


@hooks.on_infra_start()
def on_start() -> None:
    """Get ready, before LocalStack answers anything."""
    from localstack.aws import handlers
    from localstack.services.edge import ROUTER
    from localstack.version import version

    from . import control, patching, policies, providers

    patching.check_version(version)
    providers.watch(
        {"sqs": _sqs, "sns": _sns, "lambda": _lambda, "events": _events, "s3": _s3, "stepfunctions": _states}
    )
    patching.wrap(type(handlers.log_response), "_log", _log_others, "context", "response")
    policies.apply()
    handlers.serve_custom_service_request_handlers.append(note_request)
    control.add_to(ROUTER)


@hooks.on_infra_shutdown()
def on_shutdown() -> None:
    """End every account that a test has left."""
    from . import accounts, running, under_way

    for account in accounts.registered():
        under_way.of(account).ended.set()
        running.end_account(account)


def note_request(chain: Any, request: Any, response: Any) -> None:
    """Whom this thread acts for from now on, and which event in the history is the cause."""
    from . import account_time, accounts, context, metrics, under_way
    from .context import NOTHING_KNOWN, Context

    account = request.account_id or ""
    if request.service is not None and request.service.service_name == "cloudwatch":
        metrics.used(account)
    if accounts.get(account) is None:
        account_time.set_account("")
        context.set(NOTHING_KNOWN)
        return
    account_time.set_account(account)
    cause = request.request.headers.get(CAUSE_HEADER, "")
    context.set(Context(cause=int(cause)) if cause.isdigit() else NOTHING_KNOWN)
    under_way.touch(account)


def _log_others(log: Any, logger: Any, context: Any, response: Any) -> None:
    """Without the questions of the tests, which are many: the log is about the app."""
    if not context.request.path.startswith(QUESTIONS):
        log(logger, context, response)


def _sqs() -> None:
    from . import metrics, sqs

    sqs.apply()
    metrics.of_queues()


def _sns() -> None:
    from . import sns

    sns.apply()


def _lambda() -> None:
    from . import events, functions, mappings

    functions.apply()
    events.apply()
    mappings.apply()


def _events() -> None:
    from . import buses

    buses.apply()


def _s3() -> None:
    from . import buckets

    buckets.apply()


def _states() -> None:
    from . import executions

    executions.apply()
