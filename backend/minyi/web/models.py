"""The web's own tables: repeated requests and how often something was tried."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from minyi.db import Base


class IdempotencyKey(Base):
    """The answer to a creating request, kept with it in one transaction, so that a repetition gets the same answer."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index("ix_idempotency_keys_age", "created_at"),)

    account_id: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request_hash: Mapped[str]
    answer: Mapped[str]
    created_at: Mapped[datetime]


class Attempt(Base):
    """How often a limited thing was tried in one window, e.g. sign-in for one account; the same for all processes."""

    __tablename__ = "attempts"
    __table_args__ = (CheckConstraint("count > 0", name="count"), Index("ix_attempts_age", "window_start"))

    name: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    """HMAC of the address or the account name: no address is kept."""
    window_start: Mapped[int] = mapped_column(primary_key=True)
    """Unix seconds."""
    count: Mapped[int]
