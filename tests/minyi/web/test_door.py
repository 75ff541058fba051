"""The door: all together or nothing, refusals alone, and nothing written outside of it."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from minyi.audit.models import PageVersion
from minyi.audit.operations import raise_versions
from minyi.extensions import db
from minyi.kernel.refusal import Refusal, Refused
from minyi.web.door import Door
from tests.conftest import both_engines


def insert(tx: Session, name: str) -> str:
    tx.add(PageVersion(name=name, version=1))
    tx.flush()
    return name


@both_engines
def test_answer_comes_after_the_row_is_there(door: Door, read) -> None:
    assert door.write(lambda tx: insert(tx, "a")) == "a"
    assert read(lambda tx: list(tx.scalars(select(PageVersion.name)))) == ["a"]


@both_engines
def test_refusal_rolls_back_alone(door: Door, read) -> None:
    def refused(tx: Session) -> None:
        insert(tx, "gone")
        raise Refused(Refusal("web.not_found"))

    ready = threading.Barrier(9)

    def run(number: int) -> str:
        ready.wait()
        if number % 2:
            with pytest.raises(Refused):
                door.write(refused)
            return "refused"
        return door.write(lambda tx: insert(tx, f"kept{number}"))

    with ThreadPoolExecutor(9) as pool:
        answers = list(pool.map(run, range(9)))
    assert answers == ["kept0", "refused", "kept2", "refused", "kept4", "refused", "kept6", "refused", "kept8"]
    assert sorted(read(lambda tx: list(tx.scalars(select(PageVersion.name))))) == [f"kept{n}" for n in (0, 2, 4, 6, 8)]


@both_engines
def test_doubled_key_is_the_second_writers_error_only(door: Door, read) -> None:
    door.write(lambda tx: insert(tx, "a"))
    with pytest.raises(IntegrityError):
        door.write(lambda tx: insert(tx, "a"))
    assert door.write(lambda tx: insert(tx, "b")) == "b"
    assert read(lambda tx: sorted(tx.scalars(select(PageVersion.name)))) == ["a", "b"]


@both_engines
def test_no_increment_is_lost_among_threads(door: Door, read) -> None:
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: door.write(lambda tx: raise_versions(tx, ["front"])), range(200)))
    assert read(lambda tx: tx.scalar(select(PageVersion.version))) == 200


@both_engines
def test_reading_transaction_cannot_write(app: Flask) -> None:
    with app.app_context(), pytest.raises(DBAPIError):
        db.session.execute(text("INSERT INTO page_versions (name, version) VALUES ('x', 1)"))


def test_sqlite_tables_are_strict(read) -> None:
    tables = read(lambda tx: list(tx.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'table'"))))
    loose = [name for name, sql in tables if "STRICT" not in sql and name != "alembic_version"]
    assert len(tables) > 20
    assert loose == []
