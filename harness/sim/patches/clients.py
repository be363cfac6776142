"""Clients of the SDK: none signs with real credentials during a run, none made in a run reaches AWS after it.

A client that was made while a simulator was active works in later runs too, as an installed package that
made one when it was imported keeps it.
"""

from __future__ import annotations

from typing import Any

import boto3.s3.transfer
from botocore.credentials import Credentials
from botocore.httpsession import URLLib3Session
from botocore.signers import RequestSigner

from harness.sim.patches.current import state
from harness.sim.patches.patching import Attributes

NO_CREDENTIALS = Credentials("local", "local")
"""What every client has during a run, whatever it was made with."""

_real_init = URLLib3Session.__init__


class OutsideOfRun(RuntimeError):
    """A client that was made while a simulator was active is used when none is. Nothing was sent."""


class _SessionOfRun(URLLib3Session):  # type: ignore[misc]
    def send(self, request: Any) -> Any:
        if state.kernel is None:
            raise OutsideOfRun(
                f"{request.method} {request.url}: this client was made while a simulator was active, and "
                "none is active now. Nothing was sent; make a new client."
            )
        return super().send(request)


def _init(session: Any, *args: Any, **kwargs: Any) -> None:
    _real_init(session, *args, **kwargs)
    if state.kernel is not None and type(session) is URLLib3Session:
        session.__class__ = _SessionOfRun


def _credentials(signer: RequestSigner) -> Credentials:
    return NO_CREDENTIALS


def _keep_credentials(signer: RequestSigner, given: Any) -> None:
    vars(signer)["_credentials"] = given


def _no_crt(config: Any) -> bool:
    """The client of the Common Runtime brings its own HTTP, signs and sends by itself."""
    return False


def replace(attributes: Attributes) -> None:
    """Register what could sign, or send past the simulator."""
    attributes.add(URLLib3Session, "__init__", _init)
    attributes.add(RequestSigner, "_credentials", property(_credentials, _keep_credentials))
    attributes.add(boto3.s3.transfer, "_should_use_crt", _no_crt)
