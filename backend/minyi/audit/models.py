"""The chained record and the version numbers of what pages show."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from minyi.db import Base

GENESIS = "0" * 64


class AuditEntry(Base):
    """One step that someone took. Never changed, never deleted; holds account ids, no names, no choices."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_subject", "subject_kind", "subject_id", "seq"),
        Index("ix_audit_entries_place", "place_code", "seq"),
        CheckConstraint("length(hash) = 64", name="hash_length"),
    )

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor_id: Mapped[str | None]
    actor_role: Mapped[str]
    action: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[str]
    place_code: Mapped[str | None]
    facts: Mapped[str]
    """Canonical JSON of what the step was about."""
    prev_hash: Mapped[str]
    hash: Mapped[str] = mapped_column(unique=True)


class AuditHead(Base):
    """The end of the chain: one row, locked by whoever appends."""

    __tablename__ = "audit_head"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int]
    hash: Mapped[str]


class PageVersion(Base):
    """How often what a page shows has changed; a rendered page is kept under this number."""

    __tablename__ = "page_versions"

    name: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int]
