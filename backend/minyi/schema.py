"""The database's schema: all tables, the migrations, and whether the two agree."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, MetaData

import minyi.audit.models
import minyi.jobs.models
import minyi.people.models
import minyi.places.models
import minyi.topics.models
import minyi.votes.models
import minyi.web.models  # noqa: F401 - each import puts its tables into Base.metadata
from minyi.db import WRITES, Base

MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations"


def all_tables() -> MetaData:
    """Every table of the house."""
    return Base.metadata


def alembic_config() -> Config:
    """Alembic's configuration; there is no alembic.ini."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def newest_revision() -> str:
    """The revision that this code wants."""
    return str(ScriptDirectory.from_config(alembic_config()).get_current_head())


def present_revision(engine: Engine) -> str | None:
    """The revision that the database has; None when it is empty."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def migrate(engine: Engine, to: str = "head", *, down: bool = False) -> None:
    """Bring the database to a revision in one transaction; on any failure it is as before."""
    config = alembic_config()
    with engine.connect().execution_options(**{WRITES: True}) as connection:
        if engine.dialect.name == "sqlite":
            # Batch copies drop and rename tables; the keys are checked once more before the commit. The pragma has no
            # effect inside a transaction, so it goes to the driver.
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
        config.attributes["connection"] = connection
        with connection.begin():
            (command.downgrade if down else command.upgrade)(config, to)
            if engine.dialect.name == "sqlite":
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
                if broken:
                    raise RuntimeError(f"the migration broke foreign keys: {broken[:5]}")
        connection.invalidate()  # the next user gets a connection with the usual rules


def differences(engine: Engine) -> Sequence[Any]:
    """What the models say and the migrated database does not, or the other way round."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found: Sequence[Any] = compare_metadata(context, Base.metadata)
        return found
