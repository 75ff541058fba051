"""The only place that asks what time it is. Everything below views gets `now` passed in."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present instant in UTC."""
    return datetime.now(UTC)
