"""What every test may ask for: a migrated database on either engine, an app over it, a client, a way to write."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, event
from sqlalchemy.orm import Session

from minyi.app import create_app
from minyi.config import Settings, make_secrets, read_settings
from minyi.db import prepare_engine
from minyi.extensions import db
from minyi.schema import migrate
from minyi.web.door import Door
from tests.ground.postgres import Cluster, start_cluster

REQUIRE_ALL = os.environ.get("MINYI_REQUIRE_ALL") == "1"
ROOT = Path(__file__).resolve().parents[1]

both_engines = pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"], indirect=True)
"""Decorator: the test runs on SQLite and on PostgreSQL and must see the same."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "engine_name" in getattr(item, "fixturenames", ()) and "postgresql" in item.name:
            item.add_marker("postgres")


def absent(what: str) -> None:
    """Something that pip cannot bring is missing: said loudly, and a failure where everything is required."""
    message = f"{what} is not on this machine"
    if REQUIRE_ALL:
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite database to copy."""
    path = tmp_path_factory.mktemp("template") / "minyi.db"
    engine = create_engine(f"sqlite:///{path}")
    prepare_engine(engine)
    migrate(engine)
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """A real PostgreSQL of this test process, with a migrated template database."""
    with start_cluster() as cluster:
        engine = create_engine(cluster.make_database("minyi_template"))
        prepare_engine(engine)
        migrate(engine)
        engine.dispose()
        yield cluster


@pytest.fixture
def engine_name(request: pytest.FixtureRequest) -> str:
    """`sqlite` unless the test is decorated with `both_engines`."""
    return getattr(request, "param", "sqlite")


@pytest.fixture
def database_url(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh migrated database."""
    if engine_name == "sqlite":
        path = tmp_path / "minyi.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
    else:
        cluster: Cluster = request.getfixturevalue("postgres")
        name, url = cluster.copy_database("minyi_template")
        yield url
        cluster.drop_database(name)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings of an instance of this test's own; the cheapest password hash."""
    make_secrets(tmp_path / "instance")
    return read_settings(
        tmp_path / "instance",
        database_url=database_url,
        argon2_kib=8,
        argon2_rounds=1,
        base_url="http://localhost",
        threads=4,
        registrations_per_hour=1000,
        sign_in_tries=1000,
    )


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The whole app; bugs surface instead of becoming a 500 page."""
    app = create_app(settings)
    app.config.update(TESTING=True, PROPAGATE_EXCEPTIONS=True)
    yield app
    with app.app_context():
        app.extensions["minyi.door"].close()
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without JavaScript; asks in Chinese."""
    client = app.test_client()
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "zh-CN"
    return client


@pytest.fixture
def door(app: Flask) -> Door:
    """The app's door: `door.write(lambda tx: ...)`."""
    return app.extensions["minyi.door"]


@pytest.fixture
def read(app: Flask) -> Iterator[Callable[[Callable[[Session], Any]], Any]]:
    """`read(lambda tx: page_version(tx, "front"))`: a fresh reading transaction each time."""

    def run(query: Callable[[Session], Any]) -> Any:
        with app.app_context(), Session(db.engine) as tx:
            return query(tx)

    return run


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    """Every SQL statement that the app's engine executes while the test runs (without BEGIN, pragmas, savepoints)."""
    seen: list[str] = []
    with app.app_context():
        engine = db.engine

    def note(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(("PRAGMA", "BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "SET TRANSACTION")):
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def short_folder() -> Path:
    """A folder that another system user may enter (PostgreSQL refuses to run as root and drops to its own)."""
    folder = Path(tempfile.mkdtemp(prefix="minyi-"))
    folder.chmod(0o755)
    return folder
