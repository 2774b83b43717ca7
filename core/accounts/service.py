"""Verbs of accounts: create people, grant and revoke roles, sign in and out, one-time links."""

from __future__ import annotations

import secrets
from datetime import timedelta
from functools import cache
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask_babel import lazy_gettext as _
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from core.accounts import identity, tokens
from core.accounts.actor import ANONYMOUS, Actor
from core.accounts.models import PHONE, OneTimeLink, RoleGrant, UserAccount, UserSession
from core.accounts.permissions import ACCOUNT_MANAGE, ROLES, Catalogue
from core.accounts.tickets import Ticket
from core.audit import attempt
from core.clock import now
from core.db import db
from core.errors import Conflict, Forbidden, Invalid, LinliError, NotFound
from core.ids import new_id
from core.places.models import Place
from core.tenancy import required
from core.tenancy.keys import cipher

SESSION_LASTS = timedelta(days=14)
LINK_LASTS = timedelta(days=3)
HASHER = PasswordHasher()


class SignInFailed(LinliError):
    """Wrong name or password; deliberately the same sentence for both."""

    status = 401
    code = "sign_in_failed"
    title = _("Sign-in failed")

    def __init__(self) -> None:
        super().__init__(_("The account or the password is not right."))


def create_user(
    actor: Actor,
    place: Place,
    *,
    name: str,
    phone: str | None = None,
    login: str | None = None,
    password: str | None = None,
) -> UserAccount:
    """Create an account; ``place`` is where the actor does it from.

    Raises:
        Invalid: a name, phone, user name or password that cannot be accepted.
        Conflict: the phone number or user name is taken in this district.
        Forbidden: the actor may not manage accounts there.
    """
    user_id = new_id()
    with attempt(
        actor,
        "core.account.create",
        object_type="user_account",
        object_id=user_id,
        place_code=place.code,
    ) as act:
        actor.require(ACCOUNT_MANAGE, place)
        user = UserAccount(id=user_id, name=identity.check_name(name))
        if not phone and not login:
            raise Invalid(_("Give a phone number or a user name."), field="phone")
        if phone:
            _set_phone(user, identity.normalise_phone(phone))
        if login:
            user.login = identity.normalise_login(login)
        if password is not None:
            user.password_hash = HASHER.hash(identity.check_password(password))
        _refuse_taken(user)
        db.session.add(user)
        try:
            with db.session.begin_nested():
                db.session.flush()
        except IntegrityError as error:
            raise _taken("login" if "login" in str(error.orig) else "phone") from error
        act.after = {
            "has_login": user.login is not None,
            "has_phone": user.phone_index is not None,
        }
    return user


def grant_role(
    actor: Actor, catalogue: Catalogue, user: UserAccount, place: Place, role: str
) -> RoleGrant:
    """Give ``user`` a role at ``place``. Granting it again changes nothing.

    Nobody grants what they do not hold, nor beyond their own place. Links made before end:
    whoever made one may hold less than the person does now.

    Raises:
        Invalid: no such role.
        Forbidden: the actor does not hold all that the role carries, at that place.
    """
    with attempt(
        actor,
        "core.account.grant",
        object_type="user_account",
        object_id=user.id,
        place_code=place.code,
    ) as act:
        act.after = {"role": role, "place": place.code}
        actor.require(ACCOUNT_MANAGE, place)
        if role not in ROLES:
            raise Invalid(
                _("There is no role of that name: %(role)s", role=role[:40]), field="role"
            )
        if not actor.is_system and catalogue.of_role(role) - actor.permissions_at(place):
            raise Forbidden(_("You can only grant what you hold yourself."), field="role")
        existing = db.session.execute(
            select(RoleGrant).filter_by(user_id=user.id, place_id=place.id, role=role)
        ).scalar_one_or_none()
        grant = existing or RoleGrant(user_id=user.id, place_id=place.id, role=role)
        if existing is None:
            _end_links(user.id)
        db.session.add(grant)
        db.session.flush()
    return grant


def revoke_role(actor: Actor, place: Place, grant_id: UUID) -> None:
    """Take a role away that was granted at ``place``.

    Raises:
        NotFound: no such grant at that place.
        Conflict: it would leave the district without an administrator.
        Forbidden: the actor may not manage accounts there.
    """
    with attempt(
        actor,
        "core.account.revoke",
        object_type="role_grant",
        object_id=grant_id,
        place_code=place.code,
    ) as act:
        actor.require(ACCOUNT_MANAGE, place)
        admins = locked_admins(place)
        grant = grant_at(place, grant_id)
        act.before = {"user": str(grant.user_id), "role": grant.role}
        if place.kind == "district" and admins == [grant.id]:
            raise Conflict(_("A district keeps at least one administrator."))
        db.session.delete(grant)
        db.session.flush()


