"""One byte string per value, so that hashes and signatures are the same everywhere."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime

Plain = None | bool | int | str | list["Plain"] | tuple["Plain", ...] | Mapping[str, "Plain"]


def canonical_json(value: Plain) -> bytes:
    """UTF-8 JSON with sorted keys and no spaces (RFC 8785 for the values used here: no floats)."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def instant_text(at: datetime) -> str:
    """RFC 3339 in UTC with microseconds, e.g. `2026-11-24T08:30:00.000000Z`; sorts as text. ValueError without zone."""
    if at.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def instant_of(text: str) -> datetime:
    """The inverse of `instant_text`."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
