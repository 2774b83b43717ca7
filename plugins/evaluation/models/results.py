"""Results: figures taken from other plugins, what each criterion earned, ranks, objections, awards.

Readings, contributions and standings are derived: computing anew replaces them.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Date, DateTime, Index, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.sdk import Place, TenantOwned, TenantScoped, now, ref
from plugins.evaluation.models.base import Base
from plugins.evaluation.models.schemes import Criterion
from plugins.evaluation.models.seasons import Contestant, Season

ObjectionState = Literal["open", "upheld", "dismissed"]
OBJECTION_STATES: tuple[ObjectionState, ...] = ("open", "upheld", "dismissed")


class Reading(TenantOwned, Base):
    """An indicator's value for a contestant, summed over the season, as it was taken.

    ``periods`` is how many of the season's periods had a value. ``updated`` is false when the
    plugin that measures was switched off there, so that its last value stands. ``measured_at`` is
    when it was last measured.
    """

    __tablename__ = "p_evaluation__reading"

    contestant_id: Mapped[UUID] = ref(Contestant, ondelete="CASCADE", index=False, primary_key=True)
    criterion_id: Mapped[UUID] = ref(Criterion, index=False, primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)
    periods: Mapped[int] = mapped_column(Integer)
    updated: Mapped[bool] = mapped_column(Boolean)
    measured_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class Contribution(TenantOwned, Base):
    """What one criterion gave a contestant: ``points`` (hundredths) of the criterion's weight.

    ``total`` sums up the rounds: of marks the mean of each, in hundredths; of counts the entries.
    ``entries`` is how many rounds were entered, or periods had a value; with none, it gave nothing.
    """

    __tablename__ = "p_evaluation__contribution"

    contestant_id: Mapped[UUID] = ref(Contestant, ondelete="CASCADE", index=False, primary_key=True)
    criterion_id: Mapped[UUID] = ref(Criterion, index=False, primary_key=True)
    total: Mapped[int] = mapped_column(BigInteger)
    entries: Mapped[int] = mapped_column(Integer)
    points: Mapped[int] = mapped_column(Integer)


class Standing(TenantOwned, Base):
    """A contestant's score (hundredths of a point) and rank; equal ones share a rank.

    Who is vetoed ranks after everybody who is not.
    """

    __tablename__ = "p_evaluation__standing"
    __table_args__ = (
        Index("p_evaluation__standing_rank_ix", "tenant_id", "season_id", "rank"),
        CheckConstraint("rank > 0", name="rank"),
    )

    season_id: Mapped[UUID] = ref(Season, ondelete="CASCADE", index=False)
    contestant_id: Mapped[UUID] = ref(Contestant, ondelete="CASCADE", index=False, primary_key=True)
    score: Mapped[int] = mapped_column(Integer)
    vetoed: Mapped[bool] = mapped_column(Boolean)
    rank: Mapped[int] = mapped_column(Integer)


class Objection(TenantScoped, Base):
    """An objection 异议 to a contestant's result during public notice, and the answer to it.

    The text says what is wrong, not who says so. The answer is shown with the notice.
    """

    __tablename__ = "p_evaluation__objection"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'upheld', 'dismissed')", name="state"),
        CheckConstraint("(state = 'open') = (answered_at IS NULL)", name="answer"),
    )

    contestant_id: Mapped[UUID] = ref(Contestant)
    text: Mapped[str] = mapped_column(Text)
    filed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    state: Mapped[ObjectionState] = mapped_column(Text, default="open")
    answer: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class Award(TenantScoped, Base):
    """An award that a place won, kept for good with what it was won by."""

    __tablename__ = "p_evaluation__award"
    __table_args__ = (
        Index("p_evaluation__award_place_id_ix", "tenant_id", "place_id", "awarded_on"),
        {"info": {"access": "append-only"}},
    )

    season_id: Mapped[UUID] = ref(Season)
    place_id: Mapped[UUID] = ref(Place, index=False)
    title: Mapped[str] = mapped_column(Text)
    rank: Mapped[int] = mapped_column(Integer)
    score: Mapped[int] = mapped_column(Integer)
    awarded_on: Mapped[date] = mapped_column(Date)
