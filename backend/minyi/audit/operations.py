"""Recording a step. Called last in a use case: on PostgreSQL the end of the chain is locked until the commit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import Session

from minyi.audit.domain.chain import GENESIS, Link, link_hash
from minyi.audit.models import AuditEntry, AuditHead, PageVersion
from minyi.kernel.canonical import Plain, canonical_json


@dataclass(frozen=True, slots=True)
class Actor:
    """Who takes a step: an account in a role, or the house itself (`SYSTEM`)."""

    account_id: str | None
    role: str


SYSTEM = Actor(None, "system")


def record_step(
    tx: Session,
    *,
    now: datetime,
    by: Actor,
    action: str,
    subject: tuple[str, str],
    place_code: str | None = None,
    facts: Mapping[str, Plain] | None = None,
    touches: Sequence[str] = (),
) -> str:
    """Append one entry to the chain and raise the version of every page named in `touches`; returns the entry's hash.

    `subject` is (kind, id), e.g. ("topic", "7k2m9xq40vbd"). `touches` are page names as in `page_version`, the subject
    itself ("topic:7k2m9xq40vbd") always among them. No names and no choices of a ballot may stand in `facts`.
    """
    head = tx.execute(
        update(AuditHead).where(AuditHead.id == 1).values(seq=AuditHead.seq + 1).returning(AuditHead.seq, AuditHead.hash)
    ).one_or_none()
    if head is None:
        tx.execute(insert(AuditHead).values(id=1, seq=1, hash=GENESIS))
        seq, prev_hash = 1, GENESIS
    else:
        seq, prev_hash = head
    kind, subject_id = subject
    link = Link(
        seq, now, by.account_id, by.role, action, kind, subject_id, place_code, canonical_json(facts or {}).decode()
    )
    own_hash = link_hash(prev_hash, link)
    tx.execute(
        insert(AuditEntry).values(
            seq=seq,
            at=now,
            actor_id=link.actor_id,
            actor_role=link.actor_role,
            action=action,
            subject_kind=kind,
            subject_id=subject_id,
            place_code=place_code,
            facts=link.facts,
            prev_hash=prev_hash,
            hash=own_hash,
        )
    )
    tx.execute(update(AuditHead).where(AuditHead.id == 1).values(hash=own_hash))
    raise_versions(tx, [f"{kind}:{subject_id}", *touches])
    return own_hash


def raise_versions(tx: Session, names: Sequence[str]) -> None:
    """Make every kept rendering of these pages stale."""
    upsert = insert_sqlite if tx.get_bind().dialect.name == "sqlite" else insert_postgresql
    statement = upsert(PageVersion)
    for name in sorted(set(names)):
        tx.execute(
            statement.values(name=name, version=1).on_conflict_do_update(
                index_elements=[PageVersion.name], set_={"version": PageVersion.version + 1}
            )
        )


def ensure_chain(tx: Session) -> None:
    """Make the head row, so that concurrent first entries queue up on it. Part of `minyi init`."""
    if tx.execute(select(AuditHead.id)).one_or_none() is None:
        tx.execute(insert(AuditHead).values(id=1, seq=0, hash=GENESIS))
