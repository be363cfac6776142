"""What a run draws: generators by name, and ids made of what they give."""

from __future__ import annotations

import _random
from hashlib import sha512
from random import Random


def random_of(seed: str) -> Random:
    """`Random(seed)`, by fewer steps: a run makes dozens of them.

    >>> random_of("1/work").random() == Random("1/work").random()
    True
    """
    text = seed.encode()
    made = Random.__new__(Random, 0)  # type: ignore[call-arg]
    _random.Random.seed(made, int.from_bytes(text + sha512(text).digest()))
    made.gauss_next = None  # type: ignore[attr-defined]
    return made


def uuid_text(chance: bytes) -> str:
    """The text of a UUID of version 4 made of 16 bytes, as `uuid.uuid4` makes it of `os.urandom`.

    >>> uuid_text(bytes(16))
    '00000000-0000-4000-8000-000000000000'
    """
    digits = chance.hex()
    variant = _VARIANTS[digits[16]]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


_VARIANTS = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}
