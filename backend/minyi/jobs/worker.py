"""The loop of `minyi worker`: recurring jobs, each taken by one worker at a time through a guarded update."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from sqlalchemy import insert, or_, select, update
from sqlalchemy.orm import Session

from minyi.jobs.models import Job

log = logging.getLogger(__name__)
LEASE = timedelta(minutes=2)
Answer = TypeVar("Answer")


class Writes(Protocol):
    """The door, as far as the worker knows it."""

    def write(self, use_case: Callable[[Session], Answer]) -> Answer: ...


@dataclass(frozen=True, slots=True)
class Recurring:
    """A use case run every so often. `run(tx, now)` does a bounded portion in one transaction and returns how many
    things it did; while that is not 0 it is run again at once. Running it twice does no harm.
    """

    name: str
    every_s: int
    run: Callable[[Session, datetime], int]


def take(tx: Session, job: Recurring, now: datetime) -> bool:
    """Whether this worker may run the job now; a lease keeps others away until it is done or dead."""
    known = tx.execute(select(Job.name).where(Job.name == job.name)).one_or_none()
    if known is None:
        tx.execute(insert(Job).values(name=job.name, next_at=now, running_until=now + LEASE, last_error=""))
        return True
    taken = tx.execute(
        update(Job)
        .where(Job.name == job.name, Job.next_at <= now, or_(Job.running_until.is_(None), Job.running_until <= now))
        .values(running_until=now + LEASE)
        .returning(Job.name)
    )
    return taken.one_or_none() is not None


def finish(tx: Session, job: Recurring, now: datetime, error: str) -> None:
    """Put the job back for its next time."""
    values = {"next_at": now + timedelta(seconds=job.every_s), "running_until": None, "last_error": error}
    if not error:
        values["last_done_at"] = now
    tx.execute(update(Job).where(Job.name == job.name).values(**values))


def run_due(door: Writes, jobs: Sequence[Recurring], clock: Callable[[], datetime]) -> int:
    """Run every job that is due once; returns how many things were done."""
    done = 0
    for job in jobs:
        at = clock()
        if not door.write(lambda tx, job=job, at=at: take(tx, job, at)):  # type: ignore[misc]
            continue
        error = ""
        try:
            while portion := door.write(lambda tx, job=job: job.run(tx, clock())):  # type: ignore[misc]
                done += portion
        except Exception as failure:
            log.exception("job %s failed", job.name)
            error = type(failure).__name__
        door.write(lambda tx, job=job, error=error: finish(tx, job, clock(), error))  # type: ignore[misc]
    return done


def work(door: Writes, jobs: Sequence[Recurring], clock: Callable[[], datetime], stop: threading.Event) -> None:
    """Run jobs until told to stop."""
    pause = min(job.every_s for job in jobs)
    while not stop.is_set():
        try:
            run_due(door, jobs, clock)
        except Exception:
            log.exception("the worker could not reach the database; it tries again")
        stop.wait(pause)
