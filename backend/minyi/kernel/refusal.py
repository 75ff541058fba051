"""An expected no: a stable code and the facts of its sentence. A bug is an exception, a no is a value."""

from collections.abc import Mapping
from dataclasses import dataclass, field

Fact = str | int


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something may not be done. `code` is `<slice>.<reason>`; `facts` fill the sentence in `web/refusals.py`."""

    code: str
    facts: Mapping[str, Fact] = field(default_factory=dict)


class Refused(Exception):  # noqa: N818 - it reads as the sentence it is: raise Refused(...)
    """Raised by an operation that may not go on; rolls back its own savepoint and nothing else."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


def refuse_if(refusal: Refusal | None) -> None:
    """Raise `Refused` when a `why_not_...` rule found a reason."""
    if refusal is not None:
        raise Refused(refusal)
