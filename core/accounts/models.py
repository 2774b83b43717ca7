"""Accounts: who may sign in, what roles they hold at which place, and where they are signed in."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, LargeBinary, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import now
from core.db import Base
from core.places.models import Place
from core.tenancy.columns import TenantScoped, ref

PHONE = "user_account.phone"


class UserAccount(TenantScoped, Base):
    """A person who may sign in to one district.

    The phone number is encrypted; ``phone_index`` finds it. ``login`` is an optional user name in
    its normalised form. Without a password only a one-time link lets the person in. A closed
    account is what stays of somebody who was erased: nameless, for the log to point at.
    """

    __tablename__ = "user_account"
    __table_args__ = (
        UniqueConstraint("tenant_id", "login", name="user_account_login_key"),
        UniqueConstraint("tenant_id", "phone_index", name="user_account_phone_index_key"),
        CheckConstraint(
            "login IS NOT NULL OR phone_index IS NOT NULL OR status = 'closed'", name="reachable"
        ),
        CheckConstraint("status IN ('active', 'closed')", name="status"),
    )

    name: Mapped[str] = mapped_column(Text)
    login: Mapped[str | None] = mapped_column(Text)
    phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone_index: Mapped[str | None] = mapped_column(Text)
    password_hash: Mapped[str | None] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, default="active")
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)


class RoleGrant(TenantScoped, Base):
    """A role held at a place; it reaches the place's subtree."""

    __tablename__ = "role_grant"
    __table_args__ = (
        UniqueConstraint("tenant_id", "user_id", "place_id", "role", name="role_grant_key"),
    )

    user_id: Mapped[UUID] = ref(UserAccount, ondelete="CASCADE", index=False)
    place_id: Mapped[UUID] = ref(Place)
    role: Mapped[str] = mapped_column(Text)
    granted_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)


class UserSession(TenantScoped, Base):
    """One browser that is signed in. The cookie holds the secret, this row only its hash."""

    __tablename__ = "user_session"

    user_id: Mapped[UUID] = ref(UserAccount, ondelete="CASCADE")
    secret_hash: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class OneTimeLink(TenantScoped, Base):
    """A link that lets one person in once, to set a password."""

    __tablename__ = "one_time_link"

    user_id: Mapped[UUID] = ref(UserAccount, ondelete="CASCADE")
    secret_hash: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class ApiToken(TenantScoped, Base):
    """A secret by which another system acts for one person, with part of what the person holds.

    Only the secret's hash is stored. ``last_used_at`` is right to five minutes.
    """

    __tablename__ = "api_token"

    user_id: Mapped[UUID] = ref(UserAccount, ondelete="CASCADE")
    name: Mapped[str] = mapped_column(Text)
    secret_hash: Mapped[str] = mapped_column(Text)
    permissions: Mapped[list[str]] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    last_used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
