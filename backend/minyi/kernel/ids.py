"""Public identifiers: 12 characters of Crockford's base32, 60 random bits, never in order."""

import random
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 12
PATTERN = f"[{ALPHABET}]{{{LENGTH}}}"

_source: ContextVar[random.Random | None] = ContextVar("minyi_id_source", default=None)


def new_id() -> str:
    """A fresh identifier, e.g. `7k2m9xq40vbd`. Collisions are left to the primary key: 2**60 values."""
    source = _source.get()
    pick = secrets.choice if source is None else source.choice
    return "".join(pick(ALPHABET) for _ in range(LENGTH))


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Inside, identifiers follow the seed: the demonstration is the same on every machine."""
    token = _source.set(random.Random(seed))  # noqa: S311 - not for secrets: demonstration content only
    try:
        yield
    finally:
        _source.reset(token)
