"""Seasons 评比期: one run of a scheme, who competes, who scores, and what was scored."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    DateTime,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.orm import Mapped, mapped_column

from core.sdk import Place, TenantScoped, now, ref
from plugins.evaluation.models.base import Base
from plugins.evaluation.models.schemes import Criterion, SchemeVersion

SeasonState = Literal["open", "locked", "computed", "notice", "awarded"]
SEASON_STATES: tuple[SeasonState, ...] = ("open", "locked", "computed", "notice", "awarded")


class Season(TenantScoped, Base):
    """One run of a scheme over the days from ``begins_on`` to ``ends_on``, both included.

    It is open for scoring, then locked, computed, shown for public notice 公示, awarded. Days are
    the district's; ``notice_ends_on`` and ``objections_end_on`` are last days, included.
    ``revision`` grows with whatever a result could depend on, and ``computed_revision`` is the one
    that was computed last, so that a result which is behind is known. ``lock_reason`` says why it
    was locked before its end, or with something not scored. ``taken_back_at`` says since when a
    result that was public is being corrected.
    """

    __tablename__ = "p_evaluation__season"
    __table_args__ = (
        UniqueConstraint(
            "tenant_id", "version_id", "begins_on", name="p_evaluation__season_begins_on_key"
        ),
        Index("p_evaluation__season_place_id_ix", "tenant_id", "place_id", "begins_on"),
        CheckConstraint(
            "state IN ('open', 'locked', 'computed', 'notice', 'awarded')", name="state"
        ),
        CheckConstraint("ends_on > begins_on", name="days"),
    )

    place_id: Mapped[UUID] = ref(Place, index=False)
    version_id: Mapped[UUID] = ref(SchemeVersion, index=False)
    title: Mapped[str] = mapped_column(Text)
    begins_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date] = mapped_column(Date)
    state: Mapped[SeasonState] = mapped_column(Text, default="open")
    revision: Mapped[int] = mapped_column(Integer, default=1)
    computed_revision: Mapped[int] = mapped_column(Integer, default=0)
    opened_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    locked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    lock_reason: Mapped[str] = mapped_column(Text, default="")
    computed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    notice_begins_on: Mapped[date | None] = mapped_column(Date)
    notice_ends_on: Mapped[date | None] = mapped_column(Date)
    objections_end_on: Mapped[date | None] = mapped_column(Date)
    taken_back_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    awarded_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class Contestant(TenantScoped, Base):
    """A place that competes in a season. Who competes is decided when the season is opened."""

    __tablename__ = "p_evaluation__contestant"
    __table_args__ = (
        UniqueConstraint(
            "tenant_id", "season_id", "place_id", name="p_evaluation__contestant_place_key"
        ),
    )

    season_id: Mapped[UUID] = ref(Season, ondelete="CASCADE", index=False)
    place_id: Mapped[UUID] = ref(Place)


class Scorer(TenantScoped, Base):
    """A person who scores in a season, in one of the roles that the scheme names.

    The name is the account's, which core keeps and erases.
    """

    __tablename__ = "p_evaluation__scorer"
    __table_args__ = (
        UniqueConstraint(
            "tenant_id", "season_id", "user_id", "role", name="p_evaluation__scorer_user_key"
        ),
        Index("p_evaluation__scorer_user_id_ix", "tenant_id", "user_id"),
    )

    season_id: Mapped[UUID] = ref(Season, ondelete="CASCADE", index=False)
    user_id: Mapped[UUID] = mapped_column(Uuid)
    role: Mapped[str] = mapped_column(Text)


class Score(TenantScoped, Base):
    """What a scorer entered for one criterion of one contestant in one round.

    ``value`` is a mark in hundredths, a number of things, or 1 for a veto and 0 for none.
    ``seat`` tells apart what stands beside each other: of a mark, the scorer's id, so that every
    scorer's counts; of counts and vetoes the contestant's, so that there is one.
    ``round`` counts from 1 in the scheme's rhythm. What was corrected after the season was locked
    says when, why (every reason, one to a line), and what stood there at first, if anything did.
    """

    __tablename__ = "p_evaluation__score"
    __table_args__ = (
        UniqueConstraint(
            "tenant_id",
            "contestant_id",
            "criterion_id",
            "round",
            "seat",
            name="p_evaluation__score_seat_key",
        ),
        CheckConstraint("value >= 0", name="value"),
        CheckConstraint("round > 0", name="round"),
        CheckConstraint("corrected_from IS NULL OR corrected_at IS NOT NULL", name="corrected"),
    )

    contestant_id: Mapped[UUID] = ref(Contestant, ondelete="CASCADE", index=False)
    criterion_id: Mapped[UUID] = ref(Criterion)
    round: Mapped[int] = mapped_column(Integer)
    seat: Mapped[UUID] = mapped_column(Uuid)
    value: Mapped[int] = mapped_column(BigInteger)
    remark: Mapped[str] = mapped_column(Text, default="")
    scorer_id: Mapped[UUID] = ref(Scorer)
    scored_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    corrected_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    corrected_from: Mapped[int | None] = mapped_column(BigInteger)
    correction_reason: Mapped[str] = mapped_column(Text, default="")
