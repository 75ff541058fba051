"""The chain of audit entries: pure arithmetic, so that a reader's own program can check it.

hash = SHA-256( prev_hash in ASCII || canonical JSON of the entry without its hashes ).
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from minyi.kernel.canonical import Plain, canonical_json, instant_text

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Link:
    """One entry as it is hashed."""

    seq: int
    at: datetime
    actor_id: str | None
    actor_role: str
    action: str
    subject_kind: str
    subject_id: str
    place_code: str | None
    facts: str

    def content(self) -> Mapping[str, Plain]:
        """The fields of the entry as they are published."""
        return {
            "seq": self.seq,
            "at": instant_text(self.at),
            "actor_id": self.actor_id,
            "actor_role": self.actor_role,
            "action": self.action,
            "subject_kind": self.subject_kind,
            "subject_id": self.subject_id,
            "place_code": self.place_code,
            "facts": self.facts,
        }


def link_hash(prev_hash: str, link: Link) -> str:
    """64 hexadecimal digits."""
    return hashlib.sha256(prev_hash.encode("ascii") + canonical_json(link.content())).hexdigest()


def first_break(entries: Iterable[tuple[Link, str, str]], *, start: str = GENESIS, first_seq: int = 1) -> str | None:
    """Walk (entry, prev_hash, hash) in order; the first thing that does not fit as a sentence, else None."""
    expected, seq = start, first_seq
    for link, prev_hash, own_hash in entries:
        if link.seq != seq:
            return f"entry {seq} is missing: {link.seq} follows"
        if prev_hash != expected:
            return f"entry {seq} does not continue the entry before it"
        if link_hash(prev_hash, link) != own_hash:
            return f"entry {seq} was changed: its hash does not match its content"
        expected, seq = own_hash, seq + 1
    return None
