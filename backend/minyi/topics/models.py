"""Topics and what people say under them. Counters stand beside the rows and move with them in one transaction."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from minyi.db import Base


class Topic(Base):
    """A matter that someone raised in a community."""

    __tablename__ = "topics"
    __table_args__ = (
        CheckConstraint(
            "state IN ('draft', 'submitted', 'returned', 'refused', 'open', 'discussing', 'voting', 'decided',"
            " 'in_progress', 'evaluated', 'closed', 'merged', 'referred', 'withdrawn')",
            name="state",
        ),
        CheckConstraint("endorsements >= 0 AND comments >= 0 AND statements >= 0 AND participants >= 0", name="counts"),
        Index("ix_topics_place", "place_code", "state", "opened_at", "id"),
        Index("ix_topics_queue", "state", "submitted_at", "id"),
        Index("ix_topics_author", "author_id", "created_at", "id"),
        Index("ix_topics_newest", "opened_at", "id"),
        Index("ix_topics_due", "state", "phase_ends_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    place_code: Mapped[str] = mapped_column(ForeignKey("places.code"))
    author_id: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
    """None for an imported conversation."""
    title: Mapped[str]
    body: Mapped[str]
    """Markdown as written."""
    body_html: Mapped[str]
    """Rendered and cleaned; see `topics/domain/markup.py` for the renderer's version."""
    body_renderer: Mapped[int]
    path_id: Mapped[str]
    """Which steps it goes through: `content/data/phases/<path_id>.yaml`."""
    state: Mapped[str]
    state_since: Mapped[datetime]
    phase_ends_at: Mapped[datetime | None]
    """When the present phase ends by plan; None where it has no date."""
    created_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    endorsements_needed: Mapped[int]
    endorsements: Mapped[int] = mapped_column(default=0)
    comments: Mapped[int] = mapped_column(default=0)
    statements: Mapped[int] = mapped_column(default=0)
    """Accepted statements."""
    participants: Mapped[int] = mapped_column(default=0)
    """Pseudonyms that gave at least one opinion."""
    merged_into: Mapped[str | None] = mapped_column(ForeignKey("topics.id"))
    source: Mapped[str] = mapped_column(default="")
    """Where an imported conversation comes from, with its licence; else empty."""
    import_key: Mapped[str | None] = mapped_column(unique=True)
    """SHA-256 of the imported files: a second import changes nothing."""


class TopicStep(Base):
    """One move of a topic from state to state, with its reason: what the public sees of its life."""

    __tablename__ = "topic_steps"
    __table_args__ = (UniqueConstraint("topic_id", "number"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    topic_id: Mapped[str] = mapped_column(ForeignKey("topics.id"))
    number: Mapped[int]
    from_state: Mapped[str]
    to_state: Mapped[str]
    at: Mapped[datetime]
    by_id: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
    by_role: Mapped[str]
    reason_code: Mapped[str]
    note: Mapped[str]
    phase_ends_at: Mapped[datetime | None]


class Endorsement(Base):
    """One account supports that the topic be discussed."""

    __tablename__ = "endorsements"

    __table_args__ = (Index("ix_endorsements_account", "account_id", "at"),)

    topic_id: Mapped[str] = mapped_column(ForeignKey("topics.id"), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    at: Mapped[datetime]


class Comment(Base):
    """What someone says about a topic, with their position. A hidden one stays sealed, its reason is shown; of one that
    its author removed nothing is kept but that it was there."""

    __tablename__ = "comments"
    __table_args__ = (
        CheckConstraint("position IN ('for', 'against', 'neutral')", name="position"),
        CheckConstraint("state IN ('shown', 'hidden', 'erased')", name="state"),
        Index("ix_comments_topic", "topic_id", "at", "id"),
        Index("ix_comments_author", "author_id", "at", "id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    topic_id: Mapped[str] = mapped_column(ForeignKey("topics.id"))
    author_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    position: Mapped[str]
    body: Mapped[str]
    at: Mapped[datetime]
    state: Mapped[str]
    hidden_reason: Mapped[str]
    hidden_at: Mapped[datetime | None]
    hidden_by: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))


class Report(Base):
    """Someone asks a moderator to look at a comment or a statement."""

    __tablename__ = "reports"
    __table_args__ = (
        CheckConstraint("kind IN ('comment', 'statement')", name="kind"),
        UniqueConstraint("kind", "subject_id", "reporter_id"),
        Index("ix_reports_queue", "place_code", "settled_at", "at", "id"),
        Index("ix_reports_reporter", "reporter_id", "at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    subject_id: Mapped[str]
    topic_id: Mapped[str] = mapped_column(ForeignKey("topics.id"))
    place_code: Mapped[str] = mapped_column(ForeignKey("places.code"))
    reporter_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    reason: Mapped[str]
    at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_as: Mapped[str]


class Statement(Base):
    """A short sentence that one can agree or disagree with. Counters per answer stand beside it."""

    __tablename__ = "statements"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'accepted', 'rejected')", name="state"),
        CheckConstraint("agrees >= 0 AND disagrees >= 0 AND passes >= 0", name="counts"),
        UniqueConstraint("topic_id", "number"),
        Index("ix_statements_queue", "state", "created_at", "id"),
        Index("ix_statements_author", "author_id", "created_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    topic_id: Mapped[str] = mapped_column(ForeignKey("topics.id"))
    number: Mapped[int]
    """Within the topic, from 0, as in the exports of Polis."""
    author_id: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
    body: Mapped[str]
    state: Mapped[str]
    reason: Mapped[str]
    created_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
    agrees: Mapped[int] = mapped_column(default=0)
    disagrees: Mapped[int] = mapped_column(default=0)
    passes: Mapped[int] = mapped_column(default=0)


class Opinion(Base):
    """Agree (1), disagree (-1) or pass (0), kept under a pseudonym per topic (rule 6): no account id stands here."""

    __tablename__ = "opinions"
    __table_args__ = (
        CheckConstraint("choice IN (-1, 0, 1)", name="choice"),
        Index("ix_opinions_topic", "topic_id", "pseudonym"),
    )

    statement_id: Mapped[str] = mapped_column(ForeignKey("statements.id"), primary_key=True)
    pseudonym: Mapped[str] = mapped_column(primary_key=True)
    """HMAC-SHA-256 of account and topic under the instance's key, 64 hexadecimal digits."""
    topic_id: Mapped[str] = mapped_column(ForeignKey("topics.id"))
    choice: Mapped[int]
    at: Mapped[datetime]


class FollowUp(Base):
    """A note on what became of a decided topic."""

    __tablename__ = "follow_ups"
    __table_args__ = (Index("ix_follow_ups_topic", "topic_id", "at", "id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    topic_id: Mapped[str] = mapped_column(ForeignKey("topics.id"))
    body: Mapped[str]
    at: Mapped[datetime]
    by_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    corrects: Mapped[str | None] = mapped_column(ForeignKey("follow_ups.id"))
    """Nothing published is changed: a correction is a new note that names the old one (rule 4)."""
