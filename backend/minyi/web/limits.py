"""How often something may be tried: counted in the database, so that all processes and restarts count together."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import Session

from minyi.kernel.refusal import Refusal
from minyi.web.models import Attempt


def count_attempt(tx: Session, *, name: str, subject: str, window_s: int, now: datetime) -> int:
    """Count one try and return how many there are in the present window, this one included."""
    start = int(now.timestamp()) // window_s * window_s
    upsert = (insert_sqlite if tx.get_bind().dialect.name == "sqlite" else insert_postgresql)(Attempt)
    return tx.execute(
        upsert.values(name=name, subject=subject, window_start=start, count=1)
        .on_conflict_do_update(
            index_elements=[Attempt.name, Attempt.subject, Attempt.window_start], set_={"count": Attempt.count + 1}
        )
        .returning(Attempt.count)
    ).scalar_one()


def why_not_again(count: int, *, most: int, window_s: int) -> Refusal | None:
    """Too many tries in the window?"""
    return Refusal("web.too_often", {"minutes": max(1, window_s // 60)}) if count > most else None


def forget_old_attempts(tx: Session, *, now: datetime, keep_s: int = 86_400) -> int:
    """Remove windows that nobody asks for any more; returns how many rows went."""
    result = tx.execute(delete(Attempt).where(Attempt.window_start < int(now.timestamp()) - keep_s))
    return int(result.rowcount)  # type: ignore[attr-defined]
