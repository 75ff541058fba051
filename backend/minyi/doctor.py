"""What is wrong with a set-up and how to mend it; one line a finding."""

import os
import shutil

from sqlalchemy import create_engine
from sqlalchemy.exc import SQLAlchemyError

from minyi.config import Settings, SettingsRefused, read_secrets
from minyi.db import engine_faults, prepare_engine
from minyi.schema import newest_revision, present_revision

LEAST_FREE_BYTES = 200 * 1024 * 1024


def findings(settings: Settings) -> list[str]:
    """Everything that is wrong; empty when nothing is."""
    found: list[str] = []
    if not settings.instance.is_dir():
        return [f"{settings.instance} does not exist: run `minyi init`"]
    if settings.instance.stat().st_mode & 0o077:
        found.append(f"{settings.instance} can be entered by others: chmod 700 {settings.instance}")
    if not os.access(settings.instance, os.W_OK):
        found.append(f"{settings.instance} cannot be written: give it to the user that serves")
    try:
        read_secrets(settings.instance)
    except SettingsRefused as refused:
        found.append(refused.message)
    if shutil.disk_usage(settings.instance).free < LEAST_FREE_BYTES:
        found.append(f"less than {LEAST_FREE_BYTES >> 20} MB free beside {settings.instance}: make room")
    found += _database_findings(settings)
    if not (settings.site_dir / "index.html").exists():
        found.append(f"{settings.site_dir} has no site: run `make site`")
    if not settings.csp_file.exists():
        found.append(f"{settings.csp_file} is missing: run `make site`")
    if settings.demo and settings.host not in {"127.0.0.1", "localhost", "::1"}:
        found.append("demo is on while serving beyond loopback: set demo = false")
    if settings.base_url.startswith("http://") and settings.host not in {"127.0.0.1", "localhost", "::1"}:
        found.append("base_url is http: put TLS in front and set base_url = https://...")
    return found


def _database_findings(settings: Settings) -> list[str]:
    engine = create_engine(settings.database)
    prepare_engine(engine)
    try:
        with engine.connect() as connection:
            found = [f"database: {fault}" for fault in engine_faults(connection)]
            if engine.dialect.name == "postgresql":
                collation = connection.exec_driver_sql(
                    "SELECT datcollate FROM pg_database WHERE datname = current_database()"
                ).scalar_one()
                if collation not in {"C", "C.UTF-8", "C.utf8", "POSIX"}:
                    found.append(f"database: text sorts by {collation}: create it with LC_COLLATE 'C'")
        present, wanted = present_revision(engine), newest_revision()
        if present != wanted:
            found.append(f"database: schema {present or 'empty'}, wanted {wanted}: run `minyi init`")
    except SQLAlchemyError as error:
        return [f"database: cannot be reached ({type(error).__name__}): see database_url"]
    finally:
        engine.dispose()
    return found
