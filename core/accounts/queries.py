"""Reads of accounts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, ScalarSelect, Select, bindparam, func, select
from sqlalchemy.orm import aliased

from core.accounts.actor import Actor, Held
from core.accounts.identity import mask_phone
from core.accounts.models import PHONE, ApiToken, RoleGrant, UserAccount, UserSession
from core.accounts.permissions import ROLES, Catalogue
from core.accounts.tickets import Ticket
from core.accounts.tokens import USE_IS_NOTED_EVERY
from core.clock import now
from core.db import db
from core.paging import Page, Paging, paged
from core.places.codes import ancestry
from core.places.models import Place
from core.places.scope import in_scope
from core.places.view import PlaceView
from core.tenancy import required
from core.tenancy.keys import cipher


@dataclass(frozen=True)
class Member:
    """One line of the list of people: an account with one of its roles."""

    grant_id: UUID
    name: str
    login: str | None
    masked_phone: str
    role: str
    place_code: str
    place_name: str


@dataclass(frozen=True)
class Colleague:
    """Somebody who works here, with one of their roles and the place at which it is held."""

    id: UUID
    name: str
    place: PlaceView
    role: str

    @property
    def role_label(self) -> str:
        """The role in the reader's language."""
        return str(ROLES.get(self.role, self.role))


def _signed_in() -> Select[Any]:
    """One statement: the session, its user, and all roles with their places."""
    session, user = UserSession.__table__, UserAccount.__table__
    tenant: BindParameter[int] = bindparam("tenant")
    return (
        select(user.c.id, user.c.name, session.c.secret_hash, _roles(tenant).label("roles"))
        .select_from(
            session.join(
                user, (user.c.tenant_id == session.c.tenant_id) & (user.c.id == session.c.user_id)
            )
        )
        .where(
            session.c.tenant_id == tenant,
            user.c.tenant_id == tenant,
            session.c.id == bindparam("session"),
            session.c.expires_at > bindparam("now"),
            user.c.status == "active",
        )
    )


def token_statement() -> Select[Any]:
    """Return the statement of a token, its owner, and all roles with their places.

    It binds ``tenant``, ``token`` and ``now``; :func:`holder` understands its row.
    """
    token, user = ApiToken.__table__, UserAccount.__table__
    tenant: BindParameter[int] = bindparam("tenant")
    return (
        select(
            user.c.id.label("holder_id"),
            user.c.name.label("holder_name"),
            token.c.secret_hash,
            token.c.name.label("token_name"),
            token.c.permissions,
            token.c.last_used_at,
            _roles(tenant).label("roles"),
        )
        .select_from(
            token.join(
                user, (user.c.tenant_id == token.c.tenant_id) & (user.c.id == token.c.user_id)
            )
        )
        .where(
            token.c.tenant_id == tenant,
            user.c.tenant_id == tenant,
            token.c.id == bindparam("token"),
            token.c.expires_at > bindparam("now"),
            token.c.revoked_at.is_(None),
            user.c.status == "active",
        )
    )


def _roles(tenant: BindParameter[int]) -> ScalarSelect[Any]:
    """The roles of the user that the statement around it is about, as ``place:role``."""
    user, grant, place = UserAccount.__table__, RoleGrant.__table__, Place.__table__
    return (
        select(func.array_agg(place.c.code + ":" + grant.c.role))
        .select_from(
            grant.join(
                place, (place.c.tenant_id == grant.c.tenant_id) & (place.c.id == grant.c.place_id)
            )
        )
        .where(
            grant.c.tenant_id == tenant,
            place.c.tenant_id == tenant,
            grant.c.user_id == user.c.id,
        )
        .correlate(user)
        .scalar_subquery()
    )


_SIGNED_IN = _signed_in()


def actor_of_session(ticket: Ticket, catalogue: Catalogue) -> Actor | None:
    """Return who is signed in with this cookie, or ``None`` when the session is over."""
    row = (
        db.session.connection()
        .execute(_SIGNED_IN, {"tenant": required(), "session": ticket.id, "now": now()})
        .one_or_none()
    )
    if row is None or not ticket.matches(row.secret_hash):
        return None
    return Actor(row.id, row.name, _held(row.roles, catalogue))


@dataclass(frozen=True)
class TokenHolder:
    """Who a token acts for, and whether it is time to note its use."""

    actor: Actor
    note_use: bool


def holder(row: Any, ticket: Ticket, catalogue: Catalogue) -> TokenHolder | None:
    """Return who acts by this token, or ``None`` when it is forged.

    The actor holds what both the token and its owner hold now, and is named after both.

    Args:
        row: of :func:`token_statement`, which finds no token that is expired or revoked.
    """
    if not ticket.matches(row.secret_hash):
        return None
    allowed = frozenset(row.permissions)
    held = (replace(h, permissions=h.permissions & allowed) for h in _held(row.roles, catalogue))
    due = row.last_used_at is None or row.last_used_at < now() - USE_IS_NOTED_EVERY
    name = f"{row.holder_name} · {row.token_name}"
    return TokenHolder(Actor(row.holder_id, name, tuple(held), by_token=True), due)


