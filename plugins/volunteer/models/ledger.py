"""Points 积分 as a ledger: accounts, transfers between them, and the rules they were given by.

Every transfer takes from one account and gives the same to another, so all balances together are
zero whatever is written. A balance is never stored: it is what was given less what was taken, now
or at any past moment. Nothing here is ever changed.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Index, Integer, Text, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from core.sdk import Place, TenantScoped, now, ref
from plugins.volunteer.models.base import Base
from plugins.volunteer.models.people import Volunteer

LEDGER = {"access": "append-only"}


class PointsRule(TenantScoped, Base):
    """One version of a community's rule for hours and points, as it was applied.

    A version is written when hours are confirmed under settings that differ from the last one's.
    ``cap_minutes`` is the most that one activity counts, ``day_cap_minutes`` the most that one day
    does.
    """

    __tablename__ = "p_volunteer__points_rule"
    __table_args__ = (
        UniqueConstraint(
            "tenant_id", "place_id", "number", name="p_volunteer__points_rule_number_key"
        ),
        CheckConstraint("number > 0", name="number"),
        CheckConstraint("step_minutes BETWEEN 1 AND 60", name="step"),
        CheckConstraint("cap_minutes BETWEEN 1 AND 1440", name="cap"),
        CheckConstraint("day_cap_minutes BETWEEN 1 AND 1440", name="day_cap"),
        CheckConstraint("points_per_hour >= 0", name="points_per_hour"),
        {"info": LEDGER},
    )

    place_id: Mapped[UUID] = ref(Place, index=False)
    number: Mapped[int] = mapped_column(Integer)
    step_minutes: Mapped[int] = mapped_column(Integer)
    cap_minutes: Mapped[int] = mapped_column(Integer)
    day_cap_minutes: Mapped[int] = mapped_column(Integer)
    points_per_hour: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)


class Account(TenantScoped, Base):
    """Whose points: a volunteer's, or the community's, which issues them and so goes below zero.

    Its id is the volunteer's or the place's own, so that each has one account and no more.
    """

    __tablename__ = "p_volunteer__account"
    __table_args__ = (
        CheckConstraint(
            "(kind = 'volunteer' AND volunteer_id IS NOT NULL AND id = volunteer_id)"
            " OR (kind = 'issue' AND volunteer_id IS NULL AND id = place_id)",
            name="owner",
        ),
        {"info": LEDGER},
    )

    kind: Mapped[str] = mapped_column(Text)
    place_id: Mapped[UUID] = ref(Place)
    volunteer_id: Mapped[UUID | None] = ref(Volunteer, nullable=True)


class Transfer(TenantScoped, Base):
    """Points from one account to another: why, by which rule, and once.

    ``points`` are whole. ``cause`` is the kind of thing that ``cause_id`` names: ``hours`` for an
    attendance. ``key`` says what it is for, and no key is written twice in a tenant.
    """

    __tablename__ = "p_volunteer__transfer"
    __table_args__ = (
        UniqueConstraint("tenant_id", "key", name="p_volunteer__transfer_key_key"),
        CheckConstraint("points > 0", name="points"),
        CheckConstraint("debit_account_id <> credit_account_id", name="accounts"),
        Index(
            "p_volunteer__transfer_credit_ix",
            "tenant_id",
            "credit_account_id",
            "posted_at",
            postgresql_include=["points"],
        ),
        Index(
            "p_volunteer__transfer_debit_ix",
            "tenant_id",
            "debit_account_id",
            "posted_at",
            postgresql_include=["points"],
        ),
        {"info": LEDGER},
    )

    debit_account_id: Mapped[UUID] = ref(Account, index=False)
    credit_account_id: Mapped[UUID] = ref(Account, index=False)
    points: Mapped[int] = mapped_column(Integer)
    cause: Mapped[str] = mapped_column(Text)
    cause_id: Mapped[UUID] = mapped_column(Uuid)
    rule_id: Mapped[UUID] = ref(PointsRule, index=False)
    key: Mapped[str] = mapped_column(Text)
    posted_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
