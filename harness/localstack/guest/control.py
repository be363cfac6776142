"""The routes by which the host begins, asks and ends accounts, on LocalStack's own port."""

from __future__ import annotations

import json
import os
import shutil
import socket
from base64 import b64encode
from typing import Any
from urllib.parse import urlsplit

from localstack.http import Request, Response, Router, route
from localstack.version import version

from . import (
    VERSION,
    WATCHED,
    accounts,
    clock,
    faketime,
    kinesis_streams,
    patching,
    providers,
    removal,
    rule_schedules,
    running,
    runtimes,
    sqs,
    state,
)

REACH_SECONDS = 3.0
"""So long it may take to reach the tests."""


class Routes:
    """Everything under /_harness."""

    @route("/_harness/health", methods=["GET"])
    def health(self, request: Request) -> Response:
        """The guest's version and abilities."""
        return _answer(
            {
                "guest": VERSION,
                "localstack": version,
                "faketime": faketime.library() is not None,
                "python": runtimes.PYTHON,
                "runtimes": ["python", *(["nodejs"] if shutil.which("node") else [])],
                "tells": WATCHED,
                "problems": patching.problems,
                "pid": os.getpid(),
            }
        )

    @route("/_harness/accounts/<account>", methods=["PUT"])
    def begin(self, request: Request, account: str) -> Response:
        """From now on the account's hops are asked for at its gateway. `skipped`: what its clock is ahead."""
        told = json.loads(request.get_data() or b"{}")
        if len(account) != 12 or not account.isdigit() or not told.get("gateway"):
            return _refuse(400, 'an account is 12 digits, and begins with {"gateway": URL, "token": …}')
        if not _reaches(told["gateway"]):
            return _refuse(502, f"nothing inside of LocalStack reaches the tests at {told['gateway']}")
        if patching.problems:
            return _refuse(500, "; ".join(patching.problems))
        known = accounts.get(account) is not None
        accounts.register(account, told["gateway"], told.get("token") or "")
        if not known:
            clock.skip(account, float(told.get("skipped") or 0.0))
            sqs.keep_time(account)
        return _answer({})

    @route("/_harness/accounts/<account>", methods=["GET"])
    def state(self, request: Request, account: str) -> Response:
        """Work in progress in the account."""
        return _missing(account) or _answer(state.of(account))

    @route("/_harness/accounts/<account>/skip", methods=["POST"])
    def skip(self, request: Request, account: str) -> Response:
        """Move the account's clock on."""
        seconds = float(json.loads(request.get_data() or b"{}").get("seconds") or 0.0)
        if seconds < 0:
            return _refuse(400, "a clock can't be turned back")
        missing = _missing(account)
        if missing is not None:
            return missing
        clock.skip(account, seconds)
        return _answer(state.of(account))

    @route("/_harness/accounts/<account>/schedules", methods=["POST"])
    def run_schedules(self, request: Request, account: str) -> Response:
        """Run the schedules now that have this target; says how many there are."""
        target = str(json.loads(request.get_data() or b"{}").get("target") or "")
        return _missing(account) or _answer({"run": rule_schedules.run(account, target)})

    @route("/_harness/accounts/<account>/kill-functions", methods=["POST"])
    def kill_functions(self, request: Request, account: str) -> Response:
        """A fault ends every process of the account's functions."""
        running.kill_all(account)
        return _answer({})

    @route("/_harness/accounts/<account>", methods=["DELETE"])
    def end(self, request: Request, account: str) -> Response:
        """Drop all that the account holds; no harm if it had not begun."""
        removal.remove(account)
        return _answer({})

    @route("/_harness/environments/<environment>/kill", methods=["POST"])
    def kill(self, request: Request, environment: str) -> Response:
        """A fault ends what runs there."""
        how = str(json.loads(request.get_data() or b"{}").get("how") or "crash")
        running.kill(environment, how)
        return _answer({})

    @route("/_harness/queues/<account>/<region>/<name>/messages", methods=["GET"])
    def messages(self, request: Request, account: str, region: str, name: str) -> Response:
        """Every message of a queue; nothing is received."""
        found = state.messages(account, region, name) if providers.is_loaded("sqs") else None
        if found is None:
            return _refuse(404, f"there is no queue {name} in account {account}, {region}")
        return _answer(found)

    @route("/_harness/streams/<account>/<region>/<name>/messages", methods=["GET"])
    def records(self, request: Request, account: str, region: str, name: str) -> Response:
        """Every record of a stream; nobody's reading is touched."""
        try:
            return _answer(kinesis_streams.peek(f"arn:aws:kinesis:{region}:{account}:stream/{name}"))
        except kinesis_streams.StreamGone as problem:
            return _refuse(404, str(problem))


def _shown(value: Any) -> Any:
    """Bytes go through JSON in Base64."""
    return {"base64": b64encode(value).decode()} if isinstance(value, bytes) else str(value)


def add_to(router: Router[Any]) -> None:
    """From now on they are answered."""
    router.add(Routes())


def _reaches(url: str) -> bool:
    """Does anything listen there, as seen from here?"""
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 80), REACH_SECONDS).close()
    except OSError:
        return False
    return True


def _missing(account: str) -> Response | None:
    return None if accounts.get(account) else _refuse(404, f"account {account} has not begun")


def _answer(told: Any) -> Response:
    return Response(json.dumps(told, default=_shown), mimetype="application/json")


def _refuse(status: int, why: str) -> Response:
    return Response(json.dumps({"error": why}), status=status, mimetype="application/json")
