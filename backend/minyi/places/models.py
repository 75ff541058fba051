"""Divisions as imported."""

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from minyi.db import Base

LEVELS = ("city", "county", "town", "community")


class Place(Base):
    """A division. `communities` and `residents` are counters kept beside the row, never counted on read."""

    __tablename__ = "places"
    __table_args__ = (
        CheckConstraint("level IN ('city', 'county', 'town', 'community')", name="level"),
        Index("ix_places_parent", "parent_code", "code"),
    )

    code: Mapped[str] = mapped_column(primary_key=True)
    level: Mapped[str]
    name: Mapped[str]
    name_en: Mapped[str]
    """Empty where nobody has given an English name."""
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("places.code"))
    communities: Mapped[int] = mapped_column(default=0)
    residents: Mapped[int] = mapped_column(default=0)
    """Verified accounts that chose this place (or, above community level, one under it)."""
    demonstration: Mapped[bool]
    edition: Mapped[str]
    """Edition of the division table, e.g. `2023`."""