def holder_of_ended(ticket: Ticket) -> Actor | None:
    """Return who a token acted for that is expired, revoked or of a closed account.

    ``None`` when it is forged. The actor holds nothing and is named after person and token.
    """
    row = db.session.execute(
        select(UserAccount.id, UserAccount.name, ApiToken.name.label("token"), ApiToken.secret_hash)
        .join(UserAccount, UserAccount.id == ApiToken.user_id)
        .where(ApiToken.id == ticket.id)
    ).one_or_none()
    if row is None or not ticket.matches(row.secret_hash):
        return None
    return Actor(row.id, f"{row.name} · {row.token}")


def tokens_of(user_id: UUID) -> list[ApiToken]:
    """Return a person's tokens that were not revoked, newest first; few, by their limit."""
    return list(
        db.session.execute(
            select(ApiToken)
            .where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
            .order_by(ApiToken.created_at.desc(), ApiToken.id)
        ).scalars()
    )


def tokens_at(place_code: str) -> list[tuple[ApiToken, str]]:
    """Return the tokens, with their owners' names, of those who hold a role here or below."""
    holders = (
        select(RoleGrant.user_id)
        .join(Place, Place.id == RoleGrant.place_id)
        .where(in_scope(Place, place_code))
    )
    rows = db.session.execute(
        select(ApiToken, UserAccount.name)
        .join(UserAccount, UserAccount.id == ApiToken.user_id)
        .where(ApiToken.user_id.in_(holders))
        .order_by(UserAccount.name, ApiToken.created_at)
    ).all()
    return [(token, name) for token, name in rows]


def _held(roles: list[str] | None, catalogue: Catalogue) -> tuple[Held, ...]:
    held = []
    for item in sorted(roles or ()):
        code, _colon, role = item.partition(":")
        held.append(Held(code, role, catalogue.of_role(role)))
    return tuple(held)


def members(place_code: str, paging: Paging) -> Page[Member]:
    """Return one page of the people who hold a role at ``place_code`` or below."""
    found = paged(
        select(UserAccount, RoleGrant, Place)
        .join(RoleGrant, RoleGrant.user_id == UserAccount.id)
        .join(Place, Place.id == RoleGrant.place_id)
        .where(in_scope(Place, place_code), UserAccount.status == "active")
        .order_by(Place.code, UserAccount.name, RoleGrant.id),
        paging,
    )
    return replace(found, rows=[_member(*row) for row in found.rows])


def colleagues(place: PlaceView) -> Sequence[Colleague]:
    """Return the people with an open account whose role reaches ``place`` or is held below it.

    Each stands there once, with the role that is held nearest to the top, sorted by name; in one
    statement. For choosing whom to appoint: whoever shows the list asks for a permission first.
    """
    above = {*ancestry(place.code), *(ancestry(place.grid_code) if place.grid_code else ())}
    rows = db.session.execute(
        select(UserAccount.id, UserAccount.name, RoleGrant.role, Place)
        .join(RoleGrant, RoleGrant.user_id == UserAccount.id)
        .join(Place, Place.id == RoleGrant.place_id)
        .where(UserAccount.status == "active", Place.code.in_(above) | in_scope(Place, place.code))
        .order_by(func.length(Place.code).desc(), Place.code.desc(), RoleGrant.id.desc())
    )
    topmost = {user_id: Colleague(user_id, name, at.view, role) for user_id, name, role, at in rows}
    return sorted(topmost.values(), key=lambda one: (one.name, one.place.code, one.id))


def account_names(ids: Iterable[UUID]) -> Mapping[UUID, str]:
    """Return the names of accounts, in one statement; one that was erased has no entry."""
    wanted = set(ids)
    if not wanted:
        return {}
    rows = db.session.execute(
        select(UserAccount.id, UserAccount.name).where(
            UserAccount.id.in_(wanted), UserAccount.status == "active"
        )
    ).all()
    return dict(rows)


def roles_of(user_id: UUID) -> list[tuple[str, PlaceView, str]]:
    """Return the roles of a person: the role, its place, and the name of what that belongs to."""
    parent = aliased(Place)
    rows = db.session.execute(
        select(RoleGrant.role, Place, parent.name)
        .join(Place, Place.id == RoleGrant.place_id)
        .outerjoin(parent, parent.id == Place.parent_id)
        .where(RoleGrant.user_id == user_id)
        .order_by(Place.code, RoleGrant.role)
    ).all()
    return [(role, place.view, above or "") for role, place, above in rows]


def _member(user: UserAccount, grant: RoleGrant, place: Place) -> Member:
    phone = masked_phone(user)
    return Member(grant.id, user.name, user.login, phone, grant.role, place.code, place.name)


def masked_phone(user: UserAccount) -> str:
    """Return the masked phone number of an account, or an empty string."""
    if user.phone_sealed is None:
        return ""
    return mask_phone(cipher().open(user.phone_sealed, PHONE, user.id))