def find_user(account: str) -> UserAccount | None:
    """Return the open account with this phone number or user name."""
    kind, value = identity.normalise_account(account)
    if kind == "phone":
        criterion = UserAccount.phone_index == _phone_index(value)
    else:
        criterion = UserAccount.login == value
    return db.session.execute(
        select(UserAccount).where(criterion, UserAccount.status == "active")
    ).scalar_one_or_none()


def sign_in(account: str, password: str, district_code: str) -> Ticket:
    """Check a password and open a session.

    An unknown account costs as much time as a wrong password.

    Raises:
        SignInFailed: unknown, closed or without password, or the password is wrong.
    """
    user = find_user(account)
    stored = user.password_hash if user else None
    good = _matches(stored, password)
    actor = Actor(user.id, user.name) if user else ANONYMOUS
    with attempt(
        actor,
        "core.session.open",
        object_type="user_account",
        object_id=user.id if user else "",
        place_code=district_code,
    ):
        if user is None or stored is None or not good:
            raise SignInFailed()
        if HASHER.check_needs_rehash(stored):
            user.password_hash = HASHER.hash(password)
        return open_session(user)


def open_session(user: UserAccount) -> Ticket:
    """Open a session for somebody whose identity was checked; the caller records it."""
    db.session.execute(
        delete(UserSession).where(UserSession.user_id == user.id, UserSession.expires_at <= now())
    )
    ticket = Ticket.new()
    db.session.add(
        UserSession(
            id=ticket.id,
            user_id=user.id,
            secret_hash=ticket.hash,
            expires_at=now() + SESSION_LASTS,
        )
    )
    db.session.flush()
    return ticket


def _close_sessions(user_id: UUID | None) -> int:
    found = delete(UserSession).where(UserSession.user_id == user_id).returning(UserSession.id)
    return len(db.session.execute(found).all())


def sign_out(ticket: Ticket, actor: Actor, district_code: str) -> None:
    """Close one session."""
    with attempt(
        actor,
        "core.session.close",
        object_type="user_account",
        object_id=actor.id,
        place_code=district_code,
    ):
        db.session.execute(delete(UserSession).where(UserSession.id == ticket.id))


def sign_out_everywhere(actor: Actor, district_code: str) -> int:
    """Close every session of ``actor``, revoke their tokens, and return how many sessions it was.

    A phone that was lost may have been used to make tokens.
    """
    with attempt(
        actor,
        "core.session.close_all",
        object_type="user_account",
        object_id=actor.id,
        place_code=district_code,
    ) as act:
        assert actor.id is not None
        closed = _close_sessions(actor.id)
        act.after = {"closed": closed, "tokens_revoked": tokens.revoke_all(actor.id)}
    return closed


def create_link(actor: Actor, catalogue: Catalogue, place: Place, user: UserAccount) -> Ticket:
    """Make a link that lets ``user`` in once within three days; earlier ones stop working.

    Whoever has the link can become that person, so the actor must hold everything that the
    person holds, wherever that is.

    Raises:
        Forbidden: the actor may not manage accounts at ``place``, or the person holds more.
    """
    with attempt(
        actor,
        "core.account.link",
        object_type="user_account",
        object_id=user.id,
        place_code=place.code,
    ):
        actor.require(ACCOUNT_MANAGE, place)
        db.session.refresh(user, with_for_update=True)
        _refuse_more_than_held(actor, catalogue, user)
        _end_links(user.id)
        ticket = Ticket.new()
        db.session.add(
            OneTimeLink(
                id=ticket.id,
                user_id=user.id,
                secret_hash=ticket.hash,
                expires_at=now() + LINK_LASTS,
            )
        )
        db.session.flush()
    return ticket


def grant_at(place: Place, grant_id: UUID) -> RoleGrant:
    """Return a role that was granted at ``place``.

    Raises:
        NotFound: no such grant at that place.
    """
    grant = db.session.get(RoleGrant, (required(), grant_id))
    if grant is None or grant.place_id != place.id:
        raise NotFound()
    return grant


def person_of_link(ticket: Ticket) -> UserAccount:
    """Return whom a link lets in, without using it.

    Raises:
        NotFound: altered, or of another district.
        Conflict: already used, or expired.
    """
    return _live_link(ticket)[1]


