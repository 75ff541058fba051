"""Votes, rolls, ballots, tallies. The unique key (vote, account) is the last guard against a second ballot."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from minyi.db import Base


class Vote(Base):
    """One question put to a roll. Consultative unless a statute is named (rule 3)."""

    __tablename__ = "votes"
    __table_args__ = (
        CheckConstraint("state IN ('prepared', 'running', 'closed', 'cancelled')", name="state"),
        CheckConstraint("closes_at > opens_at", name="window"),
        CheckConstraint("roll_size >= 0 AND ballots >= 0 AND ballots <= roll_size", name="counts"),
        Index("ix_votes_place", "place_code", "state", "closes_at", "id"),
        Index("ix_votes_topic", "topic_id", "opens_at"),
        Index("ix_votes_due", "state", "closes_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    topic_id: Mapped[str] = mapped_column(ForeignKey("topics.id"))
    place_code: Mapped[str] = mapped_column(ForeignKey("places.code"))
    question: Mapped[str]
    rule_pack: Mapped[str]
    rule_version: Mapped[int]
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    state: Mapped[str]
    roll_size: Mapped[int] = mapped_column(default=0)
    roll_hash: Mapped[str] = mapped_column(default="")
    """SHA-256 over the sorted pseudonyms of the frozen roll; public when the vote opens."""
    ballots: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    closed_at: Mapped[datetime | None]
    cancelled_reason: Mapped[str] = mapped_column(default="")


class RollEntry(Base):
    """An account that may vote, frozen when the vote opens."""

    __tablename__ = "roll_entries"
    __table_args__ = (Index("ix_roll_entries_account", "account_id", "vote_id"),)

    vote_id: Mapped[str] = mapped_column(ForeignKey("votes.id"), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    pseudonym: Mapped[str]
    """HMAC of account and vote: what the published roll shows instead of a person."""


class Ballot(Base):
    """What one voter put in, as last changed. Only someone on the roll can have one (composite foreign key)."""

    __tablename__ = "ballots"
    __table_args__ = (
        ForeignKeyConstraint(["vote_id", "account_id"], ["roll_entries.vote_id", "roll_entries.account_id"]),
        CheckConstraint("choice IN ('yes', 'no', 'abstain')", name="choice"),
        CheckConstraint("changes >= 0", name="changes"),
    )

    vote_id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(primary_key=True)
    choice: Mapped[str]
    code: Mapped[str] = mapped_column(unique=True)
    """The receipt's code: the voter finds their ballot in the published list by it."""
    cast_at: Mapped[datetime]
    changes: Mapped[int] = mapped_column(default=0)
    signature: Mapped[str]
    """Ed25519 signature of the receipt, base64url; see `votes/domain/receipt.py`."""


class Tally(Base):
    """The count as it was at the close; computed once, never on read."""

    __tablename__ = "tallies"
    __table_args__ = (CheckConstraint("yes >= 0 AND no >= 0 AND abstain >= 0", name="counts"),)

    vote_id: Mapped[str] = mapped_column(ForeignKey("votes.id"), primary_key=True)
    yes: Mapped[int]
    no: Mapped[int]
    abstain: Mapped[int]
    adopted: Mapped[bool]
    because: Mapped[str]
    """Canonical JSON: the rule's inequalities with their figures."""
    counted_at: Mapped[datetime]
