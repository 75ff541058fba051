"""The yardstick: a bare Flask app on the same server, and raw commits with the same durability."""

import os
import sqlite3
import time
from pathlib import Path

from flask import Flask, session


def create_app() -> Flask:
    """`/hello` answers a word; POST `/session` reads the signed session and answers a word."""
    app = Flask("bare")
    app.secret_key = "bench"

    @app.get("/hello")
    def hello() -> str:
        return "hello"

    @app.post("/session")
    def read_session() -> str:
        return str(session.get("_user_id", "nobody"))

    return app


def session_cookie() -> str:
    """A signed session as `/session` reads it."""
    app = create_app()
    serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    assert serializer is not None
    return f"session={serializer.dumps({'_user_id': 'x' * 43})}"


def raw_commits(folder: Path, seconds: float) -> float:
    """One-row commits a second, WAL, synchronous=FULL, one by one: what the disk gives."""
    path = folder / f"raw-{os.getpid()}-{time.monotonic_ns()}.db"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL, b INTEGER NOT NULL) STRICT")
    start, count = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        connection.execute("INSERT INTO t (a, b) VALUES ('x', 1)")
        count += 1
    rate = count / (time.perf_counter() - start)
    connection.close()
    for name in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
        name.unlink(missing_ok=True)
    return rate


if __name__ == "__main__":
    import sys

    print(raw_commits(Path(sys.argv[1]), float(sys.argv[2])))
