"""Backup and restore: one file, the same for both engines, taken in one reading snapshot while the hall is running.

A zip of `tables/<name>.jsonl`, `keys/<name>.key` and `manifest.json` (schema revision, rows and SHA-256 of each part,
end of the audit chain). A backup holds the instance's keys: it is written with mode 0600 and belongs in a safe.
"""

import base64
import hashlib
import json
import os
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Table, func, insert, select, update
from sqlalchemy.orm import Session

from minyi.audit.queries import chain_break, head
from minyi.config import SECRET_FILES
from minyi.db import WRITES
from minyi.kernel.canonical import Plain, canonical_json, instant_of, instant_text
from minyi.schema import all_tables, newest_revision, present_revision

FORMAT = "minyi-backup-1"
CHUNK = 1000
MOST_PART_BYTES = 64 * 1024**3


class BackupRefused(Exception):  # noqa: N818
    """The file cannot be taken back (or the place is not empty); nothing was touched. The text says what and where."""


def write_backup(engine: Engine, instance: Path, target: Path, *, now: datetime) -> dict[str, Any]:
    """Write a consistent copy to `target` (complete or not there at all); returns its manifest."""
    scratch = target.with_name(f".{target.name}.part")
    descriptor = os.open(scratch, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
                manifest = _fill(archive, engine, instance, now)
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(target)
    except BaseException:
        scratch.unlink(missing_ok=True)
        raise
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return manifest


def _fill(archive: zipfile.ZipFile, engine: Engine, instance: Path, now: datetime) -> dict[str, Any]:
    parts: dict[str, Any] = {}
    options = {} if engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
    with engine.connect().execution_options(**options) as connection, Session(connection) as read:
        length, last_hash = head(read)  # the first read fixes the snapshot
        for table in all_tables().sorted_tables:
            digest, rows = hashlib.sha256(), 0
            with archive.open(f"tables/{table.name}.jsonl", "w", force_zip64=True) as part:
                for row in _rows(read, table):
                    line = canonical_json(row) + b"\n"
                    part.write(line)
                    digest.update(line)
                    rows += 1
            parts[f"tables/{table.name}.jsonl"] = {"rows": rows, "sha256": digest.hexdigest()}
    for name in SECRET_FILES:
        content = (instance / f"{name}.key").read_bytes()
        archive.writestr(f"keys/{name}.key", content)
        parts[f"keys/{name}.key"] = {"rows": 1, "sha256": hashlib.sha256(content).hexdigest()}
    manifest = {
        "format": FORMAT,
        "taken_at": instant_text(now),
        "revision": present_revision(engine),
        "audit": {"entries": length, "hash": last_hash},
        "parts": parts,
    }
    archive.writestr("manifest.json", json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True))
    return manifest


def _rows(read: Session, table: Table) -> Iterator[list[Plain]]:
    keys = list(table.primary_key.columns)
    result = read.execute(select(*table.columns).order_by(*keys).execution_options(yield_per=CHUNK))
    for row in result:
        yield [_out(value) for value in row]


def _out(value: Any) -> Plain:
    if isinstance(value, datetime):
        return {"t": instant_text(value)}
    if isinstance(value, date):
        return {"d": value.isoformat()}
    if isinstance(value, bytes):
        return {"b": base64.b64encode(value).decode()}
    return value  # type: ignore[no-any-return]


def _back(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    ((kind, text),) = value.items()
    if kind == "t":
        return instant_of(text)
    if kind == "d":
        return date.fromisoformat(text)
    return base64.b64decode(text, validate=True)


def read_manifest(archive: zipfile.ZipFile, name: str) -> dict[str, Any]:
    """The manifest, after every part has been hashed and found as it says. Refuses anything else."""
    try:
        manifest = json.loads(archive.read("manifest.json"))
        if manifest["format"] != FORMAT:
            raise BackupRefused(f"{name}: format {manifest['format']!r} is not known here")
        listed = set(manifest["parts"]) | {"manifest.json"}
        found = set(archive.namelist())
        if listed != found or len(archive.namelist()) != len(found):
            raise BackupRefused(f"{name}: parts missing or foreign: {sorted(listed ^ found)[:3]}")
        for part, said in manifest["parts"].items():
            digest = hashlib.sha256()
            with archive.open(part) as file:
                while block := file.read(1 << 20):
                    digest.update(block)
            if digest.hexdigest() != said["sha256"]:
                raise BackupRefused(f"{name}: {part} is damaged")
    except BackupRefused:
        raise
    except Exception as error:
        raise BackupRefused(f"{name}: damaged or not a backup ({type(error).__name__})") from error
    return manifest  # type: ignore[no-any-return]


def check_backup(source: Path) -> dict[str, Any]:
    """Read a backup through without touching anything; returns its manifest or refuses it."""
    try:
        with zipfile.ZipFile(source) as archive:
            return read_manifest(archive, source.name)
    except (OSError, zipfile.BadZipFile, NotImplementedError) as error:
        raise BackupRefused(f"{source.name}: damaged or not a backup ({error})") from error


def restore_backup(engine: Engine, instance: Path, source: Path) -> dict[str, Any]:
    """Put a backup into an empty, migrated database and write its keys. All or nothing; refuses a filled database."""
    manifest = check_backup(source)
    if manifest["revision"] != newest_revision():
        raise BackupRefused(
            f"{source.name}: taken at schema {manifest['revision']}, this program is at {newest_revision()}:"
            " restore with the program of that time, then upgrade"
        )
    tables = all_tables().sorted_tables
    with (
        zipfile.ZipFile(source) as archive,
        engine.connect().execution_options(**{WRITES: True}) as connection,
        connection.begin(),
        Session(connection, join_transaction_mode="create_savepoint") as tx,
    ):
        for table in tables:
            if tx.execute(select(func.count()).select_from(table)).scalar_one():
                raise BackupRefused(f"the database is not empty ({table.name}): restore into a new one")
        for table in tables:
            _load(tx, archive, table)
        broken = chain_break(tx)
        if broken or head(tx) != (manifest["audit"]["entries"], manifest["audit"]["hash"]):
            raise BackupRefused(f"{source.name}: the audit chain does not fit: {broken or 'another end'}")
        tx.commit()
        _put_keys(archive, instance)
    return manifest


def _load(tx: Session, archive: zipfile.ZipFile, table: Table) -> None:
    columns = [column.name for column in table.columns]
    own = [key.parent.name for key in table.foreign_keys if key.column.table is table]
    later: list[dict[str, Any]] = []
    batch: list[dict[str, Any]] = []
    with archive.open(f"tables/{table.name}.jsonl") as part:
        for line in part:
            row = dict(zip(columns, map(_back, json.loads(line)), strict=True))
            if any(row[name] is not None for name in own):
                later.append(dict(row))
                row.update(dict.fromkeys(own))
            batch.append(row)
            if len(batch) == CHUNK:
                tx.execute(insert(table), batch)
                batch = []
    if batch:
        tx.execute(insert(table), batch)
    for row in later:  # rows that name rows of the same table
        where = [column == row[column.name] for column in table.primary_key.columns]
        tx.execute(update(table).where(*where).values({name: row[name] for name in own}))


def _put_keys(archive: zipfile.ZipFile, instance: Path) -> None:
    instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in SECRET_FILES:
        scratch = instance / f".{name}.key.part"
        descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(archive.read(f"keys/{name}.key"))
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(instance / f"{name}.key")
