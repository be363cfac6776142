"""moto's `mock_aws` answers the AWS calls of the whole process, and so does a cloud: one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn
from unittest.mock import patch

from moto.core.models import MockAWS

_BOTH = (
    "moto's mock_aws and the cloud {!r} are active at once, and both would answer this process's AWS calls; "
    "use one at a time. The cloud takes what the mock was to hold by the same calls: make them in its block"
)


@contextmanager
def no_mock(cloud: str) -> Iterator[None]:
    """Inside the block no `mock_aws` can be started. Raises `RuntimeError` if one is active."""
    if any(kind._mocks_active for kind in (MockAWS, *MockAWS.__subclasses__())):
        raise RuntimeError(_BOTH.format(cloud))

    def refuse(mock: Any, reset: bool = True) -> NoReturn:
        raise RuntimeError(_BOTH.format(cloud))

    with patch.object(MockAWS, "start", refuse):
        yield
