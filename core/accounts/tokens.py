"""Access tokens 访问令牌: other systems act for one person, with part of what the person holds."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from flask_babel import lazy_gettext as _
from sqlalchemy import func, or_, select, update

from core.accounts.actor import Actor
from core.accounts.models import ApiToken, RoleGrant, UserAccount
from core.accounts.permissions import Catalogue
from core.accounts.tickets import Ticket
from core.audit import attempt
from core.clock import now
from core.db import db
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.places.scope import Located
from core.tenancy import required
from core.texts import visible

PREFIX = "linli_"
LONGEST_NAME = 60
LONGEST_DAYS = 366
MOST_TOKENS = 20
USE_IS_NOTED_EVERY = timedelta(minutes=5)


def written(ticket: Ticket) -> str:
    """Return a token as it is handed out; the prefix lets scanners find leaked ones."""
    return f"{PREFIX}{ticket}"


def parse(text: str) -> Ticket | None:
    """Read a token back, or return ``None`` when it is not written like one."""
    return Ticket.parse(text.removeprefix(PREFIX)) if text.startswith(PREFIX) else None


def create(
    actor: Actor,
    catalogue: Catalogue,
    place: Located,
    user: UserAccount,
    *,
    name: str,
    permissions: Collection[str],
    days: int,
) -> Ticket:
    """Make a token of ``user``; ``place`` is where the actor does it from.

    Args:
        name: what it is for, as its owner will recognise it.
        permissions: at use it holds these, as far as its owner holds them then.
        days: from now on, at most 366.

    Raises:
        Invalid: a name, days or permissions that cannot be accepted, or that the owner lacks.
        Conflict: the owner has too many tokens already.
        Forbidden: it is not the actor's own account.
    """
    ticket = Ticket.new()
    with attempt(
        actor,
        "core.token.create",
        object_type="api_token",
        object_id=ticket.id,
        place_code=place.code,
    ) as act:
        if not actor.is_system and actor.id != user.id:
            raise Forbidden()
        name = _checked_name(name)
        if not 1 <= days <= LONGEST_DAYS:
            raise Invalid(_("Between %(min)s and %(max)s.", min=1, max=LONGEST_DAYS), field="days")
        db.session.refresh(user, with_for_update=True)
        _check_permissions(catalogue, user, permissions)
        _refuse_too_many(user)
        act.after = {"user": str(user.id), "permissions": sorted(set(permissions)), "days": days}
        db.session.add(
            ApiToken(
                id=ticket.id,
                user_id=user.id,
                name=name,
                secret_hash=ticket.hash,
                permissions=sorted(set(permissions)),
                expires_at=now() + timedelta(days=days),
            )
        )
        db.session.flush()
    return ticket


def revoke(actor: Actor, place: Located, token_id: UUID) -> None:
    """End a token at once; ``place`` is where the actor does it from.

    Raises:
        NotFound: there is none, it was revoked before, or it is not the actor's own
            (field ``token``).
    """
    with attempt(
        actor,
        "core.token.revoke",
        object_type="api_token",
        object_id=token_id,
        place_code=place.code,
    ) as act:
        token = db.session.get(ApiToken, (required(), token_id), with_for_update=True)
        if token is None or token.revoked_at is not None:
            raise NotFound(field="token")
        if not actor.is_system and token.user_id != actor.id:
            raise NotFound(field="token")
        act.before = {"user": str(token.user_id), "permissions": token.permissions}
        token.revoked_at = now()
        db.session.flush()


def revoke_all(user_id: UUID) -> int:
    """End every token of a person that is still good, and return how many there were.

    It is part of an act that the caller records.
    """
    live = (
        update(ApiToken)
        .where(
            ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None), ApiToken.expires_at > now()
        )
        .values(revoked_at=now())
        .returning(ApiToken.id)
    )
    return len(db.session.execute(live).all())


def note_use(token_id: UUID) -> None:
    """Keep when a token was used, at most every five minutes; no act, so nothing is audited."""
    token, present = ApiToken.__table__, now()
    db.session.connection().execute(
        update(token)  # type: ignore[arg-type]
        .where(
            token.c.tenant_id == required(),
            token.c.id == token_id,
            or_(
                token.c.last_used_at.is_(None),
                token.c.last_used_at < present - USE_IS_NOTED_EVERY,
            ),
        )
        .values(last_used_at=present)
    )


def _checked_name(text: str) -> str:
    name = visible(text).strip()
    if not name:
        raise Invalid(_("Say what the token is for."), field="name")
    if len(name) > LONGEST_NAME:
        raise Invalid(_("At most %(most)s characters.", most=LONGEST_NAME), field="name")
    return name


def _check_permissions(
    catalogue: Catalogue, user: UserAccount, permissions: Collection[str]
) -> None:
    if not permissions:
        raise Invalid(_("Choose at least one permission."), field="permissions")
    roles = db.session.execute(
        select(RoleGrant.role).where(RoleGrant.user_id == user.id).distinct()
    ).scalars()
    held = frozenset().union(*(catalogue.of_role(role) for role in roles))
    if lacking := sorted(set(permissions) - held):
        raise Invalid(
            _("The owner of the token does not hold: %(names)s", names=", ".join(lacking)[:200]),
            field="permissions",
        )


def _refuse_too_many(user: UserAccount) -> None:
    kept = db.session.execute(
        select(func.count())
        .select_from(ApiToken)
        .where(ApiToken.user_id == user.id, ApiToken.revoked_at.is_(None))
    ).scalar_one()
    if kept >= MOST_TOKENS:
        raise Conflict(
            _("There are %(most)s tokens already. Revoke one first.", most=MOST_TOKENS),
            field="name",
        )
