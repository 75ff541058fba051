"""Serving: Granian with respawn, the worker beside it, health and metrics."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from minyi.config import Settings


def environment_of(settings: Settings) -> dict[str, str]:
    """What a child process needs to see the same settings."""
    given = {f"MINYI_{name.upper()}": str(value) for name, value in settings.model_dump().items() if value != ""}
    given["MINYI_DEMO"] = "true" if settings.demo else "false"
    return {**os.environ, **given}


class WorkerProcess:
    """The worker as a child; started again when it dies, told to end when the server ends."""

    def __init__(self, settings: Settings) -> None:
        self._environment = environment_of(settings)
        self._ending = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, name="minyi-keeps-worker", daemon=True)

    def start(self) -> None:
        """Start it and keep it."""
        self._thread.start()

    def stop(self) -> None:
        """End it and wait."""
        self._ending.set()
        if self._child is not None and self._child.poll() is None:
            self._child.terminate()
            try:
                self._child.wait(10)
            except subprocess.TimeoutExpired:
                self._child.kill()

    def _keep(self) -> None:
        while not self._ending.is_set():
            self._child = subprocess.Popen(
                [sys.executable, "-m", "minyi.cli", "worker"], env=self._environment
            )
            self._child.wait()
            self._ending.wait(1)


def serve(settings: Settings, *, with_worker: bool) -> None:
    """Serve until SIGTERM or SIGINT. SQLite wants one process (one writer); PostgreSQL as many as there are cores."""
    from granian import Granian
    from granian.constants import Interfaces

    os.environ.update(environment_of(settings))
    sqlite = settings.database.startswith("sqlite")
    worker = WorkerProcess(settings) if with_worker else None
    if worker is not None:
        worker.start()
    try:
        Granian(
            "minyi.app:create_app",
            address=settings.host,
            port=settings.port,
            interface=Interfaces.WSGI,
            factory=True,
            workers=1 if sqlite else settings.processes,
            blocking_threads=settings.threads,
            respawn_failed_workers=True,
            websockets=False,
            log_access=False,
            workers_kill_timeout=10,
        ).serve()
    finally:
        if worker is not None:
            worker.stop()


def work_until_told(settings: Settings) -> None:
    """`minyi worker`: run recurring jobs until SIGTERM or SIGINT, or until the parent is gone."""
    from minyi.app import create_app, recurring_jobs
    from minyi.jobs.worker import work
    from minyi.kernel.clock import now

    app = create_app(settings)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    parent = os.getppid()

    def watch() -> None:
        while not stop.wait(2):
            if os.getppid() != parent:
                stop.set()

    threading.Thread(target=watch, daemon=True).start()
    work(app.extensions["minyi.door"], recurring_jobs(), now, stop)
    app.extensions["minyi.door"].close()


def pid_file(settings: Settings) -> Path:
    """Where a running `minyi serve` notes its process."""
    return settings.instance / "serve.pid"
