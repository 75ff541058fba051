"""How a view writes and reads: `write(lambda tx: cast_ballot(tx, ...))` answers after it is on disk."""

from collections.abc import Callable
from typing import TypeVar, cast

from flask import current_app
from sqlalchemy.orm import Session

from minyi.extensions import db
from minyi.web.door import Door

Answer = TypeVar("Answer")


def write(use_case: Callable[[Session], Answer]) -> Answer:
    """Run one use case through this process's door. The reading transaction is ended first: no stale page after it."""
    db.session.rollback()
    return door().write(use_case)


def door() -> Door:
    """This app's door."""
    return cast("Door", current_app.extensions["minyi.door"])


def reading() -> Session:
    """The request's read-only transaction (the engine refuses a write in it)."""
    return cast("Session", db.session)
