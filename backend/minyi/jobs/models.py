"""When each job is next due. One row a job; the guarded update lets one worker take it."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from minyi.db import Base


class Job(Base):
    """A recurring job. `running_until` is a lease: a worker that died loses it."""

    __tablename__ = "jobs"

    name: Mapped[str] = mapped_column(primary_key=True)
    next_at: Mapped[datetime]
    running_until: Mapped[datetime | None]
    last_done_at: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(default="")
