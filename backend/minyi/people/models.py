"""Accounts and what hangs on them."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from minyi.db import Base


class Account(Base):
    """Someone who signed up. `verified` accounts may publish (rule 7); `closed` ones were erased and keep their id only."""

    __tablename__ = "accounts"
    __table_args__ = (
        CheckConstraint("state IN ('unverified', 'verified', 'closed')", name="state"),
        Index("ix_accounts_community", "community_code", "id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    sign_in_name: Mapped[str]
    sign_in_key: Mapped[str] = mapped_column(unique=True)
    """`kernel.text.name_key` of the sign-in name: two look-alike names are one."""
    chosen_name: Mapped[str]
    chosen_key: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    community_code: Mapped[str | None] = mapped_column(ForeignKey("places.code"))
    state: Mapped[str]
    created_at: Mapped[datetime]
    verified_at: Mapped[datetime | None]
    demonstration: Mapped[bool] = mapped_column(default=False)
    """A ready-made person of the demonstration: may be stepped into on loopback only."""


class Verification(Base):
    """A resident's request to be verified. The real name and address are sealed with the instance's key."""

    __tablename__ = "verifications"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'confirmed', 'refused')", name="state"),
        Index("ix_verifications_queue", "community_code", "state", "created_at", "id"),
        Index(
            "uq_verifications_waiting",
            "account_id",
            unique=True,
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index(
            "uq_verifications_person",
            "identity_key",
            unique=True,
            sqlite_where=text("state = 'confirmed'"),
            postgresql_where=text("state = 'confirmed'"),
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    community_code: Mapped[str] = mapped_column(ForeignKey("places.code"))
    sealed_identity: Mapped[bytes]
    identity_key: Mapped[str]
    """HMAC of the identity document's number: finds a second account of one person without keeping the number."""
    state: Mapped[str]
    reason: Mapped[str]
    created_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))


class RoleGrant(Base):
    """A role with its place and term. Rights reach the place and everything under it."""

    __tablename__ = "role_grants"
    __table_args__ = (
        CheckConstraint(
            "role IN ('moderator', 'clerk', 'auditor', 'building_head', 'deputy', 'cppcc_member', 'party_delegate')",
            name="role",
        ),
        CheckConstraint("ends_on >= starts_on", name="term"),
        Index("ix_role_grants_account", "account_id", "ends_on"),
        Index("ix_role_grants_place", "place_code", "role"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    role: Mapped[str]
    place_code: Mapped[str] = mapped_column(ForeignKey("places.code"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    granted_by: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class SignIn(Base):
    """A device that is signed in: found by the hash of its random token, revocable at once."""

    __tablename__ = "sign_ins"
    __table_args__ = (Index("ix_sign_ins_account", "account_id", "created_at"),)

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(unique=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    device: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class PersonalToken(Base):
    """A token for the API with scopes and an end date; only its hash is kept."""

    __tablename__ = "personal_tokens"
    __table_args__ = (Index("ix_personal_tokens_account", "account_id", "created_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    name: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    scopes: Mapped[str]
    """Space-separated: read, take_part, desk."""
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class OneTimeLink(Base):
    """A link that works once: the first clerk's, printed by `minyi init`; later ones for a forgotten password at the desk."""

    __tablename__ = "one_time_links"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    account_id: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
    place_code: Mapped[str | None] = mapped_column(ForeignKey("places.code"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
