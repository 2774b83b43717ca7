"""What core itself holds about a person: the account, what hangs on it, and the audit log."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import and_, delete, func, or_, select, update

from core.accounts.models import (
    PHONE,
    ApiToken,
    OneTimeLink,
    RoleGrant,
    UserAccount,
    UserSession,
)
from core.accounts.service import locked_admins
from core.audit.models import AuditEntry
from core.clock import local
from core.db import db
from core.errors import Conflict
from core.files.models import FileAside
from core.jobs.models import Job
from core.places.models import Place
from core.privacy.contract import Counts, Section, Subject
from core.tenancy.keys import cipher

_DIGITS = 32
_HANGING: dict[str, Any] = {
    "core.role": RoleGrant,
    "core.session": UserSession,
    "core.link": OneTimeLink,
    "core.token": ApiToken,
    "core.file_aside": FileAside,
}
AUDIT = "core.audit"
ERASED = ("core.account", *_HANGING, "core.job")
"""Keys of the sections that :func:`erase` erases or makes nameless."""


def pseudonym(subject: Subject) -> str:
    """Return what the audit log calls a person: found by who has the number, not the reverse."""
    return cipher().blind_index(subject.phone, "core.person")[:_DIGITS]


def account_of(subject: Subject) -> UUID | None:
    """Return the id of the account with a person's number, for handlers that keep such ids."""
    user = _found(subject)
    return user.id if user else None


def sections(subject: Subject) -> list[Section]:
    """Return everything that core holds about a person."""
    user = _found(subject)
    held = [] if user is None else _account(user, subject)
    return [*held, Section(AUDIT, _("Entries of the audit log"), _entries(user, subject))]


def erase(subject: Subject, district: Place) -> Counts:
    """Close the person's account and take away what tells who it was.

    The account stays, nameless, for what others refer to; so does the audit log.

    Raises:
        Conflict: it would leave the district without an administrator.
    """
    erased = dict.fromkeys(ERASED, 0)
    admins = locked_admins(district)
    user = _found(subject, lock=True)
    if user is None:
        return erased
    _refuse_last_admin(user.id, admins)
    for key, model in _HANGING.items():
        gone = delete(model).where(model.user_id == user.id).returning(model.id)
        erased[key] = len(db.session.execute(gone).all())
    nameless = update(Job).where(Job.requested_by == user.id).values(requested_name="")
    erased["core.job"] = len(db.session.execute(nameless.returning(Job.id)).all())
    user.name, user.status, user.login, user.password_hash = "", "closed", None, None
    user.phone_sealed = user.phone_index = None
    db.session.flush()
    return erased | {"core.account": 1}


def _found(subject: Subject, *, lock: bool = False) -> UserAccount | None:
    index = cipher().blind_index(subject.phone, PHONE)
    query = select(UserAccount).where(UserAccount.phone_index == index)
    return db.session.execute(query.with_for_update() if lock else query).scalar_one_or_none()


def _refuse_last_admin(user_id: UUID, admins: list[UUID]) -> None:
    holders = select(RoleGrant.user_id).where(RoleGrant.id.in_(admins))
    if set(db.session.execute(holders).scalars()) == {user_id}:
        raise Conflict(_("A district keeps at least one administrator."))


def _account(user: UserAccount, subject: Subject) -> list[Section]:
    roles = db.session.execute(
        select(RoleGrant, Place)
        .join(Place, Place.id == RoleGrant.place_id)
        .where(RoleGrant.user_id == user.id)
        .order_by(Place.code, RoleGrant.role)
    ).all()
    return [
        Section(
            "core.account",
            _("Account"),
            [
                {
                    "name": user.name,
                    "phone": subject.phone,
                    "login": user.login,
                    "status": user.status,
                    "created_at": _time(user.created_at),
                }
            ],
        ),
        Section(
            "core.role",
            _("Roles"),
            [
                {
                    "role": grant.role,
                    "place": place.code,
                    "place_name": place.name,
                    "granted_at": _time(grant.granted_at),
                }
                for grant, place in roles
            ],
        ),
        Section("core.session", _("Devices signed in"), _dated(UserSession, user.id)),
        Section("core.link", _("One-time links"), _dated(OneTimeLink, user.id)),
        Section("core.token", _("Access tokens"), _tokens(user.id)),
        Section("core.file_aside", _("Files of refused forms"), _aside(user.id)),
        Section("core.job", _("Background work asked for"), _jobs(user.id)),
    ]


def _dated(model: Any, user_id: UUID) -> list[dict[str, Any]]:
    rows = db.session.execute(
        select(model.created_at, model.expires_at)
        .where(model.user_id == user_id)
        .order_by(model.created_at)
    )
    return [{"created_at": _time(made), "expires_at": _time(ends)} for made, ends in rows]


def _tokens(user_id: UUID) -> list[dict[str, Any]]:
    tokens = db.session.execute(
        select(ApiToken).where(ApiToken.user_id == user_id).order_by(ApiToken.created_at)
    ).scalars()
    return [
        {
            "name": token.name,
            "permissions": token.permissions,
            "created_at": _time(token.created_at),
            "expires_at": _time(token.expires_at),
            "last_used_at": _time(token.last_used_at),
            "revoked_at": _time(token.revoked_at),
        }
        for token in tokens
    ]


def _aside(user_id: UUID) -> list[dict[str, Any]]:
    rows = db.session.execute(
        select(FileAside.name, FileAside.created_at)
        .where(FileAside.user_id == user_id)
        .order_by(FileAside.created_at)
    )
    return [{"name": name, "created_at": _time(at)} for name, at in rows]


def _jobs(user_id: UUID) -> list[dict[str, Any]]:
    rows = db.session.execute(
        select(Job.name, Job.requested_name, Job.created_at)
        .where(Job.requested_by == user_id)
        .order_by(Job.created_at)
    )
    return [{"job": job, "asked_by": name, "created_at": _time(at)} for job, name, at in rows]


def _entries(user: UserAccount | None, subject: Subject) -> list[dict[str, Any]]:
    """What the person did, and who did what to the person's data, each with how often."""
    about = and_(AuditEntry.object_type == "person", AuditEntry.object_id == pseudonym(subject))
    if user is not None:
        account = AuditEntry.object_type == "user_account"
        about = or_(about, and_(account, AuditEntry.object_id == str(user.id)))
    groups = [("about", about)]
    if user is not None:
        groups.insert(0, ("by", AuditEntry.actor_id == user.id))
    return [
        {"relation": relation, "actor": actor, "act": act, "entries": n, "last_at": _time(last)}
        for relation, condition in groups
        for actor, act, n, last in db.session.execute(
            select(AuditEntry.actor_name, AuditEntry.action, func.count(), func.max(AuditEntry.at))
            .where(condition)
            .group_by(AuditEntry.actor_name, AuditEntry.action)
            .order_by(AuditEntry.action, AuditEntry.actor_name)
        )
    ]


def _time(moment: Any) -> str | None:
    return local(moment).isoformat(timespec="seconds") if moment else None
