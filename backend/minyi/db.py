"""The database, plain SQLAlchemy: base class, column types that are the same on both engines, engine rules.

Rules (measured, see the contributing pages): SQLite tables are STRICT, foreign keys on, WAL with synchronous=FULL; a
transaction begins IMMEDIATE only inside the door (`web/door.py`), every other one is read-only by the engine itself.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, Date, Engine, Integer, LargeBinary, MetaData, String, Table, Text, event
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, registry
from sqlalchemy.types import TIMESTAMP, TypeDecorator, TypeEngine

from minyi.kernel.canonical import instant_of, instant_text

WRITES = "minyi_writes"
"""Execution option of a connection that stands inside the door."""

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Instant(TypeDecorator[datetime]):
    """A moment with its zone: timestamptz on PostgreSQL, RFC 3339 text in UTC (sorts as text) on SQLite."""

    impl = TIMESTAMP(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else TIMESTAMP(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        text = instant_text(value)  # refuses a naive datetime on both engines
        return text if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None or dialect.name != "sqlite":
            return value  # type: ignore[no-any-return]
        return instant_of(value)


class Base(DeclarativeBase):
    """Every table of the house. Columns are NOT NULL unless their annotation says otherwise."""

    registry = registry(
        metadata=MetaData(naming_convention=NAMES),
        type_annotation_map={
            datetime: Instant(),
            date: Date(),
            int: BigInteger(),
            str: Text(),
            bytes: LargeBinary(),
            bool: Boolean(),
        },
    )


# STRICT knows INTEGER, TEXT, REAL, BLOB, ANY only.
@compiles(BigInteger, "sqlite")
@compiles(Boolean, "sqlite")
@compiles(Integer, "sqlite")
def _as_integer(*_: Any, **__: Any) -> str:
    return "INTEGER"


@compiles(String, "sqlite")
@compiles(Text, "sqlite")
@compiles(Date, "sqlite")
def _as_text(*_: Any, **__: Any) -> str:
    return "TEXT"


@event.listens_for(Table, "after_parent_attach")
def _make_strict(table: Table, _: Any) -> None:
    """Also for the tables that Alembic builds in a migration or a batch copy."""
    table.dialect_options["sqlite"]["strict"] = True


def prepare_engine(engine: Engine) -> None:
    """Install the engine rules. Call once per engine, before its first connection."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_pragmas)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "begin", _begin_postgresql)


def _set_pragmas(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # the driver begins nothing on its own
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = bool(connection.get_execution_options().get(WRITES))
    connection.exec_driver_sql(f"PRAGMA query_only={'OFF' if writes else 'ON'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _begin_postgresql(connection: Connection) -> None:
    if not connection.get_execution_options().get(WRITES):
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")


def engine_faults(connection: Connection) -> list[str]:
    """What of the engine rules does not hold on this connection; empty when all is well."""
    if connection.dialect.name == "sqlite":
        wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in wanted}
    else:
        wanted = {"synchronous_commit": "on", "server_encoding": "UTF8", "fsync": "on"}
        found = {name: connection.exec_driver_sql(f"SHOW {name}").scalar_one() for name in wanted}
    return [f"{name} is {found[name]}, must be {wanted[name]}" for name in wanted if found[name] != wanted[name]]
