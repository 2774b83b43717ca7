"""Reads of accounts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Select, bindparam, func, select
from sqlalchemy.orm import aliased

from core.accounts.actor import Actor, Held
from core.accounts.identity import mask_phone
from core.accounts.models import PHONE, RoleGrant, UserAccount, UserSession
from core.accounts.permissions import Catalogue
from core.accounts.tickets import Ticket
from core.clock import now
from core.db import db
from core.paging import Page, Paging, paged
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


def _signed_in() -> Select[Any]:
    """One statement: the session, its user, and all roles with their places."""
    session, user = UserSession.__table__, UserAccount.__table__
    grant, place = RoleGrant.__table__, Place.__table__
    tenant: BindParameter[int] = bindparam("tenant")
    roles = (
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
    return (
        select(user.c.id, user.c.name, session.c.secret_hash, roles.label("roles"))
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
    held = []
    for item in sorted(row.roles or ()):
        code, _colon, role = item.partition(":")
        held.append(Held(code, role, catalogue.of_role(role)))
    return Actor(row.id, row.name, tuple(held))


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
