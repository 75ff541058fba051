"""Reading the record and the versions of pages."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from minyi.audit.domain.chain import Link, first_break
from minyi.audit.models import AuditEntry, AuditHead, PageVersion

CHUNK = 2000


class Step(NamedTuple):
    """One entry as a page shows it."""

    seq: int
    at: datetime
    actor_id: str | None
    actor_role: str
    action: str
    subject_kind: str
    subject_id: str
    place_code: str | None
    facts: str
    prev_hash: str
    hash: str


COLUMNS = tuple(getattr(AuditEntry, name) for name in Step._fields)


def steps_of(read: Session, kind: str, subject_id: str, *, after: int = 0, limit: int = 50) -> list[Step]:
    """Steps about one thing, oldest first, after a sequence number."""
    rows = read.execute(
        select(*COLUMNS)
        .where(AuditEntry.subject_kind == kind, AuditEntry.subject_id == subject_id, AuditEntry.seq > after)
        .order_by(AuditEntry.seq)
        .limit(limit)
    )
    return [Step(*row) for row in rows]


def newest_steps(
    read: Session, *, before: int | None = None, limit: int = 50, place_prefix: str = "", kind: str = ""
) -> list[Step]:
    """Steps of a place and everything under it, newest first, before a sequence number."""
    query = select(*COLUMNS).order_by(AuditEntry.seq.desc()).limit(limit)
    if before is not None:
        query = query.where(AuditEntry.seq < before)
    if place_prefix:
        query = query.where(AuditEntry.place_code.startswith(place_prefix, autoescape=True))
    if kind:
        query = query.where(AuditEntry.subject_kind == kind)
    return [Step(*row) for row in read.execute(query)]


def head(read: Session) -> tuple[int, str]:
    """(number of entries, last hash)."""
    row = read.execute(select(AuditHead.seq, AuditHead.hash)).one_or_none()
    return (0, "0" * 64) if row is None else (row.seq, row.hash)


def chain_break(read: Session) -> str | None:
    """Re-hash the whole record, CHUNK rows in memory at a time: the first break as a sentence, else None."""
    length, last_hash = head(read)
    seen_hash = "0" * 64
    seen = 0

    def entries() -> Iterator[tuple[Link, str, str]]:
        nonlocal seen, seen_hash
        while True:
            rows = [
                Step(*row)
                for row in read.execute(
                    select(*COLUMNS).where(AuditEntry.seq > seen).order_by(AuditEntry.seq).limit(CHUNK)
                )
            ]
            if not rows:
                return
            for row in rows:
                yield Link(*row[:9]), row.prev_hash, row.hash
                seen, seen_hash = row.seq, row.hash

    broken = first_break(entries())
    if broken is not None:
        return broken
    if (seen, seen_hash) != (length, last_hash):
        return f"the record ends at entry {seen}, its head says {length}"
    return None


def page_version(read: Session, name: str) -> int:
    """The version of what a page shows; 0 before anything happened."""
    return read.execute(select(PageVersion.version).where(PageVersion.name == name)).scalar_one_or_none() or 0
