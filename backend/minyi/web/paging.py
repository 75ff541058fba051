"""Keyset paging: a cursor names the last row seen; every list is bounded."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar

from minyi.kernel.canonical import canonical_json, instant_of, instant_text
from minyi.kernel.refusal import Refusal, Refused

Row = TypeVar("Row")
MOST = 100
USUAL = 20


class Page(NamedTuple, Generic[Row]):
    """Some rows and the cursor of what follows; None at the end."""

    rows: Sequence[Row]
    next: str | None


def cursor_of(at: datetime, row_id: str) -> str:
    """The cursor that continues after this row."""
    return base64.urlsafe_b64encode(canonical_json([instant_text(at), row_id])).decode().rstrip("=")


def read_cursor(cursor: str | None) -> tuple[datetime, str] | None:
    """(instant, id) of the last row seen; None for the first page. Refuses what we did not write."""
    if not cursor:
        return None
    try:
        at, row_id = json.loads(base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)))
        if not isinstance(row_id, str) or not row_id.isascii() or "\0" in row_id or len(row_id) > 64:
            raise ValueError
        return instant_of(at), row_id
    except (ValueError, TypeError, binascii.Error) as error:
        raise Refused(Refusal("web.bad_cursor")) from error


def read_limit(raw: str | None) -> int:
    """1 to MOST; anything else is the usual size."""
    return min(int(raw), MOST) if raw and raw.isascii() and raw.isdigit() and len(raw) < 6 and int(raw) > 0 else USUAL


def cut(rows: Sequence[Row], limit: int, key: Callable[[Row], tuple[datetime, str]]) -> Page[Row]:
    """Make a page of up to `limit` rows out of `limit + 1` that were read."""
    if len(rows) <= limit:
        return Page(rows, None)
    kept = rows[:limit]
    return Page(kept, cursor_of(*key(kept[-1])))
