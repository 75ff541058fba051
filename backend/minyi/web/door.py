"""The door for writing: one transaction around a whole use case, answered after it is on disk.

SQLite has one writer thread that takes what is waiting, runs each use case under its own savepoint (a refusal rolls
back alone) and commits them together; PostgreSQL has a transaction each. A use case returns plain values.
"""

import contextlib
import logging
import os
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import Session

from minyi.db import WRITES

Answer = TypeVar("Answer")
UseCase = Callable[[Session], Answer]

LONGEST_WAIT_S = 20.0
MOST_IN_A_COMMIT = 128
TRIES = 4

log = logging.getLogger(__name__)


class Busy(Exception):  # noqa: N818 - a state, not a bug
    """The write could not be done now and left no trace: answer 503 with Retry-After."""


class Door(Protocol):
    """What a view, a job and a terminal command write through."""

    def write(self, use_case: UseCase[Answer]) -> Answer:
        """Run the use case and return its answer once it is on disk. Raises what it raised, or `Busy`."""
        ...

    def close(self) -> None:
        """Finish what is waiting and let go of the engine."""
        ...


def open_door(engine: Engine) -> Door:
    """The door that fits the engine."""
    return WriterThread(engine) if engine.dialect.name == "sqlite" else TransactionEach(engine)


class TransactionEach:
    """PostgreSQL: a transaction each; a lost race (unique key, serialization, deadlock) is run once more from the start."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine.execution_options(**{WRITES: True})

    def write(self, use_case: UseCase[Answer]) -> Answer:
        for attempt in range(1, TRIES + 1):
            try:
                with Session(self._engine, expire_on_commit=False) as tx, tx.begin():
                    return use_case(tx)
            except IntegrityError:
                if attempt == TRIES:
                    raise
            except OperationalError as error:
                if error.connection_invalidated or not _lost_race(error):
                    # A commit cut off in the middle is unknown: the caller must ask again, never we.
                    raise Busy from error
                if attempt == TRIES:
                    raise Busy from error
            except DBAPIError as error:
                if error.connection_invalidated:
                    raise Busy from error
                raise
            time.sleep(0.005 * attempt)
        raise Busy

    def close(self) -> None:
        self._engine.dispose()


def _lost_race(error: OperationalError) -> bool:
    return getattr(error.orig, "sqlstate", "") in {"40001", "40P01", "55P03"}


class _Waiting:
    """One use case in the queue. `claim` and `give_up` exclude each other, so a timed-out write never happens later."""

    __slots__ = ("_lock", "answer", "state", "use_case")

    def __init__(self, use_case: UseCase[Any]) -> None:
        self.use_case = use_case
        self.answer: Future[Any] = Future()
        self.state = "waiting"
        self._lock = threading.Lock()

    def claim(self) -> bool:
        with self._lock:
            if self.state != "waiting":
                return False
            self.state = "claimed"
            return True

    def give_up(self) -> bool:
        with self._lock:
            if self.state != "waiting":
                return False
            self.state = "given up"
            return True


class WriterThread:
    """SQLite: one thread writes, the others wait for their answer. Started by the first write in this process."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._queue: queue.Queue[_Waiting | None] = queue.Queue()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._process = 0

    def write(self, use_case: UseCase[Answer]) -> Answer:
        self._start()
        waiting = _Waiting(use_case)
        self._queue.put(waiting)
        try:
            return waiting.answer.result(LONGEST_WAIT_S)  # type: ignore[no-any-return]
        except TimeoutError:
            if waiting.give_up():
                raise Busy from None
            return waiting.answer.result()  # type: ignore[no-any-return]  # it is being written: its answer is near

    def close(self) -> None:
        if self._thread is not None and self._process == os.getpid():
            self._queue.put(None)
            self._thread.join()
            self._thread = None

    def _start(self) -> None:
        if self._thread is not None and self._process == os.getpid():
            return
        with self._starting:
            if self._thread is None or self._process != os.getpid():
                self._queue = queue.Queue()
                self._process = os.getpid()
                self._thread = threading.Thread(target=self._work, name="minyi-writer", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        connection: Connection | None = None
        while True:
            first = self._queue.get()
            batch: list[_Waiting] = []
            ending = first is None
            if first is not None:
                batch.append(first)
            while len(batch) < MOST_IN_A_COMMIT:
                try:
                    more = self._queue.get_nowait()
                except queue.Empty:
                    break
                if more is None:
                    ending = True
                else:
                    batch.append(more)
            batch = [waiting for waiting in batch if waiting.claim()]
            if batch:
                connection = self._commit_together(batch, connection)
            if ending:
                if connection is not None:
                    connection.close()
                return

    def _commit_together(self, batch: list[_Waiting], connection: Connection | None) -> Connection | None:
        done: list[tuple[_Waiting, Any]] = []
        try:
            if connection is None:
                connection = self._engine.connect().execution_options(**{WRITES: True})
            connection.begin()
            for waiting in batch:
                try:
                    # Its own savepoint: a refusal or a bug rolls back alone.
                    with Session(connection, expire_on_commit=False, join_transaction_mode="create_savepoint") as tx:
                        answer = waiting.use_case(tx)
                        tx.commit()
                except OperationalError:
                    raise  # the engine itself failed (disk, lock): nothing of this commit is certain
                except Exception as error:  # noqa: BLE001 - handed to the one who asked
                    waiting.answer.set_exception(error)
                else:
                    done.append((waiting, answer))
            connection.commit()
        except Exception as error:  # noqa: BLE001 - handed to everyone who has no answer yet
            log.warning("a commit failed and was rolled back: %s", error)
            busy = Busy()
            busy.__cause__ = error
            for waiting in batch:
                if not waiting.answer.done():
                    waiting.answer.set_exception(busy)
            if connection is not None:
                with contextlib.suppress(Exception):
                    connection.invalidate()
                with contextlib.suppress(Exception):
                    connection.close()
            return None
        for waiting, answer in done:
            waiting.answer.set_result(answer)
        return connection
