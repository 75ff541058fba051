"""The worker: each job once, by one worker, again after a death."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from minyi.audit.models import PageVersion
from minyi.audit.operations import raise_versions
from minyi.jobs.models import Job
from minyi.jobs.worker import LEASE, Recurring, run_due, take
from minyi.web.door import Door
from tests.conftest import both_engines

START = datetime(2026, 3, 1, 8, tzinfo=UTC)


def counting(name: str, every_s: int = 60) -> Recurring:
    def run(tx: Session, _now: datetime) -> int:
        raise_versions(tx, [name])
        return 0

    return Recurring(name, every_s, run)


def runs(read, name: str) -> int:
    return read(lambda tx: tx.scalar(select(PageVersion.version).where(PageVersion.name == name))) or 0


@both_engines
def test_job_runs_when_due_and_not_before(door: Door, read) -> None:
    job = counting("a")
    for seconds, expected in [(0, 1), (30, 1), (59, 1), (60, 2), (61, 2), (500, 3)]:
        run_due(door, [job], lambda seconds=seconds: START + timedelta(seconds=seconds))
        assert runs(read, "a") == expected, seconds


@both_engines
def test_lease_keeps_a_second_worker_away_until_the_first_is_dead(door: Door, read) -> None:
    job = counting("a")
    assert door.write(lambda tx: take(tx, job, START))
    assert not door.write(lambda tx: take(tx, job, START + LEASE / 2))
    assert door.write(lambda tx: take(tx, job, START + LEASE))


@both_engines
def test_failing_job_is_noted_and_others_go_on(door: Door, read, caplog) -> None:
    def fail(_tx: Session, _now: datetime) -> int:
        raise ValueError("broken")

    run_due(door, [Recurring("bad", 60, fail), counting("good")], lambda: START)
    assert runs(read, "good") == 1
    assert read(lambda tx: tx.execute(select(Job.last_error, Job.running_until).where(Job.name == "bad")).one()) == (
        "ValueError",
        None,
    )
    assert "job bad failed" in caplog.text


def test_job_with_work_left_runs_again_at_once(door: Door, read) -> None:
    left = [3, 2, 1, 0]

    def run(tx: Session, _now: datetime) -> int:
        raise_versions(tx, ["portions"])
        return left.pop(0)

    assert run_due(door, [Recurring("portions", 60, run)], lambda: START) == 6
    assert runs(read, "portions") == 4
