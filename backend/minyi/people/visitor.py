"""Who is asking: a frozen value, read by key, never an object graph. Flask-Login is wrapped here and nowhere else."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from flask import request
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session

from minyi.audit.operations import Actor
from minyi.extensions import login
from minyi.kernel.clock import now
from minyi.kernel.refusal import Refusal, Refused
from minyi.people.models import Account, PersonalToken, RoleGrant, SignIn
from minyi.web.language import local
from minyi.web.transaction import reading

ALL_SCOPES = frozenset({"read", "take_part", "desk"})


class Role(NamedTuple):
    """A role in force today, with its place."""

    role: str
    place_code: str


@dataclass(frozen=True, slots=True)
class Visitor:
    """The one who asks. Anonymous: `account_id` is None."""

    account_id: str | None = None
    chosen_name: str = ""
    state: str = "anonymous"
    community_code: str | None = None
    roles: tuple[Role, ...] = ()
    scopes: frozenset[str] = frozenset()
    sign_in_id: str | None = None
    demonstration: bool = False

    # What Flask-Login asks of a user.
    is_active = True

    @property
    def is_authenticated(self) -> bool:
        return self.account_id is not None

    @property
    def is_anonymous(self) -> bool:
        return self.account_id is None

    @property
    def verified(self) -> bool:
        """May publish (rule 7)."""
        return self.state == "verified"

    def has_role(self, *roles: str, place_code: str = "") -> bool:
        """Whether one of the roles is held for the place or one above it; without a place: anywhere."""
        return any(held.role in roles and place_code.startswith(held.place_code if place_code else "") for held in self.roles)

    def acting(self, role: str) -> Actor:
        """The visitor as the record names them."""
        return Actor(self.account_id, role)


NOBODY = Visitor()


def token_hash(token: str) -> str:
    """What is kept of a random token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def visitor() -> Visitor:
    """Who asks in this request."""
    return current_user._get_current_object()  # type: ignore[no-any-return]  # noqa: SLF001 - Flask-Login's own way


def signed_in() -> Visitor:
    """Who asks; refuses someone who is not signed in."""
    who = visitor()
    if who.account_id is None:
        raise Refused(Refusal("web.sign_in_needed"))
    return who


def staff(*roles: str, place_code: str = "") -> Visitor:
    """Who asks, holding one of the roles for the place; refuses others."""
    who = signed_in()
    if "desk" not in who.scopes or not who.has_role(*roles, place_code=place_code):
        raise Refused(Refusal("people.role_needed"))
    return who


def visitor_by_sign_in(read: Session, token: str, at: datetime) -> Visitor | None:
    """Look the sign-in up by the hash of its token; None when unknown, over or revoked."""
    row = read.execute(
        select(*_ACCOUNT, SignIn.id, SignIn.expires_at, SignIn.revoked_at)
        .join(SignIn, SignIn.account_id == Account.id)
        .where(SignIn.token_hash == token_hash(token))
    ).one_or_none()
    if row is None or row.revoked_at is not None or row.expires_at <= at or row.state == "closed":
        return None
    return _visitor(read, row, at, scopes=ALL_SCOPES, sign_in_id=row[-3])


def visitor_by_token(read: Session, token: str, at: datetime) -> Visitor | None:
    """Look a personal token up; its scopes bound what may be done."""
    row = read.execute(
        select(*_ACCOUNT, PersonalToken.scopes, PersonalToken.expires_at, PersonalToken.revoked_at)
        .join(PersonalToken, PersonalToken.account_id == Account.id)
        .where(PersonalToken.token_hash == token_hash(token))
    ).one_or_none()
    if row is None or row.revoked_at is not None or row.expires_at <= at or row.state == "closed":
        return None
    return _visitor(read, row, at, scopes=frozenset(row.scopes.split()) & ALL_SCOPES, sign_in_id=None)


_ACCOUNT = (Account.id, Account.chosen_name, Account.state, Account.community_code, Account.demonstration)


def _visitor(read: Session, row: Any, at: datetime, *, scopes: frozenset[str], sign_in_id: str | None) -> Visitor:
    return Visitor(
        account_id=row[0],
        chosen_name=row[1],
        state=row[2],
        community_code=row[3],
        demonstration=row[4],
        roles=roles_on(read, row[0], local(at).date()),
        scopes=scopes,
        sign_in_id=sign_in_id,
    )


def roles_on(read: Session, account_id: str, day: date) -> tuple[Role, ...]:
    """The roles in force on a day."""
    rows = read.execute(
        select(RoleGrant.role, RoleGrant.place_code)
        .where(
            RoleGrant.account_id == account_id,
            RoleGrant.starts_on <= day,
            RoleGrant.ends_on >= day,
            RoleGrant.revoked_at.is_(None),
        )
        .order_by(RoleGrant.role, RoleGrant.place_code)
    )
    return tuple(Role(*row) for row in rows)


def init_visitor(app: Any) -> None:
    """Bind Flask-Login without its `Vary: Cookie` on every answer: pages for all stay cacheable."""
    login.init_app(app, add_context_processor=False)
    functions = app.after_request_funcs.get(None, [])
    functions[:] = [function for function in functions if getattr(function, "__module__", "") != "flask_login.login_manager"]
    login.anonymous_user = lambda: NOBODY
    login.session_protection = None  # the table of sign-ins decides, a phone's address changes

    @login.user_loader  # type: ignore[untyped-decorator]
    def load(token: str) -> Visitor | None:
        return visitor_by_sign_in(reading(), token, now())

    @login.request_loader  # type: ignore[untyped-decorator]
    def load_token(_request: Any) -> Visitor | None:
        given = request.authorization
        if not request.path.startswith("/api/") or given is None or given.type != "bearer" or not given.token:
            return None
        found = visitor_by_token(reading(), given.token, now())
        if found is None:
            raise Refused(Refusal("web.sign_in_needed"))
        return found

    @app.context_processor  # type: ignore[untyped-decorator]
    def name_visitor() -> dict[str, Any]:
        return {"visitor": visitor}