def use_link(ticket: Ticket, password: str, district_code: str) -> Ticket:
    """Set the password through a one-time link, close other sessions and open one.

    Tokens end too: whoever had got into the account may have made them.

    Raises:
        NotFound: altered, or of another district.
        Conflict: already used, or expired.
        Invalid: the password cannot be accepted; the link stays good.
    """
    with attempt(
        ANONYMOUS,
        "core.account.use_link",
        object_type="user_account",
        object_id=ticket.id,
        place_code=district_code,
    ) as act:
        link, user = _live_link(ticket, lock=True)
        act.actor, act.object_id = Actor(user.id, user.name), str(user.id)
        user.password_hash = HASHER.hash(identity.check_password(password))
        link.used_at = now()
        db.session.flush()
        _end_links(user.id)
        _close_sessions(user.id)
        act.after = {"tokens_revoked": tokens.revoke_all(user.id)}
        return open_session(user)


def change_password(actor: Actor, old: str, new: str, district_code: str, *, keep: UUID) -> None:
    """Replace one's own password and close all links and sessions but ``keep``.

    Raises:
        Invalid: the old one is wrong, or the new one cannot be accepted.
    """
    with attempt(
        actor,
        "core.account.change_password",
        object_type="user_account",
        object_id=actor.id,
        place_code=district_code,
    ):
        user = db.session.get_one(UserAccount, (required(), actor.id))
        if not _matches(user.password_hash, old):
            raise Invalid(_("The present password is not right."), field="old_password")
        user.password_hash = HASHER.hash(identity.check_password(new))
        db.session.execute(
            delete(UserSession).where(UserSession.user_id == user.id, UserSession.id != keep)
        )
        _end_links(user.id)


def _end_links(user_id: UUID) -> None:
    db.session.execute(
        delete(OneTimeLink).where(OneTimeLink.user_id == user_id, OneTimeLink.used_at.is_(None))
    )


def _refuse_more_than_held(actor: Actor, catalogue: Catalogue, user: UserAccount) -> None:
    held = db.session.execute(
        select(RoleGrant.role, Place)
        .join(Place, Place.id == RoleGrant.place_id)
        .where(RoleGrant.user_id == user.id)
    ).all()
    for role, at in held:
        if not actor.is_system and catalogue.of_role(role) - actor.permissions_at(at):
            raise Forbidden(_("This person holds more than you do."))


def _set_phone(user: UserAccount, phone: str) -> None:
    user.phone_sealed = cipher().seal(phone, PHONE, user.id)
    user.phone_index = _phone_index(phone)


def _phone_index(phone: str) -> str:
    return cipher().blind_index(phone, PHONE)


def _refuse_taken(user: UserAccount) -> None:
    for field, column in (("phone", UserAccount.phone_index), ("login", UserAccount.login)):
        value = getattr(user, column.key)
        if value and db.session.execute(select(UserAccount.id).where(column == value)).first():
            raise _taken(field)


def _taken(field: str) -> Conflict:
    if field == "login":
        return Conflict(_("This user name is taken."), field="login")
    return Conflict(
        _("This phone number already has an account."),
        field="phone",
    )


def locked_admins(place: Place) -> list[UUID]:
    """Lock the administrators of a place, so that two of them cannot revoke each other at once."""
    return list(
        db.session.execute(
            select(RoleGrant.id)
            .where(RoleGrant.place_id == place.id, RoleGrant.role == "administrator")
            .order_by(RoleGrant.id)
            .with_for_update()
        ).scalars()
    )


def _live_link(ticket: Ticket, *, lock: bool = False) -> tuple[OneTimeLink, UserAccount]:
    query = select(OneTimeLink, UserAccount).join(
        UserAccount, UserAccount.id == OneTimeLink.user_id
    )
    if lock:
        query = query.with_for_update(of=OneTimeLink)
    row = db.session.execute(query.where(OneTimeLink.id == ticket.id)).one_or_none()
    if row is None or not ticket.matches(row[0].secret_hash) or row[1].status != "active":
        raise NotFound()
    link, user = row
    if link.used_at is not None:
        raise Conflict(_("This link was already used. Sign in, or ask for a new one."))
    if link.expires_at <= now():
        raise Conflict(_("This link has expired. Ask for a new one."))
    return link, user


def _matches(stored: str | None, password: str) -> bool:
    """Check a password; without a stored hash the answer is no, after the same time."""
    try:
        good = HASHER.verify(stored or _decoy(), password[: identity.LONGEST_PASSWORD])
    except (VerificationError, InvalidHashError):
        return False
    return good and stored is not None


@cache
def _decoy() -> str:
    """A hash that no password matches, to spend the same time on unknown accounts."""
    return HASHER.hash(secrets.token_urlsafe(32))
