"""Talks to the guest inside LocalStack: begins and ends an account, asks what moves, moves its clock."""

from __future__ import annotations

import json
from base64 import b64decode
from typing import Any
from urllib.parse import quote

import urllib3

from harness.aws import arns

_TIMEOUT = urllib3.Timeout(connect=5.0, read=60.0)


class GuestError(RuntimeError):
    """The guest inside LocalStack doesn't answer as it should."""


class UnknownAccount(GuestError):
    """The guest doesn't know this account, or LocalStack has no guest."""


class Control:
    """The guest of one LocalStack, for one account. `emptied`: it has started anew in between."""

    def __init__(self, url: str, account: str) -> None:
        self._url = url
        self._account = account
        self._begun: dict[str, str] | None = None
        self._skipped = 0.0
        self.emptied = False
        self._pool = urllib3.PoolManager(timeout=_TIMEOUT, retries=urllib3.Retry(2, redirect=0, status=0))

    def health(self) -> dict[str, Any]:
        """Versions, and what it can do: `faketime`, `runtimes`."""
        return dict(self._ask("GET", "/_harness/health"))

    def begin(self, gateway: str, token: str) -> None:
        """From now on the account's hops and invocations are asked for at this gateway."""
        self._begun = {"gateway": gateway, "token": token}
        self._ask("PUT", self._path, self._begun)

    def state(self) -> dict[str, Any]:
        """Work in progress in the account; a LocalStack that started anew is told of the account again."""
        try:
            return self._state()
        except UnknownAccount:
            if self._begun is None:
                raise
            self.emptied = True
            self.begin_again()
            return self._state()

    def begin_again(self) -> None:
        """Tell a LocalStack that started anew of the account."""
        self._ask("PUT", self._path, {**(self._begun or {}), "skipped": self._skipped})

    def _state(self) -> dict[str, Any]:
        found: dict[str, Any] = self._ask("GET", self._path)
        return found

    def skip(self, seconds: float) -> None:
        """The account's clock is so much later at once."""
        self._ask("POST", f"{self._path}/skip", {"seconds": seconds})
        self._skipped += seconds

    def run_schedules(self, target: str) -> int:
        """Run each schedule now that has this target. Gives how many there are."""
        return int(self._ask("POST", f"{self._path}/schedules", {"target": target})["run"])

    def kill_functions(self) -> None:
        """Every process of the account's functions dies."""
        self._ask("POST", f"{self._path}/kill-functions")

    def end(self) -> None:
        """Everything that the account holds is dropped."""
        self._ask("DELETE", self._path)

    def messages(self, place: str) -> list[dict[str, Any]]:
        """Every message of a queue or a stream, by its ARN; nothing is received."""
        arn = arns.parse(place)
        if arn is None:
            raise ValueError(f"{place} is no ARN")
        kind, _, name = arn.resource.rpartition("/")
        path = f"/_harness/{kind or 'queue'}s/{arn.account}/{arn.region}/{quote(name)}/messages"
        return [
            {name: _bytes_of(value) for name, value in message.items()} for message in self._ask("GET", path)
        ]

    def close(self) -> None:
        """Close connections."""
        self._pool.clear()

    @property
    def _path(self) -> str:
        return f"/_harness/accounts/{self._account}"

    def _ask(self, method: str, path: str, data: Any = None) -> Any:
        body = None if data is None else json.dumps(data).encode()
        headers = {"content-type": "application/json"}
        try:
            answer = self._pool.request(method, self._url + path, body=body, headers=headers)
        except urllib3.exceptions.HTTPError as problem:
            raise GuestError(
                f"{method} {path}: LocalStack at {self._url} doesn't answer: {problem}"
            ) from None
        if answer.status != 200:
            told = answer.data.decode(errors="replace").strip()
            kind = UnknownAccount if answer.status == 404 else GuestError
            raise kind(f"{method} {path}: status {answer.status}: {told[:500]}")
        return json.loads(answer.data or b"{}")


def _bytes_of(value: Any) -> Any:
    """A value as it was before it went through JSON."""
    return b64decode(value["base64"]) if isinstance(value, dict) and set(value) == {"base64"} else value
